#pragma once
// The sum behind every Internet checksum, to be inlined where packets are read. Private to wire; pure functions, any
// thread.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace isthmus::wire {

// Without a branch: what the first lines carry over, the next ones bring back.
inline std::uint16_t fold(std::uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum + (sum >> 16));
}

template <typename Word>
std::uint64_t load_native(const std::byte* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// The machine's own byte order swaps the sum and changes nothing else (RFC 1071 section 2 B), so words of any size may
// be taken as they lie in memory. A carry out of the 64 bits comes back in below, where it counts the same.
inline std::uint16_t native_sum(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  const auto take = [&sum](std::uint64_t word) {
    sum += word;
    sum += sum < word ? 1 : 0;
  };
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) take(load_native<std::uint64_t>(at));
  std::uint64_t rest = 0;  // Less than 2^34: three words at most.
  if ((left & 4) != 0) {
    rest = load_native<std::uint32_t>(at);
    at += 4;
  }
  if ((left & 2) != 0) {
    rest += load_native<std::uint16_t>(at);
    at += 2;
  }
  if ((left & 1) != 0) {
    const std::array<std::byte, 2> padded{*at, std::byte{0}};
    rest += load_native<std::uint16_t>(padded.data());
  }
  take(rest);
  return fold(sum);
}

/// Whether data that contain their own checksum are intact: they sum to all ones, whichever way round.
inline bool sums_up(std::span<const std::byte> bytes) { return native_sum(bytes) == 0xffff; }

inline std::uint16_t to_network_order(std::uint16_t sum) {
  if constexpr (std::endian::native == std::endian::big) return sum;
  return static_cast<std::uint16_t>((sum << 8) | (sum >> 8));
}

}  // namespace isthmus::wire
