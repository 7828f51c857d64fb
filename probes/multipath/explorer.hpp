#pragma once
// Finds every path to one destination: the Multipath Detection Algorithm (Veitch et al., INFOCOM 2009) and MDA-Lite
// (Vermeulen, Strowes, Fourmaux, Friedman, "Multilevel MDA-Lite Paris traceroute", IMC 2018). Says which flow to ask
// at which TTL and is told who answered; knows nothing of packets or time. Belongs to one engine, on its thread.
//
// MDA follows as many flows through each vertex as its number of next hops asks for, and looks for flows through a
// vertex that has too few (node control). MDA-Lite follows as many flows through a hop as a whole, which is enough
// where hops are uniform and unmeshed, and tests that: where a test fails, node control takes over for the diamond.

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "probes/multipath/flow_map.hpp"
#include "probes/multipath/stopping.hpp"

namespace isthmus::probes {

struct ExplorerSettings {
  bool lite{true};  ///< MDA-Lite; false: MDA everywhere.
  double failure_bound{0.05};
  StoppingRule::Scope scope{StoppingRule::Scope::graph};
  Ttl first_ttl{1};
  Ttl max_ttl{32};
  int attempts{2};   ///< Probes until a place counts as silent; three times as many where others are answered.
  int gap_limit{5};  ///< Silent vertices in a row that end a path.
  std::size_t max_flows{2048};
};

class Explorer {
 public:
  using Flow = FlowMap::Flow;

  struct Ask {
    Flow flow{0};
    Ttl ttl{0};
    int attempt{1};  ///< 1 for the first probe of this flow and TTL.
  };
  struct Answer {
    IpAddress from;
    bool ends{false};  ///< The destination, or a router that forwards no further.
  };

  explicit Explorer(const ExplorerSettings& settings);

  /// The next probe that is worth sending before more answers are known; nothing while there is only waiting to do.
  std::optional<Ask> next();
  /// What became of a probe: the answer, or nothing when it went unanswered. Each probe asked must be reported once.
  void answer(Flow flow, Ttl ttl, const std::optional<Answer>& answer);
  /// next() has nothing until another answer is known.
  [[nodiscard]] bool idle() const { return idle_; }
  /// Nothing is left to ask or to wait for.
  [[nodiscard]] bool finished() const { return idle_ && out_ == 0; }

  [[nodiscard]] const FlowMap& map() const { return map_; }
  /// TTLs from which on, in one diamond, node control took over from MDA-Lite.
  [[nodiscard]] const std::set<Ttl>& switched() const { return flagged_; }
  /// No vertex was left short of flows because there were no more.
  [[nodiscard]] bool complete() const { return !exhausted_; }
  /// Flows that one vertex with `seen` next hops is held to at the end.
  [[nodiscard]] double vertex_bound() const { return rule_.bound(map_.branches()); }

 private:
  using Cell = FlowMap::Cell;
  using Vertex = FlowMap::Vertex;
  using VertexId = FlowMap::VertexId;

  // What one hop has to say: a probe, or whether anything is still missing there.
  struct Step {
    std::optional<Cell> ask{};
    bool open{false};
  };

  // What the vertices of a hop lack.
  struct Shortage {
    std::size_t flows{0};
    std::vector<VertexId> vertices{};
    bool waits{false};  // for flows being followed that are needed
  };

  std::optional<Cell> choose();
  Step by_vertex(Ttl ttl, bool may_search);
  Step by_hop(Ttl ttl, bool may_search);
  Step fill_hop(Ttl ttl, bool may_search);
  Step link_back(Ttl ttl);
  Step test_meshing(Ttl ttl, bool may_search);
  Step test_forward(Ttl ttl, std::size_t flows, bool may_search);
  Step test_backward(Ttl ttl, std::size_t flows, bool may_search);
  void judge(Ttl ttl);
  [[nodiscard]] bool is_uneven(Ttl ttl) const;

  std::optional<Cell> follow(VertexId id, std::size_t flows, Shortage& shortage);
  [[nodiscard]] bool is_probably_loss(const Vertex& vertex) const;
  std::optional<Cell> reusable(VertexId id);
  Step search(Ttl ttl, const Shortage& shortage, bool may_search);
  std::optional<Cell> fresh(Ttl ttl);
  [[nodiscard]] std::vector<VertexId> going_on(Ttl ttl) const;
  [[nodiscard]] bool has_width(Ttl ttl) const { return map_.at(ttl).size() >= 2; }
  [[nodiscard]] bool controls_vertices(Ttl ttl) const;
  [[nodiscard]] std::size_t meshing_flows(std::size_t width) const;

  void decide_silences(Ttl ttl);
  [[nodiscard]] bool others_answer(const Cell& cell) const;

  ExplorerSettings settings_;
  StoppingRule rule_;
  FlowMap map_;
  std::map<Cell, int> attempts_;
  std::deque<Cell> again_;                   // silent so far, to be asked once more
  std::map<Ttl, std::vector<Cell>> silent_;  // to be judged when nobody at that TTL can answer any more
  std::map<Ttl, std::size_t> out_at_;
  std::size_t out_{0};
  std::set<Ttl> flagged_;
  std::vector<std::size_t> reuse_from_;    // by vertex: flows before this one were asked one TTL on
  std::map<Ttl, std::size_t> fresh_from_;  // by TTL: flows before this one cannot be asked there any more
  bool exhausted_{false};
  bool idle_{false};  // nothing to do until an answer comes
};

}  // namespace isthmus::probes
