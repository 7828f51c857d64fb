#pragma once
// Big-endian numbers in payloads, and libtins' byte vectors as ours. Pure functions; any thread.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace isthmus::probes {

template <typename Number>
void append_big_endian(std::vector<std::uint8_t>& out, Number value) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

/// Precondition: eight bytes.
[[nodiscard]] inline std::uint64_t read_u64(std::span<const std::byte> bytes) {
  std::uint64_t value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}

/// Writes the number to the first bytes of `out`. Precondition: there are enough.
template <std::unsigned_integral Number>
void store_big_endian(std::span<std::byte> out, Number value) {
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof(Number) == 2) value = __builtin_bswap16(value);
    if constexpr (sizeof(Number) == 4) value = __builtin_bswap32(value);
    if constexpr (sizeof(Number) == 8) value = __builtin_bswap64(value);
  }
  std::memcpy(out.data(), &value, sizeof value);
}

[[nodiscard]] inline std::vector<std::byte> to_bytes(const std::vector<std::uint8_t>& data) {
  const auto view = std::as_bytes(std::span(data));
  return {view.begin(), view.end()};
}

}  // namespace isthmus::probes
