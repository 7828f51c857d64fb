#pragma once
// The answers of a survey: a cell for each path and TTL, and the interfaces that answered. Owned by one thread.

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "probes/survey/address_table.hpp"
#include "probes/survey/cell.hpp"

namespace isthmus::probes::survey {

class Grid {
 public:
  /// What became of an answer.
  enum class Taken : std::uint8_t { counted, duplicate, too_late, impossible };

  /// Tables begin with room for `expected_interfaces`, or one for each cell if those are fewer.
  Grid(std::size_t paths, Ttl max_ttl, std::size_t expected_interfaces, std::uint64_t key)
      : max_ttl_(max_ttl),
        cells_(paths * max_ttl),
        expected_interfaces_(std::min(expected_interfaces, cells_.size())),
        interfaces_(expected_interfaces_, key) {}

  [[nodiscard]] std::size_t paths() const { return cells_.size() / max_ttl_; }
  [[nodiscard]] Ttl max_ttl() const { return max_ttl_; }
  [[nodiscard]] Cell& at(PathIndex path, Ttl ttl) { return cells_[std::size_t{path} * max_ttl_ + ttl - 1U]; }
  [[nodiscard]] const Cell& at(PathIndex path, Ttl ttl) const {
    return cells_[std::size_t{path} * max_ttl_ + ttl - 1U];
  }
  /// The cells of TTL 1 to max_ttl.
  [[nodiscard]] std::span<const Cell> row(PathIndex path) const {
    return std::span(cells_).subspan(std::size_t{path} * max_ttl_, max_ttl_);
  }
  [[nodiscard]] std::size_t expected_interfaces() const { return expected_interfaces_; }
  [[nodiscard]] AddressTable& interfaces() { return interfaces_; }
  [[nodiscard]] const AddressTable& interfaces() const { return interfaces_; }

  /// Takes an answer in unless something forbids it; numbers its sender in `answer.id` when it counts.
  Taken take(Answer& answer, const IpAddress& destination, bool retry, Tick now);

 private:
  Ttl max_ttl_;
  std::vector<Cell> cells_;
  std::size_t expected_interfaces_;
  AddressTable interfaces_;
};

}  // namespace isthmus::probes::survey
