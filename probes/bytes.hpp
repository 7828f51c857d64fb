#pragma once
// Big-endian numbers in payloads, and libtins' byte vectors as ours. Pure functions; any thread.

#include <cstddef>
#include <cstdint>
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
  std::uint64_t value = 0;
  for (const std::byte b : bytes.first(8)) value = (value << 8) | std::to_integer<std::uint64_t>(b);
  return value;
}

/// Writes the number to the first bytes of `out`. Precondition: there are enough.
template <typename Number>
void store_big_endian(std::span<std::byte> out, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    out[i] = static_cast<std::byte>(value >> (8 * (sizeof(Number) - 1 - i)));
  }
}

[[nodiscard]] inline std::vector<std::byte> to_bytes(const std::vector<std::uint8_t>& data) {
  const auto view = std::as_bytes(std::span(data));
  return {view.begin(), view.end()};
}

}  // namespace isthmus::probes
