#pragma once
// When enough flows have been asked: the stopping points of multipath detection (Veitch, Augustin, Friedman, Teixeira,
// "Failure control in multipath route tracing", INFOCOM 2009). All of it assumes that a load balancer spreads flows
// uniformly over its next hops. Belongs to one thread (it remembers what it has worked out).

#include <cstddef>
#include <unordered_map>
#include <vector>

namespace isthmus::probes {

/// The probability that `flows` flows, each going to one of `next_hops` next hops with equal chance, leave at least one
/// of them unseen. Exact: the chain of "so many seen by now" has only positive terms, unlike inclusion and exclusion.
[[nodiscard]] double chance_of_unseen(std::size_t next_hops, std::size_t flows);

/// The bound of one vertex out of `branches` so that all of them together hold `graph_bound`.
[[nodiscard]] double vertex_bound(double graph_bound, std::size_t branches);

/// Stopping points for one failure bound per vertex.
class StoppingPoints {
 public:
  /// Precondition: 0 < bound < 1.
  explicit StoppingPoints(double bound) : bound_(bound) {}

  /// How many flows through a vertex must have been followed until its `seen` next hops are taken for all there are:
  /// the fewest that would leave one of seen + 1 next hops unseen with a probability of at most the bound. With none
  /// or one seen it is the same, because one next hop is always seen.
  [[nodiscard]] std::size_t flows_for(std::size_t seen);
  [[nodiscard]] double bound() const { return bound_; }

 private:
  double bound_;
  std::unordered_map<std::size_t, std::size_t> known_;
};

/// Stopping points whose bound is either that of each vertex, or that of the whole graph. The latter is shared out
/// among the branches found by now, one that may still hide, and one that may hide behind it: a vertex that was wrongly
/// taken for one without branches was judged with no less than its share of the true number, unless what it hid held
/// several branches itself.
class StoppingRule {
 public:
  enum class Scope { vertex, graph };

  /// Precondition: 0 < bound < 1.
  StoppingRule(double bound, Scope scope) : bound_(bound), scope_(scope) {}

  /// Flows to follow through a vertex with `seen` next hops when `branches` vertices are known to have several.
  [[nodiscard]] std::size_t flows_for(std::size_t seen, std::size_t branches);
  /// The failure bound of one vertex.
  [[nodiscard]] double bound(std::size_t branches) const;

 private:
  double bound_;
  Scope scope_;
  std::vector<StoppingPoints> by_branches_;
};

}  // namespace isthmus::probes
