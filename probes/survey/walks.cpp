#include "probes/survey/walks.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::probes::survey {
namespace {

// Where a walk begins when nobody around has answered.
constexpr Ttl kUsualDistance = 16;

// Operating systems start the TTL of what they send at one of these.
Ttl distance_by_reply_ttl(Ttl ttl) {
  const int initial = ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
  return static_cast<Ttl>(std::min(initial - ttl + 1, 255));
}

bool ends_path(const Answer& answer) { return answer.id == kDestination || answer.kind == ReplyKind::unreachable; }

}  // namespace

Walks::Walks(const WalkSettings& settings, std::span<const IpAddress> targets, Grid& grid)
    : settings_(settings),
      targets_(targets),
      grid_(grid),
      order_(std::max<std::size_t>(targets.size(), 1), settings.key),
      topology_(grid.expected_interfaces()),
      paths_(targets.size() * settings.flows),
      ready_(targets.size() * settings.flows * 2) {}

std::optional<Ask> Walks::next() {
  if (ready_.empty() && stage_ == Stage::measuring) {
    if (auto ask = next_measurement()) return ask;
    if (position_ == targets_.size() && measuring_ == 0) inherit_distances();
  }
  if (ready_.empty()) return std::nullopt;
  return ready_.pop();
}

// A target between neighbours of known distance needs no probe of its own for that: the walk that begins at their
// distance finds out where they differ, and a silent target costs one probe less.
std::optional<Ask> Walks::next_measurement() {
  while (position_ < targets_.size()) {
    const std::size_t target = order_.at(position_++);
    if (const Ttl distance = predicted(target); distance != 0) {
      // One further, where the target still answers if it stands a little behind them.
      start(target, std::min<Ttl>(static_cast<Ttl>(distance + 1), grid_.max_ttl()), false, true);
      return ready_.pop();
    }
    const auto path = static_cast<PathIndex>(target * settings_.flows);
    paths_[path].measuring = true;
    ++measuring_;
    ++open_;
    return Ask{path, grid_.max_ttl(), 0};
  }
  return std::nullopt;
}

void Walks::answered(const Answer& answer) {
  const PathIndex path = answer.path;
  if (answer.id != kDestination) {
    note_nearer(answer);
    note_farther(answer);
  }
  if (paths_[path].measuring && answer.ttl == grid_.max_ttl()) {
    settle_distance(path, answer);
    return;
  }
  if (ends_path(answer)) note_end(path, answer);
  advance(path, answer.ttl, grid_.at(path, answer.ttl));
}

void Walks::silent(PathIndex path, Ttl ttl) {
  PathState& state = paths_[path];
  if (state.measuring && ttl == grid_.max_ttl()) {
    state.measuring = false;  // Inherits once all are measured.
    --measuring_;
    --open_;
    return;
  }
  if (state.back == ttl) count_in_vain(path, ttl);
  advance(path, ttl, grid_.at(path, ttl));
}

double Walks::share() const {
  if (paths_.empty()) return 1.0;
  return static_cast<double>(started_ - std::min(open_ - measuring_, started_)) / static_cast<double>(paths_.size());
}

void Walks::note_nearer(const Answer& answer) {
  const std::span<const Cell> row = grid_.row(answer.path);
  const std::size_t here = answer.ttl - 1U;
  for (std::size_t i = here; i-- > 0;) {
    if (row[i].is_router()) topology_.connect(row[i].interface(), answer.id, static_cast<std::uint8_t>(here - i));
    if (row[i].mark() != Mark::silent) break;
  }
}

void Walks::note_farther(const Answer& answer) {
  const std::span<const Cell> row = grid_.row(answer.path);
  const std::size_t here = answer.ttl - 1U;
  for (std::size_t i = here + 1; i < row.size(); ++i) {
    if (row[i].is_router()) topology_.connect(answer.id, row[i].interface(), static_cast<std::uint8_t>(i - here));
    if (row[i].mark() != Mark::silent) break;
  }
}

void Walks::count_in_vain(PathIndex path, Ttl ttl) {
  PathState& state = paths_[path];
  if (state.expected != kNoInterface) {
    topology_.ask_in_vain(std::exchange(state.expected, kNoInterface));
    return;
  }
  if (ttl == grid_.max_ttl() || settings_.window != 0) return;
  const Cell& behind = grid_.at(path, static_cast<Ttl>(ttl + 1));
  if (behind.is_router()) topology_.ask_in_vain(behind.interface());
}

// --- distances ---

