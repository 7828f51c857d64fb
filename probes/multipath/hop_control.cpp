// MDA-Lite's part of the explorer: hops as a whole, and the tests that say where that is not enough.

#include <algorithm>
#include <cmath>
#include <functional>

#include "probes/multipath/explorer.hpp"

namespace isthmus::probes {

// Vertices with flows that go on behind them.
std::vector<Explorer::VertexId> Explorer::going_on(Ttl ttl) const {
  std::vector<VertexId> found;
  for (const VertexId id : map_.at(ttl)) {
    if (id == FlowMap::kRoot || !map_.vertex(id).flows.empty()) found.push_back(id);
  }
  return found;
}

// Within the diamond around a hop that failed a test; elsewhere only when asked for everywhere.
bool Explorer::controls_vertices(Ttl ttl) const {
  if (!settings_.lite || ttl < settings_.first_ttl) return true;
  return std::any_of(flagged_.begin(), flagged_.end(), [&](Ttl flagged) {
    for (Ttl t = std::min(flagged, ttl); t <= std::max(flagged, ttl); ++t) {
      if (!has_width(t)) return false;
    }
    return true;
  });
}

Explorer::Step Explorer::by_hop(Ttl ttl, bool may_search) {
  Step step = fill_hop(ttl, may_search);
  if (step.ask || step.open) return step;
  step = link_back(ttl);
  if (step.ask || step.open) return step;
  return test_meshing(ttl, may_search);
}

// The next hop gets the flows that its number of vertices asks for, every vertex of this hop giving at least one.
Explorer::Step Explorer::fill_hop(Ttl ttl, bool may_search) {
  const auto next = static_cast<Ttl>(ttl + 1);
  const std::vector<VertexId> vertices = going_on(ttl);
  if (vertices.empty()) return {};
  std::optional<Cell> reuse;
  std::size_t fewest = 0;
  bool waits = false;
  for (const VertexId id : vertices) {
    const Vertex& vertex = map_.vertex(id);
    const bool is_unfollowed = vertex.after.empty() && vertex.out == 0;
    const std::size_t followed = vertex.followed + vertex.out;
    waits = waits || (vertex.after.empty() && vertex.out > 0);
    if (reuse && !is_unfollowed && followed >= fewest) continue;
    if (const auto cell = reusable(id)) {
      if (is_unfollowed) return {cell, true};
      reuse = cell;
      fewest = followed;
    }
  }
  const std::size_t needed = rule_.flows_for(map_.at(next).size(), map_.branches());
  if (map_.sampled(next) + map_.open(next) >= needed) return {std::nullopt, waits || map_.sampled(next) < needed};
  if (reuse) return {reuse, true};
  if (!may_search || map_.open(ttl) > 0) return {std::nullopt, true};
  if (auto cell = fresh(next)) return {cell, true};
  return {std::nullopt, map_.open(next) > 0};
}

// A vertex that was met by flows of which the hop before is unknown gets one of them traced back.
Explorer::Step Explorer::link_back(Ttl ttl) {
  bool waits = false;
  for (const VertexId id : map_.at(static_cast<Ttl>(ttl + 1))) {
    const Vertex& vertex = map_.vertex(id);
    if (!vertex.before.empty()) continue;
    const auto is_asked = [&](Flow flow) { return map_.is_open({flow, ttl}); };
    if (std::any_of(vertex.flows.begin(), vertex.flows.end(), is_asked)) {
      waits = true;
      continue;
    }
    const auto flow = std::find_if(vertex.flows.begin(), vertex.flows.end(), [&](Flow f) {
      return map_.can_ask({f, ttl});
    });
    if (flow != vertex.flows.end()) return {Cell{*flow, ttl}, true};
  }
  return {std::nullopt, waits};
}

// So many flows from each vertex of a hop that is meshed throughout stay on one link each with no more than the bound
// of a vertex. Two are the least that can tell (Vermeulen et al., section 2.3.2).
std::size_t Explorer::meshing_flows(std::size_t width) const {
  const double bits = -std::log2(rule_.bound(map_.branches()));
  return std::max<std::size_t>(2, 1 + static_cast<std::size_t>(std::ceil(bits / static_cast<double>(width))));
}

// Where no link crosses another, each vertex of the wider hop has one neighbour in the narrower.
Explorer::Step Explorer::test_meshing(Ttl ttl, bool may_search) {
  const auto next = static_cast<Ttl>(ttl + 1);
  if (!has_width(ttl) || !has_width(next)) return {};
  const std::size_t near = map_.at(ttl).size();
  const std::size_t far = map_.at(next).size();
  const std::size_t flows = meshing_flows(std::max(near, far));
  return near >= far ? test_forward(ttl, flows, may_search) : test_backward(ttl, flows, may_search);
}

Explorer::Step Explorer::test_forward(Ttl ttl, std::size_t flows, bool may_search) {
  Shortage shortage;
  for (const VertexId id : going_on(ttl)) {
    if (auto cell = follow(id, flows, shortage)) return {cell, true};
  }
  return search(ttl, shortage, may_search);
}

Explorer::Step Explorer::test_backward(Ttl ttl, std::size_t flows, bool may_search) {
  const auto next = static_cast<Ttl>(ttl + 1);
  std::size_t missing = 0;
  for (const VertexId id : map_.at(next)) {
    const Vertex& vertex = map_.vertex(id);
    if (!vertex.address) continue;  // a silence has one vertex before it by definition
    std::size_t traced = vertex.ended;
    for (std::size_t i = 0; i < vertex.flows.size() && traced < flows; ++i) {
      const Cell cell{vertex.flows[i], ttl};
      if (map_.can_ask(cell)) return {cell, true};
      ++traced;
    }
    missing += flows - std::min(flows, traced);
  }
  if (missing == 0) return {std::nullopt, map_.open(ttl) > 0};
  if (!may_search || map_.open(next) >= missing) return {std::nullopt, true};
  for (const VertexId id : map_.at(ttl)) {
    if (auto cell = reusable(id)) return {cell, true};
  }
  if (auto cell = fresh(next)) return {cell, true};
  return {std::nullopt, map_.open(next) > 0};
}

// Next hops spread unevenly over the vertices of a hop, or paths that end at some of them only, are not uniform.
bool Explorer::is_uneven(Ttl ttl) const {
  const auto differ = [](const std::vector<std::size_t>& counts) {
    return std::adjacent_find(counts.begin(), counts.end(), std::not_equal_to<>()) != counts.end();
  };
  std::vector<std::size_t> after;
  std::vector<std::size_t> before;
  for (const VertexId id : map_.at(ttl)) after.push_back(map_.vertex(id).after.size());
  for (const VertexId id : map_.at(static_cast<Ttl>(ttl + 1))) before.push_back(map_.vertex(id).before.size());
  return differ(after) || differ(before);
}

// What is known of a hop that is settled: whether it may be treated as a whole.
void Explorer::judge(Ttl ttl) {
  const auto next = static_cast<Ttl>(ttl + 1);
  if (map_.open(ttl) > 0 || map_.open(next) > 0 || going_on(ttl).empty()) return;
  const bool near_is_wider = map_.at(ttl).size() >= map_.at(next).size();
  const bool far_is_wider = map_.at(ttl).size() <= map_.at(next).size();
  const auto branches = [&](VertexId id) { return map_.vertex(id).after.size() >= 2; };
  const auto joins = [&](VertexId id) { return map_.vertex(id).before.size() >= 2; };
  const auto& near = map_.at(ttl);
  const auto& far = map_.at(next);
  const bool is_meshed = has_width(ttl) && has_width(next) &&
                         ((near_is_wider && std::any_of(near.begin(), near.end(), branches)) ||
                          (far_is_wider && std::any_of(far.begin(), far.end(), joins)));
  // Whom the flows of a silent vertex have in common is not known: it cannot be tested.
  const bool hides = std::any_of(near.begin(), near.end(), [&](VertexId id) { return !map_.vertex(id).address; });
  if (is_meshed || (has_width(ttl) && (hides || is_uneven(ttl)))) flagged_.insert(ttl);
}

}  // namespace isthmus::probes
