#include "resilience/diversity.hpp"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <set>

#include "resilience/way_graph.hpp"

namespace isthmus::resilience {
namespace {

constexpr std::uint32_t kAnybody = 0;  // No AS has this number (RFC 7607).

// A network whose blocks are reached over thousands of different ways has no router that they hang on; to make
// sure would hold up a snapshot.
constexpr std::uint64_t kMostRouterHops = 100'000;

using AsPaths = std::set<const AsPath*>;

// Each once: most ways differ by vantage AS or in their routers only.
void collect(std::span<const WayFlows> ways, AsPaths& paths) {
  for (const WayFlows& flows : ways) {
    if (flows.way->known()) paths.insert(flows.way->as_path.get());
  }
}

std::vector<NodePath> as_paths_of(std::span<const WayFlows> ways) {
  AsPaths distinct;
  collect(ways, distinct);
  std::vector<NodePath> paths;
  for (const AsPath* ases : distinct) {
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

}  // namespace

Diversity measure_diversity(std::span<const WayFlows> ways) {
  Diversity diversity;
  const auto as_paths = as_paths_of(ways);
  const WayGraph ases(as_paths);
  const auto as_chokepoints = ases.chokepoints();
  diversity.ases = cut_of(ases, as_chokepoints);
  for (const Node node : as_chokepoints) diversity.chokepoints.push_back(Asn{node});
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
  TargetDiversity target;
  std::vector<WayFlows> all;
  AsPaths paths;
  for (const AlikeBlocks& alike : blocks) {
    const std::uint32_t cut = alike.ways->diversity.ases.min_cut;
    if (cut > 0) target.blocks_known += alike.blocks;
    if (cut == 1) target.blocks_on_one_as += alike.blocks;
    all.insert(all.end(), alike.ways->ways.begin(), alike.ways->ways.end());
    collect(alike.ways->ways, paths);
  }
  for (const AsPath* path : paths) {
    for (const AsStep& step : *path) {
      if (target.names.contains(step.asn)) continue;
      if (std::string name = name_of(step.asn); !name.empty()) target.names.emplace(step.asn, std::move(name));
    }
  }
  const auto number = [](const WayFlows& flows) { return flows.way->number; };
  std::ranges::sort(all, {}, number);
  const auto again = std::ranges::unique(all, {}, number);
  all.erase(again.begin(), again.end());
  target.whole = measure(all);
  target.hegemony = hegemony_of(blocks, target.vantage_ases);
  return target;
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

void DiversityCache::tidy() {
  if (std::max(blocks_.size(), measures_.size()) < tidy_at_) return;
  std::erase_if(blocks_, [](const auto& entry) { return entry.second.use_count() == 1; });
  measures_.clear();
  tidy_at_ = std::max<std::size_t>(1024, 2 * blocks_.size());
}

}  // namespace isthmus::resilience
