#include "probes/ping/watch_list.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

namespace isthmus::probes {
namespace {

// However long the rounds are, the guard is to hear this often whether the vantage point can see.
constexpr Duration kControlsApart = std::chrono::seconds(30);

// Packets get lost also on the way to those that always answer.
constexpr double kHighestRate = 0.98;

constexpr int kAlways = 65'535;
// Over some thirty probes: with less memory chance alone would have addresses that answer half of the time be trusted
// like those that always do.
constexpr int kMemory = 32;

std::uint16_t learned(std::uint16_t rate, int outcome) {
  return static_cast<std::uint16_t>(rate + (outcome - rate) / kMemory);
}

// First rounds at phases that split the largest gaps of the interval first: multiples of the golden ratio.
Duration phase_of(std::uint64_t joined, Duration interval) {
  const double turn = static_cast<double>(joined) * 0.6180339887498949;
  return Duration(static_cast<Duration::rep>((turn - std::floor(turn)) * static_cast<double>(interval.count())));
}

}  // namespace

std::vector<std::uint32_t> WatchList::replace(const std::vector<PingGroup>& groups, const PingSettings& settings,
                                              Instant now) {
  WatchList before = std::exchange(*this, WatchList(stagger_));
  joined_ = before.joined_;
  interval_ = settings.interval;
  timeout_ = settings.timeout;
  one_of_block_ = settings.rotate;
  controls_asked_ = before.controls_asked_;
  std::size_t addresses = 0;
  for (const PingGroup& group : groups) addresses += group.addresses.size();
  watches_.reserve(addresses);
  targets_.reserve(groups.size());
  groups_.reserve(groups.size());
  slots_.assign(std::bit_ceil(2 * addresses + 1), kNone);
  for (const PingGroup& group : groups) add_target(group);
  index_names();
  heap_.reserve(groups_.size());

  auto moved = take_over_watches(before);
  take_over_rounds(before, now);
  return moved;
}

void WatchList::add_target(const PingGroup& target) {
  const auto first_group = static_cast<std::uint32_t>(groups_.size());
  const bool controls = target.target.empty();
  if (controls) controls_ = first_group;
  // Blocks are ranges of addresses, so that the order of addresses is that of blocks.
  std::vector<IpAddress> addresses = target.addresses;
  if (one_of_block_) std::sort(addresses.begin(), addresses.end());
  for (const IpAddress& address : addresses) {
    const bool open = groups_.size() > first_group;
    if (!open || (asks_one(first_group) && Block::of(address) != block_of(groups_.back()))) {
      groups_.push_back({.target = static_cast<std::uint32_t>(targets_.size()),
                         .first = static_cast<std::uint32_t>(watches_.size())});
    }
    add_watch(address, static_cast<std::uint32_t>(groups_.size() - 1));
  }
  // A target without an address keeps its phase for when it has one.
  if (groups_.size() == first_group) {
    groups_.push_back(
        {.target = static_cast<std::uint32_t>(targets_.size()), .first = static_cast<std::uint32_t>(watches_.size())});
  }
  targets_.push_back({target.target, first_group, static_cast<std::uint32_t>(groups_.size()) - first_group});
}

void WatchList::add_watch(const IpAddress& address, std::uint32_t group) {
  bool known = false;
  for_each(address, [&](std::uint32_t watch) { known |= group == watches_[watch].group; });
  if (known) return;
  std::size_t slot = slot_of(address);
  while (slots_[slot] != kNone) slot = (slot + 1) & (slots_.size() - 1);
  slots_[slot] = static_cast<std::uint32_t>(watches_.size());
  watches_.push_back({.address = address, .group = group});
  ++groups_[group].count;
}

void WatchList::index_names() {
  by_name_.resize(targets_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0U);
  std::sort(by_name_.begin(), by_name_.end(), [this](auto a, auto b) { return targets_[a].name < targets_[b].name; });
}

const WatchList::Target* WatchList::find_target(const std::string& name) const {
  const auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [this](std::uint32_t target, const std::string& n) { return targets_[target].name < n; });
  return found != by_name_.end() && targets_[*found].name == name ? &targets_[*found] : nullptr;
}

