#include "resilience/diversity.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/edmonds_karp_max_flow.hpp>
#include <optional>
#include <set>
#include <utility>

namespace isthmus::resilience {
namespace {

using Link = std::pair<Asn, Asn>;

// Appends an AS; one that comes again means that the hops in between led astray.
void append(AsPath& path, AsStep step) {
  const auto again = std::ranges::find(path, step.asn, &AsStep::asn);
  if (again != path.end()) {
    path.erase(again + 1, path.end());
  } else {
    path.push_back(step);
  }
}

// Ends the path with the upstream that was concluded; hops after it are the target's, whatever their address says.
void end_with(AsPath& path, Asn upstream) {
  const auto found = std::ranges::find(path, upstream, &AsStep::asn);
  if (found != path.end()) {
    path.erase(found + 1, path.end());
  } else {
    path.push_back({upstream, true});
  }
}

void normalise(std::vector<AsPath>& paths) {
  std::erase_if(paths, [](const AsPath& path) { return path.empty(); });
  std::ranges::sort(paths);
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
}

// The links that lead from AS to AS, gaps included where nothing else does.
std::set<Link> links_of(std::span<const AsPath> paths) {
  std::set<Link> links;
  std::set<Link> doubtful;
  for (const AsPath& path : paths) {
    for (std::size_t i = 1; i < path.size(); ++i) {
      (path[i].gap ? doubtful : links).insert({path[i - 1].asn, path[i].asn});
    }
  }
  const auto leads = [&links](Asn from, Asn to) {
    std::set<Asn> seen{from};
    std::vector<Asn> open{from};
    while (!open.empty()) {
      const Asn here = open.back();
      open.pop_back();
      if (here == to) return true;
      for (auto at = links.lower_bound({here, Asn{}}); at != links.end() && at->first == here; ++at) {
        if (seen.insert(at->second).second) open.push_back(at->second);
      }
    }
    return false;
  };
  std::vector<Link> needed;
  std::ranges::copy_if(doubtful, std::back_inserter(needed),
                       [&](const Link& link) { return !leads(link.first, link.second); });
  links.insert(needed.begin(), needed.end());
  return links;
}

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Graph = boost::adjacency_list<
    boost::vecS, boost::vecS, boost::directedS, boost::no_property,
    boost::property<boost::edge_capacity_t, int,
                    boost::property<boost::edge_residual_capacity_t, int,
                                    boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;

// Each AS is two vertices with one unit between them: what passes through it can be cut there, once (Menger's theorem:
// the greatest flow is the smallest vertex cut).
class CutGraph {
 public:
  explicit CutGraph(const std::set<Asn>& ases) : graph_(ases.size() * 2 + 2) {
    for (const Asn asn : ases) {
      const std::size_t in = 2 + 2 * numbers_.size();
      numbers_.emplace(asn, in);
      connect(in, in + 1, 1);
    }
  }
  void from_vantages(Asn asn) { connect(kSource, numbers_.at(asn), kUnlimited); }
  void to_block(Asn asn) { connect(numbers_.at(asn) + 1, kSink, kUnlimited); }
  void link(Asn from, Asn to) { connect(numbers_.at(from) + 1, numbers_.at(to), kUnlimited); }
  [[nodiscard]] std::uint32_t min_cut() {
    return static_cast<std::uint32_t>(boost::edmonds_karp_max_flow(graph_, kSource, kSink));
  }

 private:
  static constexpr std::size_t kSource = 0;
  static constexpr std::size_t kSink = 1;
  static constexpr int kUnlimited = 1 << 20;  // More than there are ASes.

  void connect(std::size_t from, std::size_t to, int capacity) {
    const auto forth = boost::add_edge(from, to, graph_).first;
    const auto back = boost::add_edge(to, from, graph_).first;
    boost::put(boost::edge_capacity, graph_, forth, capacity);
    boost::put(boost::edge_capacity, graph_, back, 0);
    boost::put(boost::edge_reverse, graph_, forth, back);
    boost::put(boost::edge_reverse, graph_, back, forth);
  }

  Graph graph_;
  std::map<Asn, std::size_t> numbers_;
};

std::uint32_t min_cut_of(std::span<const AsPath> paths) {
  std::set<Asn> ases;
  std::set<Asn> first;
  std::set<Asn> last;
  for (const AsPath& path : paths) {
    for (const AsStep& step : path) ases.insert(step.asn);
    first.insert(path.front().asn);
    last.insert(path.back().asn);
  }
  CutGraph graph(ases);
  for (const Asn asn : first) graph.from_vantages(asn);
  for (const Asn asn : last) graph.to_block(asn);
  for (const auto& [from, to] : links_of(paths)) graph.link(from, to);
  return graph.min_cut();
}

std::vector<Asn> on_every(std::span<const AsPath> paths) {
  std::vector<Asn> common;
  const AsPath& any = paths.front();
  for (auto step = any.rbegin(); step != any.rend(); ++step) {
    const bool everywhere = std::ranges::all_of(
        paths, [&](const AsPath& path) { return std::ranges::find(path, step->asn, &AsStep::asn) != path.end(); });
    if (everywhere) common.push_back(step->asn);
  }
  return common;
}

Diversity measure(std::span<const AsPath> paths) {
  if (paths.empty()) return {};
  Diversity diversity{.min_cut = min_cut_of(paths), .chokepoints = on_every(paths)};
  // Pieces of several paths may lead around a chokepoint, but nobody saw that way in use.
  if (!diversity.chokepoints.empty()) diversity.min_cut = 1;
  return diversity;
}

}  // namespace

AsPath as_path_of(Asn vantage, std::span<const inference::HopView> hops, const inference::LastHop& hop) {
  AsPath path;
  if (!hop.conclusive()) return path;
  if (!vantage.is_none()) path.push_back({vantage, false});
  std::optional<Ttl> before;
  bool gap = false;
  for (const inference::HopView& view : hops) {
    if (view.own) break;
    gap = gap || (before && view.ttl - *before > 1) || (view.operator_asn.is_none() && view.place != "private");
    before = view.ttl;
    if (view.operator_asn.is_none()) continue;
    append(path, {view.operator_asn, gap});
    gap = false;
  }
  end_with(path, *hop.upstream);
  // A vantage AS that is the upstream itself stays.
  if (path.size() > 1) path.erase(path.begin());
  path.front().gap = false;
  return path;
}

Diversity measure_diversity(std::vector<AsPath> paths) {
  normalise(paths);
  return measure(paths);
}

const Diversity& DiversityCache::of(std::vector<AsPath> paths) {
  normalise(paths);
  const auto [entry, is_new] = known_.try_emplace(std::move(paths));
  if (is_new) entry->second = measure(entry->first);
  return entry->second;
}

}  // namespace isthmus::resilience
