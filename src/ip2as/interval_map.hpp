#pragma once
// Nested prefixes flattened to disjoint intervals, so that longest match becomes one short binary search.
//
// 500,000 prefixes become fewer than a million intervals. An index over the top bits of the address narrows a search
// down to a handful of intervals; within those the search is branch-free, because its comparisons are coin tosses that
// no branch predictor guesses. For IPv6 only 2000::/3 is indexed, all that can hold prefixes; what is allocated there
// is so crowded that the index entries in use fit a fast cache.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
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

/// Which part of the address space an index covers, and how finely.
template <typename Number>
struct IndexLayout;
template <>
struct IndexLayout<std::uint32_t> {
  static constexpr int kPrefixBits = 18;  // One bucket is a /18.
  static constexpr std::uint32_t kFirstBucket = 0;
  static constexpr std::size_t kBuckets = std::size_t{1} << 18;
};
template <>
struct IndexLayout<Uint128> {
  static constexpr int kPrefixBits = 24;                   // One bucket is a /24.
  static constexpr std::uint32_t kFirstBucket = 0x200000;  // 2000::/24
  static constexpr std::size_t kBuckets = std::size_t{1} << 21;
};

/// Prefixes must lie in the part of the address space that the index covers.
template <typename Number>
class IntervalMap {
 public:
  IntervalMap() = default;

  /// Of equal prefixes the first in the list counts.
  explicit IntervalMap(std::vector<PrefixEntry<Number>> entries) {
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

  /// Different prefixes in the list.
  [[nodiscard]] std::size_t prefix_count() const { return prefixes_; }

  [[nodiscard]] OriginIndex find(Number address) const {
    // Below the first bucket this wraps around to a huge number.
    const std::uint32_t bucket = static_cast<std::uint32_t>(address >> kShift) - Layout::kFirstBucket;
    if (bucket >= Layout::kBuckets) return 0;
    std::size_t first = 0;
    std::size_t count = intervals_.size();
    if (!index_.empty()) {
      first = index_[bucket];
      count = index_[bucket + 1] - first + 1;
    }
    std::size_t base = first;
    const Key key = key_of(address);
    while (count > 1) {
      const std::size_t half = count / 2;
      base += intervals_[base + half].key <= key ? half : 0;
      count -= half;
    }
    if constexpr (kHasRest) {
      if (intervals_[base].key == key && rests_[base] > rest_of(address)) base = settle_tie(first, base, address);
    }
    return intervals_[base].origin;
  }

 private:
  using Layout = IndexLayout<Number>;
  // Searches compare the upper half of an IPv6 address alone: half the memory, and the lower half hardly ever matters.
  using Key = std::conditional_t<kWidth<Number> == 32, std::uint32_t, std::uint64_t>;
  // So few are searched as quickly without an index, which takes megabytes and misses caches.
  static constexpr std::size_t kFewIntervals = 4096;
  static constexpr bool kHasRest = kWidth<Number> > kWidth<Key>;

  static Key key_of(Number number) { return static_cast<Key>(number >> (kWidth<Number> - kWidth<Key>)); }
  static Key rest_of(Number number) { return static_cast<Key>(number); }
  [[nodiscard]] Number start_of(std::size_t interval) const {
    if constexpr (kHasRest) return (Number{intervals_[interval].key} << kWidth<Key>) | rests_[interval];
    return intervals_[interval].key;
  }

  // Of intervals that start in the same /64, the last one that starts at the address or before it. The first one of
  // those searched does, so there is one.
  [[nodiscard]] std::size_t settle_tie(std::size_t first, std::size_t last, Number address) const {
    while (last - first > 1) {
      const std::size_t middle = first + (last - first) / 2;
      (start_of(middle) <= address ? first : last) = middle;
    }
    return first;
  }

  static constexpr int kShift = kWidth<Number> - Layout::kPrefixBits;

  struct Open {
    Number last;
    OriginIndex origin;
  };

  // Sweeps over the sorted prefixes with the stack of those that cover the current address.
  void flatten(const std::vector<PrefixEntry<Number>>& entries) {
    intervals_.reserve(entries.size() + entries.size() / 2);
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
      ++prefixes_;
      close_before([&](Number last) { return last >= entry.first; });
      begin(entry.first, entry.origin);
      open.push_back(Open{last_of(entry.first, entry.length), entry.origin});
    }
    close_before([](Number) { return false; });
    intervals_.shrink_to_fit();
    rests_.shrink_to_fit();
  }

  // From `start` on the origin is another; takes back what an outer prefix said about the same start, and says
  // nothing when nothing changes.
  void begin(Number start, OriginIndex origin) {
    if (start_of(intervals_.size() - 1) == start) {
      intervals_.pop_back();
      if constexpr (kHasRest) rests_.pop_back();
    }
    if (!intervals_.empty() && intervals_.back().origin == origin) return;
    intervals_.push_back({key_of(start), origin});
    if constexpr (kHasRest) rests_.push_back(rest_of(start));
  }

  // index_[b] is the interval in which the first address of bucket b lies; one more entry closes the last bucket.
  void index() {
    if (intervals_.size() <= kFewIntervals) return;
    index_.resize(Layout::kBuckets + 1);
    std::size_t interval = 0;
    for (std::size_t bucket = 0; bucket < Layout::kBuckets; ++bucket) {
      const Number first = static_cast<Number>(Layout::kFirstBucket + bucket) << kShift;
      while (interval + 1 < intervals_.size() && start_of(interval + 1) <= first) ++interval;
      index_[bucket] = static_cast<std::uint32_t>(interval);
    }
    index_[Layout::kBuckets] = static_cast<std::uint32_t>(intervals_.size() - 1);
  }

  // Start and origin lie together: the last comparison of a search has fetched the answer along with the start.
  struct Interval {
    Key key;
    OriginIndex origin;
  };
  std::vector<Interval> intervals_{{Key{0}, 0}};  // Ascending, from address 0 on.
  std::vector<Key> rests_{Key{0}};                // What of each start its key leaves out; unused for IPv4.
  std::vector<std::uint32_t> index_;
  std::size_t prefixes_{0};
};

}  // namespace isthmus::ip2as
