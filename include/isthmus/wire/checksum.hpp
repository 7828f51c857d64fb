#pragma once
// The Internet checksum (RFC 1071), whole and incremental (RFC 1624). Pure functions; any thread.

#include <cstddef>
#include <cstdint>
#include <span>

#include "isthmus/model/address.hpp"

namespace isthmus::wire {

/// A one's-complement sum under construction. Words are taken in network byte order; an odd last byte is padded
/// with zero, so only the last range added may have an odd length.
class OnesComplementSum {
 public:
  OnesComplementSum& add(std::span<const std::byte> bytes);
  OnesComplementSum& add(std::uint16_t word) {
    sum_ += word;
    return *this;
  }
  /// The sum folded to 16 bits; not complemented.
  [[nodiscard]] std::uint16_t folded() const;
  /// What goes into a checksum field.
  [[nodiscard]] std::uint16_t checksum() const { return static_cast<std::uint16_t>(~folded()); }

 private:
  std::uint64_t sum_{0};
};

/// The checksum of one range. Over data that contains its own correct checksum the result is 0.
[[nodiscard]] std::uint16_t internet_checksum(std::span<const std::byte> bytes);

/// The pseudo header of UDP and TCP over IPv4 (RFC 768): addresses, protocol, length of header and payload.
[[nodiscard]] OnesComplementSum pseudo_header_sum(const IpAddress& source, const IpAddress& destination,
                                                  std::uint8_t protocol, std::uint16_t length);

/// The checksum after one aligned word changed (RFC 1624 equation 3).
[[nodiscard]] std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word);

/// The word that makes the checksum of everything in `others` plus that word equal to `wanted`.
[[nodiscard]] std::uint16_t compensation_for(const OnesComplementSum& others, std::uint16_t wanted);

}  // namespace isthmus::wire
