#pragma once
// Addresses as plain unsigned numbers, 32 bits for IPv4 and 128 for IPv6, so that one algorithm serves both.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

__extension__ typedef unsigned __int128 Uint128;

template <typename Number>
inline constexpr int kWidth = static_cast<int>(sizeof(Number) * 8);

template <typename Number>
[[nodiscard]] Number to_number(const IpAddress& address);

template <>
[[nodiscard]] inline std::uint32_t to_number<std::uint32_t>(const IpAddress& address) {
  return address.v4_value();
}

template <>
[[nodiscard]] inline Uint128 to_number<Uint128>(const IpAddress& address) {
  Uint128 number = 0;
  for (const std::uint8_t byte : address.bytes()) number = (number << 8) | byte;
  return number;
}

[[nodiscard]] inline IpAddress to_address(std::uint32_t number) { return IpAddress::v4(number); }
[[nodiscard]] inline IpAddress to_address(Uint128 number) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 16; i-- > 0; number >>= 8) bytes[i] = static_cast<std::uint8_t>(number);
  return IpAddress::v6(bytes);
}

/// Host bits at the end of an address that are zero, at most its width.
[[nodiscard]] inline int trailing_zeros(std::uint32_t number) { return std::countr_zero(number); }
[[nodiscard]] inline int trailing_zeros(Uint128 number) {
  const auto low = static_cast<std::uint64_t>(number);
  return low != 0 ? std::countr_zero(low) : 64 + std::countr_zero(static_cast<std::uint64_t>(number >> 64));
}

/// Bits needed to write the number: 0 for 0.
[[nodiscard]] inline int bit_width(std::uint32_t number) { return static_cast<int>(std::bit_width(number)); }
[[nodiscard]] inline int bit_width(Uint128 number) {
  const auto high = static_cast<std::uint64_t>(number >> 64);
  return static_cast<int>(high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<std::uint64_t>(number)));
}

/// The last address of the prefix that starts at `first`.
template <typename Number>
[[nodiscard]] Number last_of(Number first, int length) {
  if (length == 0) return static_cast<Number>(~Number{0});
  return first | static_cast<Number>((Number{1} << (kWidth<Number> - length)) - 1);
}

}  // namespace isthmus::ip2as
