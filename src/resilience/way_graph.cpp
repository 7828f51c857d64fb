#include "resilience/way_graph.hpp"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/edmonds_karp_max_flow.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

namespace isthmus::resilience {
namespace {

using Graph = boost::compressed_sparse_row_graph<boost::directedS>;

// Each node is two vertices with one unit between them: what passes through it can be cut there, once (Menger's
// theorem: the greatest flow is the smallest vertex cut). A graph of this kind is built at once from sorted edges:
// there may be ten thousands, and one allocation each would be most of the work.
class CutGraph {
 public:
  /// `nodes`: ascending.
  explicit CutGraph(const std::vector<Node>& nodes) : nodes_(nodes) {
    connect(kOrigin, kSource, WayGraph::kMostCounted);
    for (std::size_t i = 0; i < nodes_.size(); ++i) connect(kFirst + 2 * i, kFirst + 2 * i + 1, 1);
  }
  void from_vantages(Node node) { connect(kSource, in(node), kUnlimited); }
  void to_place(Node node) { connect(in(node) + 1, kSink, kUnlimited); }
  void link(Node from, Node to) { connect(in(from) + 1, in(to), kUnlimited); }

  [[nodiscard]] std::uint32_t max_flow() {
    std::ranges::sort(arcs_, {}, &Arc::ends);
    std::vector<std::pair<std::size_t, std::size_t>> ends;
    std::vector<int> capacities;
    std::vector<std::size_t> places(arcs_.size());  // By the arc's own number.
    for (std::size_t i = 0; i < arcs_.size(); ++i) {
      ends.push_back(arcs_[i].ends);
      capacities.push_back(arcs_[i].capacity);
      places[arcs_[i].number] = i;
    }
    const Graph graph(boost::edges_are_sorted, ends.begin(), ends.end(), kFirst + 2 * nodes_.size());
    std::vector<Graph::edge_descriptor> reverse;
    // An arc and the one back have neighbouring numbers.
    for (const Arc& arc : arcs_) reverse.push_back(boost::edge_from_index(places[arc.number ^ 1U], graph));
    std::vector<int> residual(arcs_.size());
    std::vector<boost::default_color_type> colours(boost::num_vertices(graph));
    std::vector<Graph::edge_descriptor> before(boost::num_vertices(graph));
    const auto edges = boost::get(boost::edge_index, graph);
    const auto vertices = boost::get(boost::vertex_index, graph);
    return static_cast<std::uint32_t>(boost::edmonds_karp_max_flow(
        graph, kOrigin, kSink, boost::make_iterator_property_map(capacities.begin(), edges),
        boost::make_iterator_property_map(residual.begin(), edges),
        boost::make_iterator_property_map(reverse.begin(), edges),
        boost::make_iterator_property_map(colours.begin(), vertices),
        boost::make_iterator_property_map(before.begin(), vertices)));
  }

 private:
  static constexpr std::size_t kOrigin = 0;
  static constexpr std::size_t kSource = 1;
  static constexpr std::size_t kSink = 2;
  static constexpr std::size_t kFirst = 3;
  static constexpr int kUnlimited = 1 << 20;  // More than there are nodes.

  struct Arc {
    std::pair<std::size_t, std::size_t> ends;
    int capacity;
    std::size_t number;
  };

  [[nodiscard]] std::size_t in(Node node) const {
    return kFirst + 2 * static_cast<std::size_t>(std::ranges::lower_bound(nodes_, node) - nodes_.begin());
  }
  void connect(std::size_t from, std::size_t to, int capacity) {
    arcs_.push_back({{from, to}, capacity, arcs_.size()});
    arcs_.push_back({{to, from}, 0, arcs_.size()});
  }

  const std::vector<Node>& nodes_;
  std::vector<Arc> arcs_;
};

template <typename T>
void sort_once(std::vector<T>& items) {
  std::ranges::sort(items);
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

// Chooses paths that share no node, as many as can be: tries each path with and without, stops when `most` is reached.
class Packing {
 public:
  Packing(std::vector<std::vector<Node>> sets, std::uint32_t most) : sets_(std::move(sets)), most_(most) {
    for (auto& set : sets_) std::ranges::sort(set);
    sort_once(sets_);
    // Short ones get into the way of fewer others.
    std::ranges::stable_sort(sets_, {}, [](const auto& set) { return set.size(); });
  }
  [[nodiscard]] std::uint32_t solve() {
    choose(0, 0);
    return best_;
  }

 private:
  static constexpr int kMostSteps = 5'000;

  [[nodiscard]] bool is_free(const std::vector<Node>& set) const {
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

  std::vector<std::vector<Node>> sets_;
  std::uint32_t most_;
  boost::unordered_flat_set<Node> taken_;
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
        seen_.push_back(link);
      }
    }
  }
  sort_once(seen_);
  for (auto& [link, explained] : gaps_) explained = leads(link.first, link.second, {});
}

bool WayGraph::leads(Node from, Node to, const std::set<Node>& without) const {
  boost::unordered_flat_set<Node> met{from};
  std::vector<Node> open{from};
  while (!open.empty()) {
    const Node here = open.back();
    open.pop_back();
    if (here == to) return true;
    for (auto at = std::ranges::lower_bound(seen_, Link{here, 0}); at != seen_.end() && at->first == here; ++at) {
      if (!without.contains(at->second) && met.insert(at->second).second) open.push_back(at->second);
    }
  }
  return false;
}

std::set<WayGraph::Link> WayGraph::broken_by(const std::set<Node>& failed) const {
  std::set<Link> broken;
  for (const auto& [link, explained] : gaps_) {
    if (explained && !leads(link.first, link.second, failed)) broken.insert(link);
  }
  return broken;
}

bool WayGraph::is_cut(const NodePath& path, const std::set<Node>& failed, const std::set<Link>& broken) {
  if (failed.contains(path.front().node)) return true;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (failed.contains(path[i].node)) return true;
    if (path[i].gap && broken.contains({path[i - 1].node, path[i].node})) return true;
  }
  return false;
}

