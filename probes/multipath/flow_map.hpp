#pragma once
// Who was met by which flow at which TTL, and what follows from it: vertices, and links between consecutive answers of
// one flow. Never guesses: two silences are one vertex only if the same vertex stands before both, and nothing leads
// on from where a flow has ended. Belongs to one explorer, on its thread.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "isthmus/model/observation.hpp"

namespace isthmus::probes {

class FlowMap {
 public:
  /// Flows are numbered from 0 in the order they are taken; what their header fields are is the engine's business.
  using Flow = std::uint16_t;
  using VertexId = std::uint32_t;
  /// Stands before the first TTL, and every flow passes it.
  static constexpr VertexId kRoot = 0;

  struct Cell {
    Flow flow{0};
    Ttl ttl{0};
    friend auto operator<=>(const Cell&, const Cell&) = default;
  };

  struct Vertex {
    Ttl ttl{0};
    std::optional<IpAddress> address;          ///< Nothing: silent.
    VertexId behind{kRoot};                    ///< Silent: the vertex that all its flows met before.
    int silent_run{0};                         ///< Silent: how many silent vertices in a row, with this one.
    std::vector<Flow> flows;                   ///< That go on behind it, in the order they were learnt.
    std::size_t ended{0};                      ///< Flows that end at it.
    std::map<VertexId, std::uint32_t> after;   ///< Next vertices, with the number of flows seen to go there.
    std::map<VertexId, std::uint32_t> before;  ///< The same the other way.
    std::size_t followed{0};  ///< Flows known one TTL on that were chosen without knowing where they go: the sample.
    std::size_t drawn{0};     ///< Flows met here that were chosen without knowing it.
    std::size_t out{0};       ///< Flows being asked one TTL on.
  };

  /// A flow ends at its `gap_limit`-th silent vertex in a row.
  FlowMap(Ttl first_ttl, int gap_limit);

  /// A flow that nothing is known of.
  Flow take_flow();
  [[nodiscard]] std::size_t flows() const { return flows_.size(); }

  /// A probe for this place is about to leave. Precondition: can_ask().
  void ask(const Cell& cell);
  [[nodiscard]] bool can_ask(const Cell& cell) const;
  /// It was asked, and there is no conclusion yet.
  [[nodiscard]] bool is_open(const Cell& cell) const;
  /// can_ask(), and the flow was never asked further on: what is learnt is not picked by what comes behind.
  [[nodiscard]] bool can_sample(const Cell& cell) const;

  /// What became of the probe for a place that was asked: somebody answered, and said or not that the flow ends there,
  /// or nobody did.
  void met(const Cell& cell, const IpAddress& address, bool ends);
  void met_nobody(const Cell& cell);

  /// A place that has to be asked before what was found right behind it can be understood: whose silence it is, and
  /// whether the flow had ended before.
  std::optional<Cell> take_wanted();

  [[nodiscard]] const Vertex& vertex(VertexId id) const { return vertices_[id]; }
  [[nodiscard]] std::size_t vertices() const { return vertices_.size(); }
  [[nodiscard]] const std::vector<VertexId>& at(Ttl ttl) const;
  /// Who the flow met there, if that is known and the flow had not ended before.
  [[nodiscard]] std::optional<VertexId> who(const Cell& cell) const;
  /// Vertices with several next ones.
  [[nodiscard]] std::size_t branches() const { return branches_; }
  /// Places asked at this TTL without a conclusion yet.
  [[nodiscard]] std::size_t open(Ttl ttl) const;
  /// Flows known at this TTL that were chosen without knowing where they go from there.
  [[nodiscard]] std::size_t sampled(Ttl ttl) const;
  [[nodiscard]] bool found_loop() const { return found_loop_; }

 private:
  enum class State : std::uint8_t {
    unasked,
    asked,     // no conclusion yet
    unplaced,  // concluded, but what it means depends on the place before
    placed,
    beyond,  // the flow had ended before
  };
  struct Place {
    State state{State::unasked};
    bool picked{false};  // asked when something behind it was known: not a random sample of what leads here
    bool ends{false};
    bool counted_out{false};  // in `out` of the vertex before
    VertexId vertex{kRoot};
  };
  struct FlowState {
    std::vector<Place> places;   // from the first TTL on
    std::optional<Ttl> deepest;  // the last TTL ever asked
  };
  struct Hop {
    std::vector<VertexId> vertices;
    std::size_t open{0};
    std::size_t sampled{0};
  };

  [[nodiscard]] const Place* find(const Cell& cell) const;
  Place& place(const Cell& cell);
  Hop& hop(Ttl ttl);
  [[nodiscard]] bool ended_before(const Cell& cell) const;
  [[nodiscard]] bool is_repeated(const Cell& cell, const IpAddress& address) const;
  void conclude(const Cell& cell);
  VertexId vertex_for(Ttl ttl, const IpAddress& address);
  VertexId silent_vertex_for(Ttl ttl, VertexId behind);
  VertexId add_vertex(Vertex vertex);
  void put(const Cell& cell, VertexId vertex);
  void link(const Cell& near);
  void close(const Cell& cell);

  Ttl first_ttl_;
  int gap_limit_;
  std::vector<Vertex> vertices_;
  std::vector<FlowState> flows_;
  std::vector<Hop> hops_;
  std::map<std::pair<Ttl, IpAddress>, VertexId> by_address_;
  std::map<std::pair<Ttl, VertexId>, VertexId> by_silence_;
  std::map<Cell, std::optional<IpAddress>> found_;  // what was found at unplaced places
  std::deque<Cell> wanted_;
  std::size_t branches_{0};
  bool found_loop_{false};
};

}  // namespace isthmus::probes
