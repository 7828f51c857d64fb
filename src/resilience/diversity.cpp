#include "resilience/diversity.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <limits>
#include <set>

#include "resilience/target_measure.hpp"
#include "resilience/way_graph.hpp"

namespace isthmus::resilience {
namespace {

constexpr std::uint32_t kAnybody = 0;  // No AS has this number (RFC 7607).
constexpr std::size_t kTidiedAtOnce = 2'000;

AsPaths as_paths_of(std::span<const WayFlows> ways) {
  AsPaths distinct;
  for (const WayFlows& flows : ways) {
    if (flows.way->known()) distinct.insert(flows.way->as_path);
  }
  return distinct;
}

std::vector<NodePath> node_paths_of(const AsPaths& distinct) {
  std::vector<NodePath> paths;
  for (const auto& ases : distinct) {
    NodePath& path = paths.emplace_back();
    for (const AsStep& step : *ases) path.push_back({step.asn.number, step.gap});
  }
  std::ranges::sort(paths);
  return paths;
}

std::uint64_t router_hops_of(std::span<const WayFlows> ways) {
  std::uint64_t hops = 0;
  for (const WayFlows& flows : ways) hops += flows.way->routers.size();
  return hops;
}

int silences(const RouterPath& path) { return int{path.open_start} + int{path.open_end}; }

// The routers of ways as nodes, and whose silent routers may stand on each way.
class RouterLevel {
  struct Example {
    RouterPath routers;
    Asn target;
  };

 public:
  explicit RouterLevel(std::span<const WayFlows> ways) {
    std::map<NodePath, Example> paths;
    for (const WayFlows& flows : ways) {
      if (!flows.way->known()) continue;
      Example example{.routers = flows.way->routers.unpack(), .target = flows.way->target};
      NodePath path;
      for (const RouterStep& step : example.routers.steps) path.push_back({node_of(step), step.gap});
      complete_ = complete_ && !path.empty();
      if (path.empty()) continue;
      const auto found = paths.find(path);
      if (found == paths.end()) {
        paths.emplace(std::move(path), std::move(example));
      } else if (silences(example.routers) < silences(found->second.routers)) {
        // Where the same routers were seen without silence around them, there is none to explain.
        found->second = std::move(example);
      }
    }
    for (auto& [path, example] : paths) {
      paths_.push_back(path);
      examples_.push_back(std::move(example));
    }
  }
  [[nodiscard]] bool complete() const { return complete_ && !paths_.empty(); }
  [[nodiscard]] const std::vector<NodePath>& paths() const { return paths_; }
  [[nodiscard]] const Router& at(Node node) const { return routers_[node]; }
  [[nodiscard]] std::vector<std::set<std::uint32_t>> hidden(const WayGraph& graph) const {
    std::vector<std::set<std::uint32_t>> owners(paths_.size());
    for (std::size_t p = 0; p < paths_.size(); ++p) {
      const RouterPath& path = examples_[p].routers;
      if (path.open_start) owners[p].insert(path.steps.front().asn.number);
      for (std::size_t i = 1; i < path.steps.size(); ++i) {
        if (!path.steps[i].gap || !graph.is_open(paths_[p][i - 1].node, paths_[p][i].node)) continue;
        owners[p].insert({path.steps[i - 1].asn.number, path.steps[i].asn.number});
      }
      if (path.open_end) owners[p].insert({path.steps.back().asn.number, examples_[p].target.number});
    }
    return owners;
  }

 private:
  Node node_of(const RouterStep& step) {
    const auto [entry, is_new] = nodes_.try_emplace(step.address, static_cast<Node>(routers_.size()));
    if (is_new) routers_.push_back({step.address, step.asn});
    return entry->second;
  }