std::vector<bool> WayGraph::cut_by(const std::set<Node>& failed) const {
  const std::set<Link> broken = broken_by(failed);
  std::vector<bool> cut;
  cut.reserve(paths_.size());
  for (const NodePath& path : paths_) cut.push_back(is_cut(path, failed, broken));
  return cut;
}

bool WayGraph::is_open(Node from, Node to) const {
  const auto gap = gaps_.find({from, to});
  return gap != gaps_.end() && !gap->second;
}

std::uint32_t WayGraph::max_flow() const {
  std::vector<Node> nodes;
  std::vector<Node> first;
  std::vector<Node> last;
  for (const NodePath& path : paths_) {
    for (const NodeStep& step : path) nodes.push_back(step.node);
    first.push_back(path.front().node);
    last.push_back(path.back().node);
  }
  for (std::vector<Node>* each : {&nodes, &first, &last}) sort_once(*each);
  CutGraph graph(nodes);
  for (const Node node : first) graph.from_vantages(node);
  for (const Node node : last) graph.to_place(node);
  for (const auto& [from, to] : seen_) graph.link(from, to);
  for (const auto& [link, explained] : gaps_) {
    if (!explained) graph.link(link.first, link.second);
  }
  return graph.max_flow();
}

std::uint32_t WayGraph::min_cut() const { return min_cut(chokepoints()); }

std::uint32_t WayGraph::min_cut(const std::vector<Node>& chokepoints) const {
  if (paths_.empty()) return 0;
  // Pieces of several paths may lead around a chokepoint, but nobody saw that way in use.
  return chokepoints.empty() ? max_flow() : 1;
}

std::vector<Node> WayGraph::chokepoints() const {
  if (paths_.empty()) return {};
  // One that cuts every path cuts the first: it is on it, or on the ways through its gaps.
  const NodePath& any = paths_.front();
  std::vector<Node> candidates;
  for (const NodeStep& step : any) candidates.push_back(step.node);
  if (std::ranges::any_of(any, &NodeStep::gap)) {
    for (const NodePath& path : paths_) {
      for (const NodeStep& step : path) candidates.push_back(step.node);
    }
  }
  sort_once(candidates);
  // Most are told by a path that has no gap to hide them in.
  std::erase_if(candidates, [&](Node node) {
    return std::ranges::any_of(paths_, [&](const NodePath& path) {
      return !std::ranges::any_of(path, [&](const NodeStep& step) { return step.node == node || step.gap; });
    });
  });
  std::erase_if(candidates, [&](Node node) {
    const std::set<Node> failed{node};
    const std::set<Link> broken = broken_by(failed);
    return !std::ranges::all_of(paths_, [&](const NodePath& path) { return is_cut(path, failed, broken); });
  });
  // Every path goes through the chokepoints it shows in one order, whatever it shows of them.
  std::ranges::stable_sort(candidates, {}, [&](Node node) { return distance(node); });
  return candidates;
}

std::size_t WayGraph::distance(Node node) const {
  std::size_t nearest = SIZE_MAX;
  for (const NodePath& path : paths_) {
    const auto at = std::ranges::find(path, node, &NodeStep::node);
    if (at != path.end()) nearest = std::min(nearest, static_cast<std::size_t>(path.end() - at));
  }
  return nearest;
}

std::uint32_t WayGraph::disjoint_paths() const { return disjoint_paths(min_cut()); }

std::uint32_t WayGraph::disjoint_paths(std::uint32_t most) const {
  if (most <= 1) return most;
  std::vector<std::vector<Node>> sets;
  for (const NodePath& path : paths_) {
    std::vector<Node>& nodes = sets.emplace_back();
    for (const NodeStep& step : path) nodes.push_back(step.node);
  }
  return Packing(std::move(sets), most).solve();
}

std::uint32_t min_cut_with_hidden(std::span<const NodePath> paths, std::uint32_t seen,
                                  const std::vector<std::set<std::uint32_t>>& hidden, std::uint32_t anybody) {
  constexpr std::uint32_t kMostSearched = 2;
  constexpr std::size_t kMostTried = 4'000;  // Paths, over all owners.
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
  if (seen == 2 || owners.size() * paths.size() > kMostTried) return 2;
  for (auto one = owners.begin(); one != owners.end(); ++one) {
    const auto left = left_without({*one});
    if (!WayGraph(left).chokepoints().empty()) return 2;
    if (std::any_of(std::next(one), owners.end(), [&](std::uint32_t other) { return all_cut({*one, other}); }))
      return 2;
  }
  return std::min(seen, kMostSearched + 1);
}

}  // namespace isthmus::resilience