std::uint32_t WatchList::find_group(const std::string& target, const Block& block) const {
  const Target* t = find_target(target);
  if (t == nullptr || !asks_one(t->first) || groups_[t->first].count == 0) return kNone;
  const auto first = groups_.begin() + t->first;
  const auto found = std::lower_bound(first, first + t->count, block,
                                      [this](const Group& group, const Block& b) { return block_of(group) < b; });
  if (found == first + t->count || block_of(*found) != block) return kNone;
  return static_cast<std::uint32_t>(found - groups_.begin());
}

std::vector<std::uint32_t> WatchList::moved_groups(const WatchList& before) const {
  std::vector<std::uint32_t> moved(before.groups_.size(), kNone);
  for (std::uint32_t old = 0; old < moved.size(); ++old) {
    const Group& group = before.groups_[old];
    const std::string& name = before.targets_[group.target].name;
    const Target* target = find_target(name);
    if (target == nullptr || before.asks_one(old) != asks_one(target->first)) continue;
    if (!asks_one(target->first)) {
      moved[old] = target->first;
    } else if (group.count > 0) {
      moved[old] = find_group(name, before.block_of(group));
    }
  }
  return moved;
}

void WatchList::take_over_rounds(WatchList& before, Instant now) {
  const std::vector<std::uint32_t> moved = moved_groups(before);
  std::vector<std::optional<Instant>> planned(groups_.size());
  for (const std::uint32_t group : before.heap_) {
    if (moved[group] != kNone) planned[moved[group]] = before.groups_[group].next;
  }
  // Control addresses ride along with the rounds of the targets; they only need their own when there is none.
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    if (group == controls_ && groups_.size() > 1) continue;
    Instant at = planned[group].value_or(now);
    if (!planned[group]) at += phase_of(joined_++ + (one_of_block_ ? stagger_ : 0), interval_);
    // Keeps the order of the groups: a phase is the same moment modulo the new interval.
    if (at > now + interval_) at = now + (at - now) % interval_;
    plan(group, at);
  }
  if (one_of_block_) {
    follow_ups_ = std::move(before.follow_ups_);
    follow_ups_.change_groups(groups_.size(), before.one_of_block_ ? moved : std::vector<std::uint32_t>{});
  }
  take_over_line(before, moved);
}

// Who is in line stays there, with what is left of the round.
void WatchList::take_over_line(WatchList& before, const std::vector<std::uint32_t>& moved) {
  for (std::uint32_t old = 0; old < moved.size(); ++old) {
    if (moved[old] == kNone || !asks_one(moved[old])) continue;
    Group& group = groups_[moved[old]];
    group.asked = before.groups_[old].asked % group.count;
  }
  for (; !before.line_.empty(); before.line_.pop_front()) {
    const std::uint32_t old = before.line_.front();
    if (moved[old] == kNone) continue;
    Group& group = groups_[moved[old]];
    if (!asks_one(moved[old]) && !skip_to_in_line(group)) continue;
    group.waiting = true;
    group.due = before.groups_[old].due;
    group.missed = before.groups_[old].missed;
    line_.push_back(moved[old]);
  }
}

std::vector<std::uint32_t> WatchList::take_over_watches(const WatchList& before) {
  std::vector<std::uint32_t> moved(before.watches_.size(), kNone);
  for (std::uint32_t old = 0; old < before.watches_.size(); ++old) {
    const Watch& was = before.watches_[old];
    moved[old] = find(before.target_of(old), was.address);
    if (moved[old] == kNone) continue;
    Watch& is = watches_[moved[old]];
    is.in_line = was.in_line;
    is.answering = was.answering;
    is.silent_in_row = was.silent_in_row;
    is.latest = was.latest;
    is.last_answer = was.last_answer;
    is.answer_rate = was.answer_rate;
  }
  return moved;
}

std::size_t WatchList::slot_of(const IpAddress& address) const {
  return std::hash<IpAddress>{}(address) & (slots_.size() - 1);
}

std::uint32_t WatchList::find(const std::string& target, const IpAddress& address) const {
  std::uint32_t found = kNone;
  for_each(address, [&](std::uint32_t watch) {
    if (target_of(watch) == target) found = watch;
  });
  return found;
}

bool WatchList::later(std::uint32_t a, std::uint32_t b) const {
  return std::pair(groups_[a].next, a) > std::pair(groups_[b].next, b);
}

void WatchList::plan(std::uint32_t group, Instant at) {
  groups_[group].next = at;
  heap_.push_back(group);
  std::push_heap(heap_.begin(), heap_.end(), [this](auto a, auto b) { return later(a, b); });
}

