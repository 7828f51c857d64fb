#include "isthmus/wire/checksum.hpp"

namespace isthmus::wire {
namespace {

std::uint16_t fold(std::uint64_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace

OnesComplementSum& OnesComplementSum::add(std::span<const std::byte> bytes) {
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    sum_ += (std::to_integer<std::uint32_t>(bytes[i]) << 8) | std::to_integer<std::uint32_t>(bytes[i + 1]);
  }
  if (i < bytes.size()) sum_ += std::to_integer<std::uint32_t>(bytes[i]) << 8;
  return *this;
}

std::uint16_t OnesComplementSum::folded() const { return fold(sum_); }

std::uint16_t internet_checksum(std::span<const std::byte> bytes) { return OnesComplementSum().add(bytes).checksum(); }

OnesComplementSum pseudo_header_sum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                    std::uint16_t length) {
  OnesComplementSum sum;
  for (const IpAddress& address : {source, destination}) {
    const std::size_t size = address.is_v4() ? 4 : 16;
    sum.add(std::as_bytes(std::span(address.bytes()).first(size)));
  }
  return sum.add(std::uint16_t{protocol}).add(length);
}

std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word) {
  const std::uint32_t sum = std::uint32_t{static_cast<std::uint16_t>(~checksum)} +
                            std::uint32_t{static_cast<std::uint16_t>(~old_word)} + std::uint32_t{new_word};
  return static_cast<std::uint16_t>(~fold(sum));
}

std::uint16_t compensation_for(const OnesComplementSum& others, std::uint16_t wanted) {
  // others + x = ~wanted in one's-complement arithmetic, where minus is the bitwise complement.
  return fold(std::uint32_t{static_cast<std::uint16_t>(~wanted)} +
              std::uint32_t{static_cast<std::uint16_t>(~others.folded())});
}

}  // namespace isthmus::wire
