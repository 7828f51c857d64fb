#pragma once
// Which vantage ASes saw which upstream right before a target: a second witness from elsewhere makes a conclusion
// surer. Value type; belongs to a PathMap.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <utility>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::inference {

/// A network that a vantage point stands for: its AS, or itself when that is not known.
using WitnessId = std::uint64_t;

class Witnesses {
 public:
  void add(Asn upstream, WitnessId witness) { ++seen_by(upstream)[witness]; }
  /// Takes back one add().
  void remove(Asn upstream, WitnessId witness) {
    Counts& counts = seen_by(upstream);
    const auto found = counts.find(witness);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
  }
  /// Whether anybody else saw this upstream.
  [[nodiscard]] bool has_other(Asn upstream, WitnessId witness) const {
    for (const auto& [asn, counts] : upstreams_) {
      if (asn == upstream) return counts.size() > 1 || (counts.size() == 1 && !counts.contains(witness));
    }
    return false;
  }

 private:
  using Counts = boost::unordered_flat_map<WitnessId, std::uint32_t>;
  Counts& seen_by(Asn upstream) {
    for (auto& [asn, counts] : upstreams_) {
      if (asn == upstream) return counts;
    }
    return upstreams_.emplace_back(upstream, Counts{}).second;
  }
  std::vector<std::pair<Asn, Counts>> upstreams_;  // A handful.
};

}  // namespace isthmus::inference