void Walks::settle_distance(PathIndex path, const Answer& answer) {
  PathState& state = paths_[path];
  state.measuring = false;
  --measuring_;
  --open_;
  const std::size_t target = path / settings_.flows;
  if (!ends_path(answer)) return;  // A loop, or further away than the TTL: no distance.
  if (answer.quoted_ttl != 0 && answer.quoted_ttl <= answer.ttl) {
    const auto distance = static_cast<Ttl>(answer.ttl - answer.quoted_ttl + 1);
    if (answer.id != kDestination) return start(target, distance, false, false);
    if (distance != answer.ttl) grid_.at(path, distance).derive(grid_.at(path, answer.ttl).time());
    state.distance = distance;
    return start(target, distance, true, false);
  }
  if (answer.id != kDestination) return;
  start(target, std::min(distance_by_reply_ttl(answer.reply_ttl), grid_.max_ttl()), false, false);
}

// `known`: the first flow has its own answer from that distance already, and need not ask again.
void Walks::start(std::size_t target, Ttl split, bool known, bool inherited) {
  for (std::uint16_t flow = 0; flow < settings_.flows; ++flow) {
    const auto path = static_cast<PathIndex>(target * settings_.flows + flow);
    PathState& state = paths_[path];
    const bool skip = known && flow == 0;
    state.split = split;
    state.inherited = inherited;
    state.ended = known;
    state.back = skip ? static_cast<Ttl>(split - 1) : split;
    if (!skip && grid_.at(path, state.back).mark() != Mark::unsent) --state.back;
    ++started_;
    if (state.back == 0) continue;
    ++open_;
    ready_.push({path, state.back, 0});
  }
}

Ttl Walks::predicted(std::size_t target) const {
  constexpr std::size_t kReach = 8;
  const IpAddress& address = targets_[target];
  const Prefix around(address, address.is_v4() ? 20 : 44);
  for (std::size_t step = 1; step <= kReach; ++step) {
    if (target >= step && known_distance(target - step) != 0 && around.contains(targets_[target - step])) {
      return known_distance(target - step);
    }
    if (target + step < targets_.size() && known_distance(target + step) != 0 &&
        around.contains(targets_[target + step])) {
      return known_distance(target + step);
    }
  }
  return 0;
}

// Everybody who could answer has: the others take the distance of the neighbour that shares the longest prefix.
void Walks::inherit_distances() {
  stage_ = Stage::walking;
  const std::size_t none = targets_.size();
  std::vector<std::size_t> after(targets_.size() + 1, none);
  for (std::size_t i = targets_.size(); i-- > 0;) after[i] = known_distance(i) != 0 ? i : after[i + 1];
  const auto shared = [&](std::size_t a, std::size_t b) {
    if (a == none || b == none || targets_[a].family() != targets_[b].family()) return -1;
    int length = targets_[a].width();
    while (length > 0 && !Prefix(targets_[a], length).contains(targets_[b])) --length;
    return length;
  };
  std::size_t before = none;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (known_distance(i) != 0) before = i;
    if (paths_[i * settings_.flows].split != 0) continue;
    const std::size_t neighbour = shared(i, before) >= shared(i, after[i]) ? before : after[i];
    if (neighbour == none) {
      start(i, std::min(kUsualDistance, grid_.max_ttl()), false, false);
    } else {
      start(i, known_distance(neighbour), false, true);
    }
  }
}

// The destination or a refusing router has answered: nothing is left forward, and what its quote says about distance
// saves asking again.
void Walks::note_end(PathIndex path, const Answer& answer) {
  PathState& state = paths_[path];
  state.ended = true;
  if (answer.id != kDestination) return;
  Ttl distance = answer.ttl;
  if (answer.quoted_ttl > 1 && answer.quoted_ttl <= answer.ttl) {
    const auto quoted = static_cast<Ttl>(answer.ttl - answer.quoted_ttl + 1);
    if (grid_.at(path, quoted).mark() == Mark::unsent) {
      grid_.at(path, quoted).derive(grid_.at(path, answer.ttl).time());
      distance = quoted;
    }
  }
  if (state.distance == 0 || distance < state.distance) state.distance = distance;
}

// --- steps ---

void Walks::advance(PathIndex path, Ttl ttl, const Cell& cell) {
  PathState& state = paths_[path];
  if (state.back != ttl && state.forward != ttl) return;  // An answer after its time: noted, nothing to decide.
  if (state.back == ttl) step_back(path, ttl, cell);
  if (state.forward == ttl || (state.split == ttl && !state.ended)) step_forward(path, ttl, cell);
  if (state.ended) state.forward = 0;
  if (!open(state)) --open_;
}