void WatchList::start_rounds(Instant now) {
  while (!heap_.empty() && groups_[heap_.front()].next <= now) {
    std::pop_heap(heap_.begin(), heap_.end(), [this](auto a, auto b) { return later(a, b); });
    const std::uint32_t group = heap_.back();
    heap_.pop_back();
    const Instant due = groups_[group].next;
    // Rounds missed while the machine slept are skipped, not sent in a burst.
    plan(group, due + ((now - due) / interval_ + 1) * interval_);
    // Controls first, so that a silent target can be judged by what the vantage point saw right before. Rounds of many
    // targets share one asking.
    if (group != controls_ &&
        (controls_asked_ == Instant::min() || due - controls_asked_ >= std::min(interval_ / 4, kControlsApart))) {
      line_up_controls(due);
    }
    if (asks_one(group)) follow_ups_.handle_round(group);
    line_up(group, due);
  }
  if (!one_of_block_) return;
  while (const auto group = follow_ups_.take_due(now)) {
    if (!groups_[*group].waiting) line_up(*group, now);
  }
}

// Misses are learned from once the address answers again: those of an outage would teach that it is unreliable.
void WatchList::handle_answer(std::uint32_t index) {
  Watch& watch = watches_[index];
  if (!asks_one(watch.group)) return;
  if (!follow_ups_.is_silent(watch.group)) {
    for (int i = 0; i < watch.silent_in_row; ++i) watch.answer_rate = learned(watch.answer_rate, 0);
  }
  watch.answer_rate = learned(watch.answer_rate, kAlways);
  follow_ups_.handle_answer(watch.group);
}

void WatchList::handle_miss(std::uint32_t index, Instant sent, Instant now) {
  const Watch& watch = watches_[index];
  if (!asks_one(watch.group)) return;
  const double answers = std::min(kHighestRate, static_cast<double>(watch.answer_rate) / kAlways);
  const auto evidence = static_cast<float>(-std::log(1 - answers));
  if (!follow_ups_.handle_miss(watch.group, evidence, sent + timeout_)) return;
  // That nobody there answers means something when somebody else does who was asked later.
  if (controls_asked_ <= sent) line_up_controls(now);
}

void WatchList::ask_now(const std::string& target, const Block& block, const std::optional<IpAddress>& first,
                        Instant now) {
  const std::uint32_t group = find_group(target, block);
  if (group != kNone && first) {
    const std::uint32_t watch = find(target, *first);
    if (watch != kNone && watches_[watch].group == group) groups_[group].asked = watch - groups_[group].first;
  }
  if (group == kNone || groups_[group].waiting || follow_ups_.is_in_doubt(group)) return;
  follow_ups_.handle_round(group);
  line_up(group, now);
}

void WatchList::line_up_controls(Instant due) {
  if (controls_ == kNone) return;
  controls_asked_ = due;
  line_up(controls_, due);
}

void WatchList::line_up(std::uint32_t group, Instant due) {
  Group& g = groups_[group];
  if (g.count == 0) return;
  if (g.waiting) {
    // Still in line since the last round: the limits are too low for these intervals, and pacing lag says so.
    g.missed = true;
    return;
  }
  g.waiting = true;
  g.due = due;
  if (!asks_one(group)) {
    g.asked = 0;
    for (std::uint32_t watch = g.first; watch < g.first + g.count; ++watch) watches_[watch].in_line = true;
  }
  line_.push_back(group);
}

bool WatchList::skip_to_in_line(Group& group) const {
  while (group.asked < group.count && !watches_[group.first + group.asked].in_line) ++group.asked;
  return group.asked < group.count;
}

std::uint32_t WatchList::take_next() {
  if (line_.empty()) return kNone;
  const std::uint32_t index = line_.front();
  Group& group = groups_[index];
  const std::uint32_t watch = group.first + group.asked;
  watches_[watch].in_line = false;
  const bool one = asks_one(index);
  if (one) group.asked = (group.asked + 1) % group.count;
  if (one || !skip_to_in_line(group)) {
    line_.pop_front();
    group.waiting = false;
    if (std::exchange(group.missed, false)) line_up(index, group.due + interval_);
  }
  return watch;
}

Instant WatchList::next_due() const {
  if (!line_.empty()) return groups_[line_.front()].due;
  const Instant round = heap_.empty() ? Instant::max() : groups_[heap_.front()].next;
  return std::min(round, follow_ups_.next_due());
}

}  // namespace isthmus::probes
