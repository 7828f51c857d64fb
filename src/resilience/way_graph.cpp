#include "resilience/way_graph.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/edmonds_karp_max_flow.hpp>

namespace isthmus::resilience {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Graph = boost::adjacency_list<
    boost::vecS, boost::vecS, boost::directedS, boost::no_property,
    boost::property<boost::edge_capacity_t, int,
                    boost::property<boost::edge_residual_capacity_t, int,
                                    boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;

// Each node is two vertices with one unit between them: what passes through it can be cut there, once (Menger's
// theorem: the greatest flow is the smallest vertex cut).
class CutGraph {
 public:
  explicit CutGraph(const std::set<Node>& nodes) : graph_(nodes.size() * 2 + 2) {
    for (const Node node : nodes) {
      const std::size_t in = 2 + 2 * numbers_.size();
      numbers_.emplace(node, in);
      connect(in, in + 1, 1);
    }
  }
  void from_vantages(Node node) { connect(kSource, numbers_.at(node), kUnlimited); }
  void to_place(Node node) { connect(numbers_.at(node) + 1, kSink, kUnlimited); }
  void link(Node from, Node to) { connect(numbers_.at(from) + 1, numbers_.at(to), kUnlimited); }
  [[nodiscard]] std::uint32_t max_flow() {
    return static_cast<std::uint32_t>(boost::edmonds_karp_max_flow(graph_, kSource, kSink));
  }

 private:
  static constexpr std::size_t kSource = 0;
  static constexpr std::size_t kSink = 1;
  static constexpr int kUnlimited = 1 << 20;  // More than there are nodes.

  void connect(std::size_t from, std::size_t to, int capacity) {
    const auto forth = boost::add_edge(from, to, graph_).first;
    const auto back = boost::add_edge(to, from, graph_).first;
    boost::put(boost::edge_capacity, graph_, forth, capacity);
    boost::put(boost::edge_capacity, graph_, back, 0);
    boost::put(boost::edge_reverse, graph_, forth, back);
    boost::put(boost::edge_reverse, graph_, back, forth);
  }

  Graph graph_;
  std::map<Node, std::size_t> numbers_;
};

// Chooses paths that share no node, as many as can be: tries each path with and without, stops when `most` is reached.
class Packing {
 public:
  Packing(std::vector<std::set<Node>> sets, std::uint32_t most) : sets_(std::move(sets)), most_(most) {
    // Short ones get into the way of fewer others.
    std::ranges::sort(sets_,
                      [](const auto& a, const auto& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; });
    sets_.erase(std::unique(sets_.begin(), sets_.end()), sets_.end());
  }
  [[nodiscard]] std::uint32_t solve() {
    choose(0, 0);
    return best_;
  }

 private:
  static constexpr int kMostSteps = 5'000;

  [[nodiscard]] bool is_free(const std::set<Node>& set) const {
    return std::ranges::none_of(set, [&](Node node) { return taken_.contains(node); });
  }
  void choose(std::size_t from, std::uint32_t chosen) {
    best_ = std::max(best_, chosen);
    for (std::size_t i = from; i < sets_.size(); ++i) {
      if (best_ >= most_ || chosen + (sets_.size() - i) <= best_ || ++steps_ > kMostSteps) return;
      if (!is_free(sets_[i])) continue;
      taken_.insert(sets_[i].begin(), sets_[i].end());
      choose(i + 1, chosen + 1);
      for (const Node node : sets_[i]) taken_.erase(node);
    }
  }

  std::vector<std::set<Node>> sets_;
  std::uint32_t most_;
  std::set<Node> taken_;
  std::uint32_t best_{0};
  int steps_{0};
};

}  // namespace

WayGraph::WayGraph(std::span<const NodePath> paths) : paths_(paths) {
  for (const NodePath& path : paths_) {
    for (std::size_t i = 1; i < path.size(); ++i) {
      const Link link{path[i - 1].node, path[i].node};
      if (path[i].gap) {
        gaps_.emplace(link, false);
      } else {
        seen_.insert(link);
      }
    }
  }
  for (auto& [link, explained] : gaps_) explained = leads(link.first, link.second, {});
}

bool WayGraph::leads(Node from, Node to, const std::set<Node>& without) const {
  std::set<Node> met{from};
  std::vector<Node> open{from};
  while (!open.empty()) {
    const Node here = open.back();
    open.pop_back();
    if (here == to) return true;
    for (auto at = seen_.lower_bound({here, Node{0}}); at != seen_.end() && at->first == here; ++at) {
      if (!without.contains(at->second) && met.insert(at->second).second) open.push_back(at->second);
    }
  }
  return false;
}

