#include "isthmus/wire/checksum.hpp"

#include "wire/native_sum.hpp"

namespace isthmus::wire {

OnesComplementSum& OnesComplementSum::add(std::span<const std::byte> bytes) {
  sum_ += to_network_order(native_sum(bytes));
  return *this;
}

std::uint16_t OnesComplementSum::folded() const { return fold(sum_); }

std::uint16_t internet_checksum(std::span<const std::byte> bytes) {
  return static_cast<std::uint16_t>(~to_network_order(native_sum(bytes)));
}

OnesComplementSum pseudo_header_sum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                    std::uint16_t length) {
  OnesComplementSum sum;
  const auto add = [&sum](const IpAddress& address) {
    sum.add(std::as_bytes(std::span(address.bytes()).first(address.is_v4() ? 4 : 16)));
  };
  add(source);
  add(destination);
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
