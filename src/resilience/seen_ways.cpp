#include "resilience/seen_ways.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::resilience {

std::vector<SeenWays::Flow>::const_iterator SeenWays::find(const inference::PathKey& key) const {
  return std::ranges::lower_bound(flows_, key, {}, &Flow::key);
}

bool SeenWays::has(const inference::PathKey& key) const {
  const auto found = find(key);
  return found != flows_.end() && found->key == key;
}

bool SeenWays::note(const inference::PathKey& key, std::shared_ptr<const Way> way) {
  const auto at = flows_.begin() + (find(key) - flows_.begin());
  if (at == flows_.end() || at->key != key) {
    // Little by little: there may be a hundred thousand blocks.
    if (flows_.size() == flows_.capacity()) flows_.reserve(flows_.size() + flows_.size() / 4 + 2);
    flows_.insert(find(key), {.key = key, .way = std::move(way)});
    stale_ = true;
    return true;
  }
  if (at->way->known() && !way->known() && ++at->missed < kHeld) return false;
  at->missed = 0;
  if (at->way == way) return false;
  at->way = std::move(way);
  stale_ = true;
  return true;
}

bool SeenWays::forget(const inference::PathKey& key) {
  const auto found = find(key);
  if (found == flows_.end() || found->key != key) return false;
  flows_.erase(found);
  stale_ = true;
  return true;
}

void SeenWays::clear() {
  flows_.clear();
  stale_ = true;
}

const std::shared_ptr<const BlockWays>& SeenWays::measure(DiversityCache& cache) {
  if (!stale_) return measured_;
  stale_ = false;
  measured_.reset();
  if (flows_.empty()) return measured_;
  std::vector<const Flow*> by_way;
  by_way.reserve(flows_.size());
  for (const Flow& flow : flows_) by_way.push_back(&flow);
  std::ranges::sort(by_way, {}, [](const Flow* flow) { return flow->way->number; });
  std::vector<WayFlows> ways;
  for (const Flow* flow : by_way) {
    if (ways.empty() || ways.back().way != flow->way) ways.push_back({flow->way, 0});
    ++ways.back().flows;
  }
  measured_ = cache.of(std::move(ways));
  return measured_;
}

}  // namespace isthmus::resilience
