#include "resilience/target_measure.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::resilience {

void TargetMeasure::add_block(const std::shared_ptr<const BlockWays>& ways) {
  if (ways == nullptr) return;
  const auto [place, is_new] = places_.try_emplace(ways.get(), blocks_.size());
  if (is_new) blocks_.push_back({ways, 0});
  ++blocks_[place->second].blocks;
}

std::size_t TargetMeasure::sum_up(std::size_t most) {
  std::size_t summed = 0;
  while (!done() && summed < most) {
    // Let go of at once: the last one to hold the ways of a hundred thousand blocks would take its time over that.
    const AlikeBlocks alike = std::exchange(blocks_[next_++], {});
    take_in(alike);
    summed += alike.ways->ways.size();
  }
  ways_ += summed;
  return summed;
}

void TargetMeasure::take_in(const AlikeBlocks& alike) {
  const std::uint32_t cut = alike.ways->diversity.ases.min_cut;
  if (cut > 0) blocks_known_ += alike.blocks;
  if (cut == 1) blocks_on_one_as_ += alike.blocks;
  hegemony_.add(alike);
  for (const WayFlows& flows : alike.ways->ways) {
    if (!flows.way->known()) continue;
    as_paths_.insert(flows.way->as_path);
    // Beyond that nothing is said about routers.
    if (router_hops_ > kMostRouterHops || !collected_.insert(flows.way.get()).second) continue;
    distinct_.push_back(flows);
    router_hops_ += flows.way->routers.size();
  }
}

TargetDiversity TargetMeasure::result(DiversityCache& cache, const std::function<std::string(Asn)>& name_of) {
  TargetDiversity target;
  target.blocks_known = blocks_known_;
  target.blocks_on_one_as = blocks_on_one_as_;
  for (const auto& path : as_paths_) {
    for (const AsStep& step : *path) {
      if (target.names.contains(step.asn)) continue;
      if (std::string name = name_of(step.asn); !name.empty()) target.names.emplace(step.asn, std::move(name));
    }
  }
  std::ranges::sort(distinct_, {}, [](const WayFlows& flows) { return flows.way->number; });
  target.whole = router_hops_ > kMostRouterHops ? cache.measure(as_paths_) : cache.measure(distinct_);
  target.hegemony = hegemony_.scores();
  target.vantage_ases = hegemony_.vantage_ases();
  return target;
}

}  // namespace isthmus::resilience
