#pragma once
// The random order of a sweep: a keyed permutation that is asked millions of times a second. Immutable; any thread.

#include <bit>
#include <cstdint>

#include "probes/survey/mix.hpp"

namespace isthmus::probes::survey {

/// Like schedule::RandomOrder a Feistel network walked until the result is in range, but of the smallest width that
/// holds the range, even or odd (two steps on average at most instead of four), and with one multiplication a round:
/// an order must look random to routers, not withstand cryptanalysis.
class ProbeOrder {
 public:
  /// Precondition: 1 <= size <= 2^62.
  ProbeOrder(std::uint64_t size, std::uint64_t key) : size_(size) {
    const int bits = size <= 4 ? 2 : static_cast<int>(std::bit_width(size - 1));
    right_bits_ = bits / 2;
    left_mask_ = (std::uint64_t{1} << (bits - right_bits_)) - 1;
    right_mask_ = (std::uint64_t{1} << right_bits_) - 1;
    for (std::uint64_t& round : keys_) round = mix(key += 0x9e3779b97f4a7c15ULL) | 1;
  }

  /// The index-th element; a bijection of [0, size). Precondition: index < size.
  [[nodiscard]] std::uint64_t at(std::uint64_t index) const {
    std::uint64_t value = index;
    do {
      value = permute(value);
    } while (value >= size_);
    return value;
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  static constexpr int kRounds = 6;

  // Each round changes one half by a function of the other and of the key alone, so it can be undone: a bijection.
  [[nodiscard]] std::uint64_t permute(std::uint64_t value) const {
    std::uint64_t left = value >> right_bits_;
    std::uint64_t right = value & right_mask_;
    for (int round = 0; round < kRounds; round += 2) {
      left ^= scramble(right, keys_[round]) & left_mask_;
      right ^= scramble(left, keys_[round + 1]) & right_mask_;
    }
    return (left << right_bits_) | right;
  }
  static std::uint64_t scramble(std::uint64_t half, std::uint64_t key) {
    const std::uint64_t product = (half + (key >> 17)) * key;
    return product ^ (product >> 32);
  }

  std::uint64_t size_;
  int right_bits_{1};
  std::uint64_t left_mask_{1};
  std::uint64_t right_mask_{1};
  std::uint64_t keys_[kRounds]{};
};

}  // namespace isthmus::probes::survey
