#pragma once
// Ways to a place as sequences of numbered nodes, whatever the nodes are: how few of them have to fail before no way is
// left, which ones every way needs, and which ways share nothing. Pure functions of small inputs; any thread.
//
// All ways start at the vantage points and end at the place; neither of the two can fail. Where a way has a gap, hops
// that nobody can name stand between a node and the one before it. A gap joins the nodes on its two sides only when no
// hops without a gap lead from the one to the other: what was seen between them elsewhere is likelier than a link that
// nobody saw.

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace isthmus::resilience {

using Node = std::uint32_t;

struct NodeStep {
  Node node{0};
  bool gap{false};
  friend auto operator<=>(const NodeStep&, const NodeStep&) = default;
};

/// From the vantage point's side to the place, each node once; never empty.
using NodePath = std::vector<NodeStep>;

class WayGraph {
 public:
  static constexpr int kMostCounted = 32;

  /// `paths` must outlive the graph.
  explicit WayGraph(std::span<const NodePath> paths);

  /// Least number of nodes whose loss leaves no way from any first node to any last one, over all links seen together;
  /// 0 without paths. By Menger's theorem also the greatest number of ways through these links that share no node. One
  /// exactly when there is a chokepoint.
  /// Counted up to kMostCounted: more than that nobody has to tell apart.
  [[nodiscard]] std::uint32_t min_cut() const;
  /// The same, for who has the chokepoints already.
  [[nodiscard]] std::uint32_t min_cut(const std::vector<Node>& chokepoints) const;

  /// Nodes whose loss cuts every path; nearest to the place first.
  [[nodiscard]] std::vector<Node> chokepoints() const;

  /// Greatest number of paths, each taken as a whole as it was seen, of which no two share a node; never more than
  /// min_cut(). At least that many when there are so many paths that not all choices can be tried.
  [[nodiscard]] std::uint32_t disjoint_paths() const;
  /// The same, for who has the min cut already.
  [[nodiscard]] std::uint32_t disjoint_paths(std::uint32_t min_cut) const;

  /// Which paths cannot be gone any more without `failed`, one flag a path: those that they are on, and those with a
  /// gap through which every seen way needs them.
  [[nodiscard]] std::vector<bool> cut_by(const std::set<Node>& failed) const;

  /// Whether no seen way leads across the gap between the two.
  [[nodiscard]] bool is_open(Node from, Node to) const;

 private:
  using Link = std::pair<Node, Node>;

  [[nodiscard]] bool leads(Node from, Node to, const std::set<Node>& without) const;
  [[nodiscard]] std::set<Link> broken_by(const std::set<Node>& failed) const;
  [[nodiscard]] static bool is_cut(const NodePath& path, const std::set<Node>& failed, const std::set<Link>& broken);
  [[nodiscard]] std::size_t distance(Node node) const;
  [[nodiscard]] std::uint32_t max_flow() const;

  std::span<const NodePath> paths_;
  std::vector<Link> seen_;     // Without a gap; ascending.
  std::map<Link, bool> gaps_;  // Over a gap, and whether seen ways lead across it.
};

/// A lower bound of `seen`, the min cut of `paths`, for nodes of which some stayed silent: `hidden[i]` tells whose
/// silent nodes may stand on `paths[i]`, by the numbers of their owners. In the worst case all ways on which an owner
/// may hide a node share that one node; a node has one owner. `anybody` in a list stands for an owner that is not
/// known. With hidden nodes at most 3: beyond that nobody has to worry, and the search would grow.
[[nodiscard]] std::uint32_t min_cut_with_hidden(std::span<const NodePath> paths, std::uint32_t seen,
                                                const std::vector<std::set<std::uint32_t>>& hidden,
                                                std::uint32_t anybody);

}  // namespace isthmus::resilience
