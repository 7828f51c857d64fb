#include "probes/multipath/flow_map.hpp"

#include <algorithm>

namespace isthmus::probes {
namespace {

// A router met so often by one flow is a loop. Twice is not: zero-TTL forwarding shows a router at two TTLs.
constexpr int kLoopVisits = 3;

FlowMap::Cell before(const FlowMap::Cell& cell) { return {cell.flow, static_cast<Ttl>(cell.ttl - 1)}; }
FlowMap::Cell behind(const FlowMap::Cell& cell) { return {cell.flow, static_cast<Ttl>(cell.ttl + 1)}; }

}  // namespace

FlowMap::FlowMap(Ttl first_ttl, int gap_limit) : first_ttl_(first_ttl), gap_limit_(gap_limit) {
  Vertex root;
  root.ttl = static_cast<Ttl>(first_ttl - 1);
  add_vertex(std::move(root));
}

FlowMap::Flow FlowMap::take_flow() {
  const auto flow = static_cast<Flow>(flows_.size());
  flows_.emplace_back();
  vertices_[kRoot].flows.push_back(flow);
  return flow;
}

FlowMap::Hop& FlowMap::hop(Ttl ttl) {
  const auto index = static_cast<std::size_t>(ttl - first_ttl_ + 1);
  if (hops_.size() <= index) hops_.resize(index + 1);
  return hops_[index];
}

const std::vector<FlowMap::VertexId>& FlowMap::at(Ttl ttl) const {
  static const std::vector<VertexId> kNone;
  const auto index = static_cast<std::size_t>(ttl - first_ttl_ + 1);
  return index < hops_.size() ? hops_[index].vertices : kNone;
}

std::size_t FlowMap::open(Ttl ttl) const {
  const auto index = static_cast<std::size_t>(ttl - first_ttl_ + 1);
  return index < hops_.size() ? hops_[index].open : 0;
}

std::size_t FlowMap::sampled(Ttl ttl) const {
  const auto index = static_cast<std::size_t>(ttl - first_ttl_ + 1);
  return index < hops_.size() ? hops_[index].sampled : 0;
}

const FlowMap::Place* FlowMap::find(const Cell& cell) const {
  if (cell.ttl < first_ttl_) return nullptr;
  const auto& places = flows_[cell.flow].places;
  const auto index = static_cast<std::size_t>(cell.ttl - first_ttl_);
  return index < places.size() ? &places[index] : nullptr;
}

FlowMap::Place& FlowMap::place(const Cell& cell) {
  auto& places = flows_[cell.flow].places;
  const auto index = static_cast<std::size_t>(cell.ttl - first_ttl_);
  if (places.size() <= index) places.resize(index + 1);
  return places[index];
}

std::optional<FlowMap::VertexId> FlowMap::who(const Cell& cell) const {
  if (cell.ttl < first_ttl_) return kRoot;
  const Place* found = find(cell);
  if (found == nullptr || found->state != State::placed) return std::nullopt;
  return found->vertex;
}

bool FlowMap::ended_before(const Cell& cell) const {
  const auto& places = flows_[cell.flow].places;
  const auto known = std::min(places.size(), static_cast<std::size_t>(cell.ttl - first_ttl_));
  return std::any_of(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(known),
                     [](const Place& p) { return p.ends && p.state == State::placed; });
}

bool FlowMap::can_ask(const Cell& cell) const {
  if (cell.ttl < first_ttl_) return false;
  const Place* found = find(cell);
  return (found == nullptr || found->state == State::unasked) && !ended_before(cell);
}

bool FlowMap::is_open(const Cell& cell) const {
  const Place* found = find(cell);
  return found != nullptr && (found->state == State::asked || found->state == State::unplaced);
}

bool FlowMap::can_sample(const Cell& cell) const {
  const auto& deepest = flows_[cell.flow].deepest;
  return (!deepest || *deepest < cell.ttl) && can_ask(cell);
}

void FlowMap::ask(const Cell& cell) {
  FlowState& flow = flows_[cell.flow];
  Place& p = place(cell);
  p.state = State::asked;
  p.picked = flow.deepest && *flow.deepest > cell.ttl;
  flow.deepest = std::max(flow.deepest.value_or(cell.ttl), cell.ttl);
  ++hop(cell.ttl).open;
  if (const auto near = who(before(cell))) {
    ++vertices_[*near].out;
    p.counted_out = true;
  }
}

// Nothing more is expected for this place.
void FlowMap::close(const Cell& cell) {
  Place& p = place(cell);
  --hop(cell.ttl).open;
  if (p.counted_out) --vertices_[*who(before(cell))].out;
  p.counted_out = false;
}

bool FlowMap::is_repeated(const Cell& cell, const IpAddress& address) const {
  int visits = 1;
  for (const Place& p : flows_[cell.flow].places) {
    if (p.state == State::placed && vertices_[p.vertex].address == address) ++visits;
  }
  return visits >= kLoopVisits;
}

void FlowMap::met(const Cell& cell, const IpAddress& address, bool ends) {
  const bool loops = is_repeated(cell, address);
  found_loop_ = found_loop_ || loops;
  Place& p = place(cell);
  p.ends = ends || loops;
  p.state = State::unplaced;
  found_.emplace(cell, address);
  conclude(cell);
}

void FlowMap::met_nobody(const Cell& cell) {
  place(cell).state = State::unplaced;
  found_.emplace(cell, std::nullopt);
  conclude(cell);
}

// Who it was that the flow met, or did not. A router that forwarded is one wherever the flow came from; an end may be
// the second one of a flow that had ended earlier (the destination answers at every TTL behind it), and a silence
// belongs to whom the flow met before it.
void FlowMap::conclude(const Cell& cell) {
  const auto found = found_.find(cell);
  Place& p = place(cell);
  const auto address = found->second;
  if (address && !p.ends) {
    const VertexId vertex = vertex_for(cell.ttl, *address);
    found_.erase(found);
    put(cell, vertex);
    return;
  }
  const Cell earlier = before(cell);
  const Place* known = find(earlier);
  const bool is_beyond = (known != nullptr && known->state == State::beyond) || ended_before(cell);
  const auto near = who(earlier);
  if (!near && !is_beyond) {
    if (can_ask(earlier)) wanted_.push_back(earlier);
    return;
  }
  found_.erase(found);
  if (is_beyond) {
    close(cell);
    p.state = State::beyond;
    if (const Place* next = find(behind(cell)); next != nullptr && next->state == State::unplaced)
      conclude(behind(cell));
    return;
  }
  const VertexId vertex = address ? vertex_for(cell.ttl, *address) : silent_vertex_for(cell.ttl, *near);
  if (!address && vertices_[vertex].silent_run >= gap_limit_) p.ends = true;
  put(cell, vertex);
}

FlowMap::VertexId FlowMap::add_vertex(Vertex vertex) {
  const auto id = static_cast<VertexId>(vertices_.size());
  hop(vertex.ttl).vertices.push_back(id);
  vertices_.push_back(std::move(vertex));
  return id;
}

FlowMap::VertexId FlowMap::vertex_for(Ttl ttl, const IpAddress& address) {
  const auto found = by_address_.find({ttl, address});
  if (found != by_address_.end()) return found->second;
  Vertex vertex;
  vertex.ttl = ttl;
  vertex.address = address;
  return by_address_[{ttl, address}] = add_vertex(std::move(vertex));
}

FlowMap::VertexId FlowMap::silent_vertex_for(Ttl ttl, VertexId near) {
  const auto found = by_silence_.find({ttl, near});
  if (found != by_silence_.end()) return found->second;
  Vertex vertex;
  vertex.ttl = ttl;
  vertex.behind = near;
  vertex.silent_run = vertices_[near].silent_run + 1;
  return by_silence_[{ttl, near}] = add_vertex(std::move(vertex));
}

void FlowMap::put(const Cell& cell, VertexId vertex) {
  close(cell);
  Place& p = place(cell);
  p.state = State::placed;
  p.vertex = vertex;
  if (!p.picked) {
    ++hop(cell.ttl).sampled;
    ++vertices_[vertex].drawn;
  }
  if (p.ends) {
    ++vertices_[vertex].ended;
  } else {
    vertices_[vertex].flows.push_back(cell.flow);
  }
  link(before(cell));
  link(cell);
  if (const Place* next = find(behind(cell)); next != nullptr && next->state == State::unplaced) conclude(behind(cell));
}

// Between the place and the one behind it, once both are known.
void FlowMap::link(const Cell& near) {
  const auto from = who(near);
  const auto to = who(behind(near));
  if (!from || !to) return;
  const Place* start = find(near);
  if (start != nullptr && start->ends) return;
  Vertex& vertex = vertices_[*from];
  const auto seen = ++vertex.after[*to];
  ++vertices_[*to].before[*from];
  if (seen == 1 && vertex.after.size() == 2) ++branches_;
  const bool is_sample = (start == nullptr || !start->picked) && !find(behind(near))->picked;
  if (is_sample) ++vertex.followed;
}

std::optional<FlowMap::Cell> FlowMap::take_wanted() {
  while (!wanted_.empty()) {
    const Cell cell = wanted_.front();
    wanted_.pop_front();
    if (can_ask(cell)) return cell;
  }
  return std::nullopt;
}

}  // namespace isthmus::probes
