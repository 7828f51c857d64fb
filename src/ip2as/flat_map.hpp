#pragma once
// A hash map for AS numbers and pairs of them: one array, one cache miss a look-up, nothing removed. Owned by one
// structure; looked up by any thread once filled.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace isthmus::ip2as {

/// Keys are unsigned integers other than 0, which marks a free slot: no AS has the number 0.
template <typename Key, typename Value>
class FlatMap {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] const Value* find(Key key) const {
    if (slots_.empty() || key == 0) return nullptr;
    for (std::size_t at = place(key);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].key == key) return &slots_[at].value;
      if (slots_[at].key == 0) return nullptr;
    }
  }

  /// The value of the key, and whether it was put there just now. Valid until the next insertion.
  std::pair<Value*, bool> try_emplace(Key key, const Value& value) {
    if (4 * (size_ + 1) > 3 * slots_.size()) grow();
    for (std::size_t at = place(key);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at].key == key) return {&slots_[at].value, false};
      if (slots_[at].key != 0) continue;
      slots_[at] = Slot{key, value};
      ++size_;
      return {&slots_[at].value, true};
    }
  }

  /// visit(key, value) for each entry, in no order that means anything.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.key != 0) visit(slot.key, slot.value);
    }
  }

 private:
  struct Slot {
    Key key{0};
    Value value{};
  };

  // Fibonacci hashing: the top bits of the product depend on every bit of the key.
  [[nodiscard]] std::size_t place(Key key) const {
    return static_cast<std::size_t>((std::uint64_t{key} * 0x9E3779B97F4A7C15U) >> shift_);
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    shift_ = 64 - std::countr_zero(slots_.size());
    for (const Slot& slot : old) {
      if (slot.key == 0) continue;
      std::size_t at = place(slot.key);
      while (slots_[at].key != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;  // A power of two of them, at most three quarters in use.
  std::size_t size_{0};
  int shift_{64};
};

}  // namespace isthmus::ip2as
