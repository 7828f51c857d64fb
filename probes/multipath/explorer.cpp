#include "probes/multipath/explorer.hpp"

#include <algorithm>

namespace isthmus::probes {
namespace {

// Where a router answers other flows, silence is loss or a rate limit more often than a silent sibling.
constexpr int kMoreAttempts = 3;
// How many times smaller than an even one the share of a silent vertex may be until it is taken for loss.
constexpr std::size_t kLossShare = 4;

}  // namespace

Explorer::Explorer(const ExplorerSettings& settings)
    : settings_(settings),
      rule_(settings.failure_bound, settings.scope),
      map_(settings.first_ttl, settings.gap_limit) {}

std::optional<Explorer::Ask> Explorer::next() {
  if (idle_) return std::nullopt;
  std::optional<Cell> cell;
  if (!again_.empty()) {
    cell = again_.front();
    again_.pop_front();
  } else {
    cell = choose();
    if (cell) map_.ask(*cell);
  }
  if (!cell) {
    idle_ = true;
    return std::nullopt;
  }
  ++out_;
  ++out_at_[cell->ttl];
  return Ask{cell->flow, cell->ttl, ++attempts_[*cell]};
}

void Explorer::answer(Flow flow, Ttl ttl, const std::optional<Answer>& answer) {
  const Cell cell{flow, ttl};
  idle_ = false;
  --out_;
  --out_at_[ttl];
  if (answer) {
    attempts_.erase(cell);
    map_.met(cell, answer->from, answer->ends);
  } else if (attempts_[cell] < settings_.attempts) {
    again_.push_back(cell);
  } else {
    silent_[ttl].push_back(cell);
  }
  decide_silences(ttl);
}

// Only when no answer can come any more is it known whether a silence has company. Some of a hop's silences may turn
// out to deserve more attempts; they are judged again after those.
void Explorer::decide_silences(Ttl ttl) {
  const auto found = silent_.find(ttl);
  if (found == silent_.end() || out_at_[ttl] > 0) return;
  for (const Cell& cell : again_) {
    if (cell.ttl == ttl) return;
  }
  const std::vector<Cell> cells = std::move(found->second);
  silent_.erase(found);
  for (const Cell& cell : cells) {
    if (attempts_[cell] < kMoreAttempts * settings_.attempts && others_answer(cell)) {
      again_.push_back(cell);
    } else {
      attempts_.erase(cell);
      map_.met_nobody(cell);
    }
  }
}

bool Explorer::others_answer(const Cell& cell) const {
  const auto has_address = [&](VertexId id) { return map_.vertex(id).address.has_value(); };
  if (const auto near = map_.who({cell.flow, static_cast<Ttl>(cell.ttl - 1)})) {
    const auto& after = map_.vertex(*near).after;
    return std::any_of(after.begin(), after.end(), [&](const auto& next) { return has_address(next.first); });
  }
  const auto& hop = map_.at(cell.ttl);
  return std::any_of(hop.begin(), hop.end(), has_address);
}

std::optional<Explorer::Cell> Explorer::choose() {
  if (auto wanted = map_.take_wanted()) return wanted;
  bool may_search = true;  // flows are looked for at a TTL only when everything before it is settled
  for (Ttl ttl = map_.vertex(FlowMap::kRoot).ttl; ttl < settings_.max_ttl; ++ttl) {
    if (map_.at(ttl).empty()) break;
    Step step = controls_vertices(ttl) ? by_vertex(ttl, may_search) : by_hop(ttl, may_search);
    if (!step.ask && !step.open && !controls_vertices(ttl)) {
      judge(ttl);
      // What was wrong may begin earlier in the diamond.
      if (controls_vertices(ttl)) return choose();
    }
    if (step.ask) return step.ask;
    may_search = may_search && !step.open;
  }
  return std::nullopt;
}

// Node control: each vertex gets the flows that its own number of next hops asks for.
Explorer::Step Explorer::by_vertex(Ttl ttl, bool may_search) {
  Shortage shortage;
  for (const VertexId id : going_on(ttl)) {
    const std::size_t flows = rule_.flows_for(map_.vertex(id).after.size(), map_.branches());
    if (auto cell = follow(id, flows, shortage)) return {cell, true};
  }
  return search(ttl, shortage, may_search);
}

// One more flow to follow through a vertex that is to have so many; what it lacks when there is none.
std::optional<Explorer::Cell> Explorer::follow(VertexId id, std::size_t flows, Shortage& shortage) {
  const Vertex& vertex = map_.vertex(id);
  shortage.waits = shortage.waits || (vertex.followed < flows && vertex.out > 0);
  if (vertex.followed + vertex.out >= flows) return std::nullopt;
  if (auto cell = reusable(id)) return cell;
  if (is_probably_loss(vertex)) return std::nullopt;
  shortage.flows += flows - vertex.followed - vertex.out;
  shortage.vertices.push_back(id);
  return std::nullopt;
}

// A silent sibling of routers that answer gets its share of the flows. Silences far below that are losses, or a rate
// limit that outlasted all attempts; looking for more flows "through" them would never end.
bool Explorer::is_probably_loss(const Vertex& vertex) const {
  if (vertex.address || vertex.before.empty()) return false;  // or the root
  return vertex.drawn * map_.at(vertex.ttl).size() * kLossShare < map_.sampled(vertex.ttl);
}

// A flow through the vertex that was not asked further on.
std::optional<Explorer::Cell> Explorer::reusable(VertexId id) {
  if (reuse_from_.size() <= id) reuse_from_.resize(map_.vertices(), 0);
  const Vertex& vertex = map_.vertex(id);
  for (std::size_t& i = reuse_from_[id]; i < vertex.flows.size(); ++i) {
    const Cell cell{vertex.flows[i], static_cast<Ttl>(vertex.ttl + 1)};
    if (map_.can_sample(cell)) return cell;
  }
  return std::nullopt;
}

// Asks flows at a TTL in order to learn which vertices there they pass through; as many at once as may all be needed.
Explorer::Step Explorer::search(Ttl ttl, const Shortage& shortage, bool may_search) {
  if (shortage.flows == 0) return {std::nullopt, shortage.waits};
  // Every flow passes the root: a new one is all it takes.
  const Ttl asked = std::max(ttl, settings_.first_ttl);
  if (!may_search || map_.open(asked) >= shortage.flows) return {std::nullopt, true};
  for (const VertexId id : shortage.vertices) {
    for (const auto& [before, flows] : map_.vertex(id).before) {
      if (auto cell = reusable(before)) return {cell, true};
    }
  }
  if (auto cell = fresh(asked)) return {cell, true};
  return {std::nullopt, map_.open(asked) > 0};
}

// A flow of which nothing is known from this TTL on.
std::optional<Explorer::Cell> Explorer::fresh(Ttl ttl) {
  for (std::size_t& i = fresh_from_[ttl]; i < map_.flows(); ++i) {
    const Cell cell{static_cast<Flow>(i), ttl};
    if (map_.can_sample(cell)) return cell;
  }
  if (map_.flows() >= settings_.max_flows) {
    exhausted_ = true;
    return std::nullopt;
  }
  return Cell{map_.take_flow(), ttl};
}

}  // namespace isthmus::probes
