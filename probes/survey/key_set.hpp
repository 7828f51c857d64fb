#pragma once
// A set of 64-bit keys with a small count for each, in one flat array. Owned by one thread.

#include <bit>
#include <cstdint>
#include <vector>

#include "probes/survey/mix.hpp"

namespace isthmus::probes::survey {

class KeySet {
 public:
  explicit KeySet(std::size_t expected) : slots_(std::bit_ceil(expected + expected / 2 + 16)) {}

  /// Counts the key once more and returns its new count; 1 says that it is new.
  std::uint32_t add(std::uint64_t key) {
    if ((size_ + 1) * 3 > slots_.size() * 2) grow();
    Slot& slot = slots_[slot_of(key)];
    if (slot.count == 0) {
      slot.key = key;
      ++size_;
    }
    return ++slot.count;
  }
  [[nodiscard]] std::uint32_t count(std::uint64_t key) const { return slots_[slot_of(key)].count; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint64_t key{0};
    std::uint32_t count{0};
  };
  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = mix(key) & mask;
    while (slots_[slot].count != 0 && slots_[slot].key != key) slot = (slot + 1) & mask;
    return slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.count != 0) slots_[slot_of(slot.key)] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_{0};
};

}  // namespace isthmus::probes::survey
