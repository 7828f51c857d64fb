#pragma once
// Which contracts between ASes work when: links that fail and recover, upstreams that are new. Built once, then
// immutable; any thread reads.

#include <cstdint>
#include <vector>

#include "isthmus/base/time.hpp"
#include "support/internet/as_graph.hpp"
#include "support/internet/routes.hpp"

namespace isthmus::testing::internet {

/// An adjacency that stops or begins to work.
struct Change {
  Timestamp time{};
  std::uint32_t adjacency{0};
  bool up{false};
  bool is_new{false};  ///< It never worked before.
  friend bool operator==(const Change&, const Change&) = default;
};

class Timeline {
 public:
  Timeline(const Settings& settings, const AsGraph& graph, const AddressPlan& plan);

  /// Ascending by time. What is new does not work before, though no change says so.
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  [[nodiscard]] Outages outages_at(Timestamp time) const;

 private:
  void fail(std::uint32_t adjacency, const Settings& settings);
  void appear(std::uint32_t adjacency, const Settings& settings);

  Random random_;
  std::size_t adjacencies_;
  std::vector<Change> changes_;
};

}  // namespace isthmus::testing::internet
