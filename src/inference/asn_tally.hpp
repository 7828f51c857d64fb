#pragma once
// How often each of a few ASes was seen somewhere, in 40 bytes and without allocation: interfaces by the hundred
// thousand have several of these. Value type; belongs to whoever holds it.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "isthmus/model/address.hpp"

namespace isthmus::inference {

/// Exact for up to four ASes at a time. A fifth makes it "many", until everything has been taken out again. Never takes
/// the AS "none".
class AsnTally {
 public:
  void add(Asn asn) {
    ++total_;
    Slot* slot = find(asn);
    if (slot == nullptr) slot = find(Asn{});
    if (slot == nullptr) {
      many_ = true;
      return;
    }
    slot->asn = asn;
    ++slot->count;
  }

  /// Takes back one add().
  void remove(Asn asn) {
    if (--total_ == 0) {
      *this = AsnTally{};
      return;
    }
    Slot* slot = find(asn);
    if (slot != nullptr && --slot->count == 0) slot->asn = Asn{};
  }

  [[nodiscard]] bool empty() const { return total_ == 0; }
  [[nodiscard]] std::uint32_t total() const { return total_; }
  /// More than four: count() of those that were left out is 0.
  [[nodiscard]] bool many() const { return many_; }
  [[nodiscard]] std::uint32_t count(Asn asn) const {
    const Slot* slot = find(asn);
    return slot == nullptr ? 0 : slot->count;
  }
  /// How many, five for many.
  [[nodiscard]] std::size_t distinct() const {
    if (many_) return slots_.size() + 1;
    return static_cast<std::size_t>(std::ranges::count_if(slots_, [](const Slot& slot) { return slot.count > 0; }));
  }
  /// The most frequent one, the lower number of two; none when empty.
  [[nodiscard]] Asn top() const {
    const auto best = std::ranges::max_element(
        slots_, [](const Slot& a, const Slot& b) { return a.count != b.count ? a.count < b.count : b.asn < a.asn; });
    return best->asn;
  }
  /// Calls visit(asn, count) for each that is counted.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.count > 0) visit(slot.asn, slot.count);
    }
  }
  /// The only one; none when there are others or nothing.
  [[nodiscard]] Asn sole() const { return distinct() == 1 ? top() : Asn{}; }

 private:
  struct Slot {
    Asn asn;
    std::uint32_t count{0};
  };
  [[nodiscard]] const Slot* find(Asn asn) const {
    const auto slot = std::ranges::find(slots_, asn, &Slot::asn);
    return slot == slots_.end() ? nullptr : &*slot;
  }
  [[nodiscard]] Slot* find(Asn asn) { return const_cast<Slot*>(static_cast<const AsnTally*>(this)->find(asn)); }

  std::array<Slot, 4> slots_{};
  std::uint32_t total_{0};
  bool many_{false};
};

}  // namespace isthmus::inference
