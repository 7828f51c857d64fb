#pragma once
// A random order over 0 to size-1 without an array: a keyed permutation. The same key gives the same order, so a
// position is all that has to be remembered. Immutable; any thread.

#include <array>
#include <cstddef>
#include <cstdint>

namespace isthmus::schedule {

/// Feistel rounds over a grid of a power of two columns and as many rows as the range needs, walking the cycle until
/// the result is inside it (Black and Rogaway 2002): the grid is hardly larger than the range, so one step nearly
/// always does. An order has to look random to routers, not to withstand cryptanalysis: one multiplication a round.
class RandomOrder {
 public:
  /// Precondition: 1 <= size <= 2^62.
  RandomOrder(std::uint64_t size, std::uint64_t key);

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
  static constexpr std::size_t kRounds = 6;

  // 32 bits of the half and the key.
  static std::uint64_t scramble(std::uint64_t half, std::uint64_t key) { return ((half + (key >> 40)) * key) >> 32; }

  // Each round turns one half by a function of the other one and the key alone, so it can be undone: a bijection.
  [[nodiscard]] std::uint64_t permute(std::uint64_t value) const {
    const std::uint64_t mask = (std::uint64_t{1} << column_bits_) - 1;
    std::uint64_t row = value >> column_bits_;
    std::uint64_t column = value & mask;
    for (std::size_t round = 0; round < kRounds; round += 2) {
      row += (scramble(column, keys_[round]) * rows_) >> 32;
      row -= row >= rows_ ? rows_ : 0;
      column ^= scramble(row, keys_[round + 1]) & mask;
    }
    return (row << column_bits_) | column;
  }

  std::uint64_t size_;
  std::uint64_t rows_;
  int column_bits_;
  std::array<std::uint64_t, kRounds> keys_;
};

}  // namespace isthmus::schedule