void Walks::step_back(PathIndex path, Ttl ttl, const Cell& cell) {
  PathState& state = paths_[path];
  state.back = settings_.window != 0 ? next_back_in_window(state, ttl) : next_back(state, ttl, cell);
  if (state.back != 0) ready_.push({path, state.back, 0});
}

Ttl Walks::next_back(PathState& state, Ttl ttl, const Cell& cell) {
  const Ttl nearer =
      cell.is_destination() && state.distance < ttl ? static_cast<Ttl>(state.distance - 1) : static_cast<Ttl>(ttl - 1);
  if (!cell.is_router()) return nearer;
  const InterfaceId id = cell.interface();
  const InterfaceId expected = std::exchange(state.expected, kNoInterface);
  if (expected == id) return nearer;  // Counted when the walk jumped here.
  if (expected != kNoInterface) topology_.unask(expected);
  if (nearer == 0) return 0;
  if (topology_.wants_predecessor(id)) {
    topology_.ask(id);
    return nearer;
  }
  const Topology::Upward ancestor = topology_.wanting_ancestor(id, ttl);
  if (ancestor.id == kNoInterface) return 0;
  topology_.ask(ancestor.id);
  state.expected = ancestor.id;
  return ancestor.ttl;
}

Ttl Walks::next_back_in_window(const PathState& state, Ttl ttl) const {
  const Ttl end = state.distance != 0 ? state.distance : state.split;
  const auto nearer = static_cast<Ttl>(std::min(ttl, end == 0 ? ttl : std::max<Ttl>(end, 1)) - 1);
  return nearer + settings_.window < end ? Ttl{0} : nearer;
}

void Walks::step_forward(PathIndex path, Ttl ttl, const Cell& cell) {
  PathState& state = paths_[path];
  state.forward = 0;
  if (state.ended) return;
  state.gap = cell.answered() ? std::uint8_t{0} : static_cast<std::uint8_t>(state.gap + 1);
  const int limit = state.inherited ? settings_.inherited_gap_limit : settings_.gap_limit;
  if (state.gap >= limit || ttl >= grid_.max_ttl()) return;
  const auto next = static_cast<Ttl>(ttl + 1);
  if (grid_.at(path, next).mark() != Mark::unsent) return;  // Asked already, for the distance.
  state.forward = next;
  ready_.push({path, next, 0});
}

// --- going on ---

bool Walks::can_restore(std::span<const PathState> states, std::uint64_t position) const {
  if (states.size() != paths_.size() || position > targets_.size()) return false;
  for (std::size_t place = 0; place < targets_.size(); ++place) {
    const auto flows = states.subspan(order_.at(place) * settings_.flows, settings_.flows);
    const Ttl split = flows.front().split;
    for (const PathState& state : flows) {
      const bool first = &state == &flows.front();
      if (std::max({state.back, state.forward, state.distance, state.split}) > grid_.max_ttl()) return false;
      if (state.split != split) return false;  // All flows of a target begin at once.
      if ((split != 0 || state.measuring) && place >= position) return false;
      if (state.measuring && (split != 0 || !first)) return false;
      if (state.back > split || (state.forward != 0 && (split == 0 || state.forward <= split))) return false;
    }
  }
  return true;
}

void Walks::restore(std::span<const PathState> states, std::uint64_t position) {
  std::copy(states.begin(), states.end(), paths_.begin());
  position_ = std::min<std::uint64_t>(position, targets_.size());
  for (PathIndex path = 0; path < paths_.size(); ++path) {
    const PathState& state = paths_[path];
    started_ += state.split != 0 ? 1 : 0;
    open_ += open(state) ? 1 : 0;
    measuring_ += state.measuring ? 1 : 0;
    if (state.measuring) ready_.push({path, grid_.max_ttl(), 0});
    if (state.back != 0) ready_.push({path, state.back, 0});
    if (state.forward != 0) ready_.push({path, state.forward, 0});
  }
  if (position_ == targets_.size() && measuring_ == 0 && started_ == paths_.size()) stage_ = Stage::walking;
  replay_topology();
}

// What the stopping rule knows is all in the grid.
void Walks::replay_topology() {
  for (PathIndex path = 0; path < paths_.size(); ++path) {
    const std::span<const Cell> row = grid_.row(path);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!row[i].is_router()) continue;
      note_nearer({.path = path, .ttl = static_cast<Ttl>(i + 1), .from = {}, .id = row[i].interface()});
      if (i == 0 || row[i - 1].mark() == Mark::unsent) continue;
      topology_.ask(row[i].interface());
      if (row[i - 1].mark() == Mark::silent) topology_.ask_in_vain(row[i].interface());
    }
  }
}

}  // namespace isthmus::probes::survey