std::vector<bool> WayGraph::cut_by(const std::set<Node>& failed) const {
  std::set<Link> broken;
  for (const auto& [link, explained] : gaps_) {
    if (explained && !leads(link.first, link.second, failed)) broken.insert(link);
  }
  std::vector<bool> cut;
  cut.reserve(paths_.size());
  for (const NodePath& path : paths_) {
    bool needed = failed.contains(path.front().node);
    for (std::size_t i = 1; i < path.size() && !needed; ++i) {
      needed = failed.contains(path[i].node) || (path[i].gap && broken.contains({path[i - 1].node, path[i].node}));
    }
    cut.push_back(needed);
  }
  return cut;
}

bool WayGraph::is_open(Node from, Node to) const {
  const auto gap = gaps_.find({from, to});
  return gap != gaps_.end() && !gap->second;
}

std::uint32_t WayGraph::max_flow() const {
  std::set<Node> nodes;
  std::set<Node> first;
  std::set<Node> last;
  for (const NodePath& path : paths_) {
    for (const NodeStep& step : path) nodes.insert(step.node);
    first.insert(path.front().node);
    last.insert(path.back().node);
  }
  CutGraph graph(nodes);
  for (const Node node : first) graph.from_vantages(node);
  for (const Node node : last) graph.to_place(node);
  for (const auto& [from, to] : seen_) graph.link(from, to);
  for (const auto& [link, explained] : gaps_) {
    if (!explained) graph.link(link.first, link.second);
  }
  return graph.max_flow();
}

std::uint32_t WayGraph::min_cut() const {
  if (paths_.empty()) return 0;
  // Pieces of several paths may lead around a chokepoint, but nobody saw that way in use.
  if (paths_.size() == 1 || !chokepoints().empty()) return 1;
  return max_flow();
}

std::vector<Node> WayGraph::chokepoints() const {
  if (paths_.empty()) return {};
  // One that cuts every path cuts the first: it is on it, or on the ways through its gaps.
  const NodePath& any = paths_.front();
  std::vector<Node> candidates;
  const auto consider = [&](Node node) {
    if (std::ranges::find(candidates, node) == candidates.end()) candidates.push_back(node);
  };
  for (auto step = any.rbegin(); step != any.rend(); ++step) consider(step->node);
  if (std::ranges::any_of(any, &NodeStep::gap)) {
    for (const NodePath& path : paths_) {
      for (auto step = path.rbegin(); step != path.rend(); ++step) consider(step->node);
    }
  }
  std::erase_if(candidates,
                [&](Node node) { return !std::ranges::all_of(cut_by({node}), [](bool cut) { return cut; }); });
  // Every path goes through the chokepoints it shows in one order, whatever it shows of them.
  const auto from_end = [&](Node node) {
    std::size_t nearest = SIZE_MAX;
    for (const NodePath& path : paths_) {
      const auto at = std::ranges::find(path, node, &NodeStep::node);
      if (at != path.end()) nearest = std::min(nearest, static_cast<std::size_t>(path.end() - at));
    }
    return nearest;
  };
  std::ranges::stable_sort(candidates, {}, from_end);
  return candidates;
}

std::uint32_t WayGraph::disjoint_paths() const {
  if (paths_.empty()) return 0;
  const std::uint32_t most = min_cut();
  if (most == 1) return 1;
  std::vector<std::set<Node>> sets;
  for (const NodePath& path : paths_) {
    std::set<Node>& nodes = sets.emplace_back();
    for (const NodeStep& step : path) nodes.insert(step.node);
  }
  return Packing(std::move(sets), most).solve();
}

std::uint32_t min_cut_with_hidden(std::span<const NodePath> paths, const std::vector<std::set<std::uint32_t>>& hidden,
                                  std::uint32_t anybody) {
  constexpr std::uint32_t kMostSearched = 2;
  constexpr std::size_t kMostOwners = 64;
  const std::uint32_t seen = WayGraph(paths).min_cut();
  std::set<std::uint32_t> owners;
  for (const auto& on_path : hidden) owners.insert(on_path.begin(), on_path.end());
  if (owners.empty() || seen <= 1) return seen;
  // The paths on which none of these hides a node.
  const auto left_without = [&](const std::set<std::uint32_t>& failed) {
    std::vector<NodePath> left;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const bool cut = hidden[i].contains(anybody) ||
                       std::ranges::any_of(hidden[i], [&](std::uint32_t owner) { return failed.contains(owner); });
      if (!cut) left.push_back(paths[i]);
    }
    return left;
  };
  const auto all_cut = [&](const std::set<std::uint32_t>& failed) { return left_without(failed).empty(); };
  if (std::ranges::any_of(owners, [&](std::uint32_t one) { return all_cut({one}); })) return 1;
  // Two that fail are now the least there can be.
  if (seen == 2 || owners.size() > kMostOwners) return 2;
  for (auto one = owners.begin(); one != owners.end(); ++one) {
    const auto left = left_without({*one});
    if (!WayGraph(left).chokepoints().empty()) return 2;
    if (std::any_of(std::next(one), owners.end(), [&](std::uint32_t other) { return all_cut({*one, other}); }))
      return 2;
  }
  return std::min(seen, kMostSearched + 1);
}

}  // namespace isthmus::resilience
