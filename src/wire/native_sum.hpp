#pragma once
// The sum behind every Internet checksum, to be inlined where packets are read. Private to wire; pure functions, any
// thread.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "isthmus/model/address.hpp"

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

/// A one's-complement sum in the machine's own byte order, which swaps the sum and changes nothing else (RFC 1071
/// section 2 B): words of any size are taken as they lie in memory, and what belongs to one sum need not be one range.
class NativeSum {
 public:
  NativeSum& add(std::uint64_t word) {
    sum_ += word;
    return *this;
  }
  /// Only the last range may have an odd length.
  NativeSum& add(std::span<const std::byte> bytes) {
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; at += 8, left -= 8) add(load_native<std::uint64_t>(at));
    std::uint64_t rest = 0;
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
    return add(rest);
  }
  [[nodiscard]] std::uint16_t folded() const {
    const auto carries = static_cast<std::uint64_t>(sum_ >> 64);
    const std::uint64_t sum = static_cast<std::uint64_t>(sum_) + carries;
    return fold(sum + (sum < carries ? 1 : 0));
  }

 private:
  // Carries gather in the upper half: bringing each back at once would make every word wait twice for the one before.
  __extension__ using Wide = unsigned __int128;
  Wide sum_{0};
};

inline std::uint16_t native_sum(std::span<const std::byte> bytes) { return NativeSum().add(bytes).folded(); }

/// Whether data that contain their own checksum are intact: they sum to all ones, whichever way round.
inline bool sums_up(std::span<const std::byte> bytes) { return native_sum(bytes) == 0xffff; }

inline std::uint16_t to_network_order(std::uint16_t sum) {
  if constexpr (std::endian::native == std::endian::big) return sum;
  return static_cast<std::uint16_t>((sum << 8) | (sum >> 8));
}

/// The pseudo header of UDP, TCP (RFC 768) and ICMPv6 (RFC 8200 section 8.1).
inline NativeSum native_pseudo_sum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                   std::uint16_t length) {
  using Words = std::array<std::uint64_t, 2>;
  NativeSum sum;
  for (const IpAddress* address : {&source, &destination}) {
    // What an IPv4 address leaves of its bytes is zero.
    const auto words = std::bit_cast<Words>(address->bytes());
    sum.add(words[0]).add(words[1]);
  }
  return sum.add(to_network_order(protocol)).add(to_network_order(length));
}

}  // namespace isthmus::wire
