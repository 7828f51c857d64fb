#pragma once
// Who carries what, as seen from where: the widths of the web page's map. A unit is one (vantage point, block) pair of
// a vantage point that can see; one whose flows take several upstreams is split between them, and one without a path,
// or whose path does not tell, counts as unknown (upstream none). Pure functions; any thread.

#include <map>
#include <vector>

#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::telemetry {

using UnitsByUpstream = std::map<Asn, double>;

class SeenUnits {
 public:
  explicit SeenUnits(const std::vector<resilience::VantageView>& vantages);

  /// Adds the block to the sums; its own units come back.
  UnitsByUpstream add(const resilience::BlockView& block);
  /// One for each vantage point, in their order: what it has seen so far. Empty for one that cannot see.
  [[nodiscard]] const std::vector<UnitsByUpstream>& by_vantage() const { return by_vantage_; }

 private:
  std::map<std::string, std::size_t, std::less<>> voting_;
  std::vector<UnitsByUpstream> by_vantage_;
};

}  // namespace isthmus::telemetry
