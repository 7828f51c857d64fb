#pragma once
// Nested prefixes flattened to disjoint intervals, so that longest match becomes one short binary search.
//
// 500,000 prefixes become fewer than a million intervals. An index over the top 16 bits of the address narrows a
// search down to the intervals of one /16; within those the search is branch-free, because its comparisons are
// coin tosses that no branch predictor guesses.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ip2as/number.hpp"

namespace isthmus::ip2as {

/// Index of an origin in a table; 0 means that no prefix covers the address.
using OriginIndex = std::uint32_t;

template <typename Number>
struct PrefixEntry {
  Number first;
  std::uint8_t length;
  OriginIndex origin;
};

template <typename Number>
class IntervalMap {
 public:
  IntervalMap() : starts_{Number{0}}, origins_{0} { index(); }

  /// Of equal prefixes the first in the list counts.
  explicit IntervalMap(std::vector<PrefixEntry<Number>> entries) : starts_{Number{0}}, origins_{0} {
    const auto before = [](const PrefixEntry<Number>& a, const PrefixEntry<Number>& b) {
      return a.first != b.first ? a.first < b.first : a.length < b.length;
    };
    // One sorted source is the usual case; checking is far cheaper than sorting.
    if (!std::is_sorted(entries.begin(), entries.end(), before)) {
      std::stable_sort(entries.begin(), entries.end(), before);
    }
    flatten(entries);
    index();
  }

  [[nodiscard]] OriginIndex find(Number address) const {
    const auto bucket = static_cast<std::size_t>(address >> kShift);
    std::size_t base = index_[bucket];
    std::size_t count = index_[bucket + 1] - base + 1;
    while (count > 1) {
      const std::size_t half = count / 2;
      base += starts_[base + half] <= address ? half : 0;
      count -= half;
    }
    return origins_[base];
  }

 private:
  static constexpr int kIndexBits = 16;
  static constexpr int kShift = kWidth<Number> - kIndexBits;

  struct Open {
    Number last;
    OriginIndex origin;
  };

  // Sweeps over the sorted prefixes with the stack of those that cover the current address.
  void flatten(const std::vector<PrefixEntry<Number>>& entries) {
    starts_.reserve(entries.size() + entries.size() / 2);
    origins_.reserve(entries.size() + entries.size() / 2);
    std::vector<Open> open;
    const auto close_before = [&](auto still_open) {
      while (!open.empty() && !still_open(open.back().last)) {
        const Number last = open.back().last;
        open.pop_back();
        // Nothing follows the last address of all.
        if (last != static_cast<Number>(~Number{0})) begin(last + 1, open.empty() ? 0 : open.back().origin);
      }
    };
    const PrefixEntry<Number>* previous = nullptr;
    for (const PrefixEntry<Number>& entry : entries) {
      if (previous != nullptr && previous->first == entry.first && previous->length == entry.length) continue;
      previous = &entry;
      close_before([&](Number last) { return last >= entry.first; });
      begin(entry.first, entry.origin);
      open.push_back(Open{last_of(entry.first, entry.length), entry.origin});
    }
    close_before([](Number) { return false; });
    starts_.shrink_to_fit();
    origins_.shrink_to_fit();
  }

  // From `start` on the origin is another; takes back what an outer prefix said about the same start, and says
  // nothing when nothing changes.
  void begin(Number start, OriginIndex origin) {
    if (starts_.back() == start) {
      starts_.pop_back();
      origins_.pop_back();
    }
    if (!origins_.empty() && origins_.back() == origin) return;
    starts_.push_back(start);
    origins_.push_back(origin);
  }

  // index_[b] is the interval in which the first address of bucket b lies; one more entry closes the last bucket.
  void index() {
    constexpr std::size_t kBuckets = std::size_t{1} << kIndexBits;
    index_.resize(kBuckets + 1);
    std::size_t interval = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      const Number first = static_cast<Number>(bucket) << kShift;
      while (interval + 1 < starts_.size() && starts_[interval + 1] <= first) ++interval;
      index_[bucket] = static_cast<std::uint32_t>(interval);
    }
    index_[kBuckets] = static_cast<std::uint32_t>(starts_.size() - 1);
  }

  std::vector<Number> starts_;  // Ascending; starts_[0] is address 0.
  std::vector<OriginIndex> origins_;
  std::vector<std::uint32_t> index_;
};

}  // namespace isthmus::ip2as