  boost::unordered_flat_map<IpAddress, Node, std::hash<IpAddress>> nodes_;
  std::vector<Router> routers_;
  std::vector<NodePath> paths_;
  std::vector<Example> examples_;  // Of each path.
  bool complete_{true};
};

Cut cut_of(const WayGraph& graph, const std::vector<Node>& chokepoints) {
  const std::uint32_t cut = graph.min_cut(chokepoints);
  return {.min_cut = cut, .min_cut_low = cut, .disjoint_paths = graph.disjoint_paths(cut)};
}

Diversity measure_ases(const AsPaths& distinct) {
  Diversity diversity;
  const auto paths = node_paths_of(distinct);
  const WayGraph ases(paths);
  const auto chokepoints = ases.chokepoints();
  diversity.ases = cut_of(ases, chokepoints);
  for (const Node node : chokepoints) diversity.chokepoints.push_back(Asn{node});
  return diversity;
}

}  // namespace

Diversity measure_diversity(std::span<const WayFlows> ways) {
  Diversity diversity = measure_ases(as_paths_of(ways));
  if (router_hops_of(ways) > kMostRouterHops) return diversity;
  const RouterLevel level(ways);
  if (!level.complete()) return diversity;
  const WayGraph routers(level.paths());
  const auto router_chokepoints = routers.chokepoints();
  diversity.routers = cut_of(routers, router_chokepoints);
  diversity.routers.min_cut_low =
      min_cut_with_hidden(level.paths(), diversity.routers.min_cut, level.hidden(routers), kAnybody);
  for (const Node node : router_chokepoints) diversity.router_chokepoints.push_back(level.at(node));
  return diversity;
}

TargetDiversity DiversityCache::measure_target(std::span<const AlikeBlocks> blocks,
                                               const std::function<std::string(Asn)>& name_of) {
  TargetMeasure target;
  for (const AlikeBlocks& alike : blocks) target.add(alike);
  while (!target.done()) target.sum_up(std::numeric_limits<std::size_t>::max());
  return target.result(*this, name_of);
}

std::shared_ptr<const BlockWays> DiversityCache::of(std::vector<WayFlows> ways) {
  std::ranges::sort(ways, {}, [](const WayFlows& flows) { return flows.way->number; });
  Numbers key;
  for (const WayFlows& flows : ways) key.insert(key.end(), {flows.way->number, flows.flows});
  const auto [entry, is_new] = blocks_.try_emplace(std::move(key));
  if (!is_new) return entry->second;
  const Diversity& measured = measure(ways);
  entry->second = std::make_shared<const BlockWays>(BlockWays{std::move(ways), measured});
  return entry->second;
}

const Diversity& DiversityCache::measure(std::span<const WayFlows> ways) {
  Numbers known;
  for (const WayFlows& flows : ways) {
    if (flows.way->known()) known.push_back(flows.way->number);
  }
  const auto [entry, is_new] = measures_.try_emplace(std::move(known));
  if (!is_new) return entry->second;
  entry->second = measure_diversity(ways);
  const std::uint64_t hops = router_hops_of(ways);
  hops_measured_ += hops <= kMostRouterHops ? hops : ways.size();
  return entry->second;
}

Diversity DiversityCache::measure(const AsPaths& paths) {
  for (const auto& path : paths) hops_measured_ += path->size();
  return measure_ases(paths);
}

void DiversityCache::tidy() {
  for (std::size_t i = 0; i < kTidiedAtOnce && !dropped_.empty(); ++i) dropped_.erase(dropped_.begin());
  if (!tidied_to_) {
    if (std::max(blocks_.size(), measures_.size()) < tidy_at_ || !dropped_.empty()) return;
    dropped_ = std::exchange(measures_, {});
    tidied_to_.emplace();
  }
  auto at = blocks_.lower_bound(*tidied_to_);
  for (std::size_t i = 0; i < kTidiedAtOnce && at != blocks_.end(); ++i) {
    at = at->second.use_count() == 1 ? blocks_.erase(at) : std::next(at);
  }
  if (at != blocks_.end()) {
    tidied_to_ = at->first;
    return;
  }
  tidied_to_.reset();
  tidy_at_ = std::max<std::size_t>(1024, 2 * blocks_.size());
}

}  // namespace isthmus::resilience
