#include "telemetry/seen_units.hpp"

namespace isthmus::telemetry {

SeenUnits::SeenUnits(const std::vector<resilience::VantageView>& vantages) : by_vantage_(vantages.size()) {
  for (std::size_t v = 0; v < vantages.size(); ++v) {
    if (vantages[v].voting) voting_.emplace(vantages[v].name, v);
  }
}

UnitsByUpstream SeenUnits::add(const resilience::BlockView& block) {
  std::map<std::size_t, std::map<Asn, std::size_t>> paths;
  for (const resilience::PathView& path : block.paths) {
    if (!path.trace) continue;
    const auto vantage = voting_.find(path.trace.unpack().vantage);
    if (vantage != voting_.end()) ++paths[vantage->second][path.upstream];
  }
  UnitsByUpstream units;
  for (const auto& [name, vantage] : voting_) {
    auto& seen = paths[vantage];
    if (seen.empty()) seen[Asn{}] = 1;
    std::size_t all = 0;
    for (const auto& [asn, count] : seen) all += count;
    for (const auto& [asn, count] : seen) {
      const double part = static_cast<double>(count) / static_cast<double>(all);
      units[asn] += part;
      by_vantage_[vantage][asn] += part;
    }
  }
  return units;
}

}  // namespace isthmus::telemetry
