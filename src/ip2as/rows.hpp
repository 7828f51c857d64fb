#pragma once
// Lists of AS numbers end to end in one array, one row each: a hundred thousand small vectors would be scattered.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ip2as/sorted.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

class Rows {
 public:
  /// `pairs` are row << 32 | AS number, in any order, some perhaps twice; rows come out ascending.
  static Rows from_pairs(std::vector<std::uint64_t> pairs, std::size_t rows) {
    sort_unique(pairs);
    Rows made;
    made.starts_.assign(rows + 1, 0);
    made.items_.reserve(pairs.size());
    for (const std::uint64_t pair : pairs) {
      ++made.starts_[(pair >> 32) + 1];
      made.items_.push_back(Asn{static_cast<std::uint32_t>(pair)});
    }
    for (std::size_t row = 0; row < rows; ++row) made.starts_[row + 1] += made.starts_[row];
    return made;
  }

  void append(std::span<const Asn> row) {
    items_.insert(items_.end(), row.begin(), row.end());
    starts_.push_back(items_.size());
  }

  [[nodiscard]] std::span<const Asn> operator[](std::size_t row) const {
    return std::span(items_).subspan(starts_[row], starts_[row + 1] - starts_[row]);
  }
  [[nodiscard]] std::size_t size() const { return starts_.size() - 1; }
  [[nodiscard]] std::size_t item_count() const { return items_.size(); }

 private:
  std::vector<std::size_t> starts_{0};  // One more than there are rows.
  std::vector<Asn> items_;
};

[[nodiscard]] inline std::uint64_t pair_of(std::size_t row, Asn item) {
  return (std::uint64_t{row} << 32) | item.number;
}

}  // namespace isthmus::ip2as
