#include "isthmus/wire/checksum.hpp"

#include <bit>
#include <cstring>

namespace isthmus::wire {
namespace {

std::uint16_t fold(std::uint64_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace

// Eight bytes at a time in the machine's own byte order, which swaps the sum and changes nothing else (RFC 1071 section
// 2 B). The halves are summed apart so that no carry has to be brought back: 2^32 of them fit.
OnesComplementSum& OnesComplementSum::add(std::span<const std::byte> bytes) {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  const auto take = [&](std::uint64_t word) {
    low += word & 0xffffffff;
    high += word >> 32;
  };
  for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t))) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    take(word);
  }
  std::uint64_t last = 0;
  if (!bytes.empty()) std::memcpy(&last, bytes.data(), bytes.size());
  take(last);
  const std::uint16_t sum = fold(low + high);
  if constexpr (std::endian::native == std::endian::little) {
    sum_ += static_cast<std::uint16_t>((sum << 8) | (sum >> 8));
  } else {
    sum_ += sum;
  }
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
