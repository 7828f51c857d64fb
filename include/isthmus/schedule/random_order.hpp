#pragma once
// A random order over 0 to size-1 without an array: a keyed permutation. The same key gives the same order, so a
// position is all that has to be remembered. Immutable; any thread.

#include <cstdint>

namespace isthmus::schedule {

/// Four Feistel rounds over the smallest even-width power of two that holds the range, walking the cycle until the
/// result is inside it (Black and Rogaway 2002): at most four steps on average.
class RandomOrder {
 public:
  /// Precondition: 1 <= size <= 2^62.
  RandomOrder(std::uint64_t size, std::uint64_t key);

  /// The index-th element; a bijection of [0, size). Precondition: index < size.
  [[nodiscard]] std::uint64_t at(std::uint64_t index) const;
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  [[nodiscard]] std::uint64_t permute(std::uint64_t value) const;

  std::uint64_t size_;
  std::uint64_t key_;
  int half_bits_{1};
};

}  // namespace isthmus::schedule
