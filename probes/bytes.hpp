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

[[nodiscard]] inline std::vector<std::byte> to_bytes(const std::vector<std::uint8_t>& data) {
  const auto view = std::as_bytes(std::span(data));
  return {view.begin(), view.end()};
}

}  // namespace isthmus::probes
