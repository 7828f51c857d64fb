#include "probes/ping/watch_list.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace isthmus::probes {
namespace {

// First rounds at phases that split the largest gaps of the interval first: multiples of the golden ratio.
Duration phase_of(std::uint64_t joined, Duration interval) {
  const double turn = static_cast<double>(joined) * 0.6180339887498949;
  return Duration(static_cast<Duration::rep>((turn - std::floor(turn)) * static_cast<double>(interval.count())));
}

}  // namespace

std::vector<std::uint32_t> WatchList::replace(const std::vector<PingGroup>& groups, Duration interval, Instant now) {
  WatchList before = std::exchange(*this, WatchList());
  joined_ = before.joined_;
  interval_ = interval;
  controls_asked_ = before.controls_asked_;
  std::size_t addresses = 0;
  for (const PingGroup& group : groups) addresses += group.addresses.size();
  watches_.reserve(addresses);
  groups_.reserve(groups.size());
  slots_.assign(std::bit_ceil(2 * addresses + 1), kNone);
  heap_.reserve(groups.size());
  for (const PingGroup& group : groups) add_group(group);

  auto moved = take_over_watches(before);
  take_over_rounds(before, now);
  return moved;
}

void WatchList::take_over_rounds(WatchList& before, Instant now) {
  std::unordered_map<std::string_view, std::uint32_t> by_name;
  for (std::uint32_t group = 0; group < groups_.size(); ++group) by_name.emplace(groups_[group].name, group);
  std::vector<std::optional<Instant>> planned(groups_.size());
  for (const std::uint32_t group : before.heap_) {
    const auto same = by_name.find(before.groups_[group].name);
    if (same != by_name.end()) planned[same->second] = before.groups_[group].next;
  }
  // Control addresses ride along with the rounds of the targets; they only need their own when there is none.
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    if (group == controls_ && groups_.size() > 1) continue;
    Instant at = planned[group].value_or(now);
    if (!planned[group]) at += phase_of(joined_++, interval_);
    // Keeps the order of the groups: a phase is the same moment modulo the new interval.
    if (at > now + interval_) at = now + (at - now) % interval_;
    plan(group, at);
  }
  // Who is in line stays there, with what is left of the round.
  for (; !before.line_.empty(); before.line_.pop_front()) {
    const Group& old = before.groups_[before.line_.front()];
    const auto same = by_name.find(old.name);
    if (same == by_name.end() || !skip_to_in_line(groups_[same->second])) continue;
    Group& group = groups_[same->second];
    group.waiting = true;
    group.due = old.due;
    group.missed = old.missed;
    line_.push_back(same->second);
  }
}

void WatchList::add_group(const PingGroup& group) {
  const auto index = static_cast<std::uint32_t>(groups_.size());
  const auto first = static_cast<std::uint32_t>(watches_.size());
  for (const IpAddress& address : group.addresses) {
    bool known = false;
    for_each(address, [&](std::uint32_t watch) { known |= groups_.size() == watches_[watch].group; });
    if (known) continue;
    std::size_t slot = slot_of(address);
    while (slots_[slot] != kNone) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = static_cast<std::uint32_t>(watches_.size());
    watches_.push_back({.address = address, .group = index});
  }
  if (group.target.empty()) controls_ = index;
  groups_.push_back(
      {.name = group.target, .first = first, .count = static_cast<std::uint32_t>(watches_.size()) - first});
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
    if (controls_ != kNone && group != controls_ &&
        (controls_asked_ == Instant::min() || due - controls_asked_ >= interval_ / 4)) {
      controls_asked_ = due;
      line_up(controls_, due);
    }
    line_up(group, due);
  }
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
  g.asked = 0;
  for (std::uint32_t watch = g.first; watch < g.first + g.count; ++watch) watches_[watch].in_line = true;
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
  if (!skip_to_in_line(group)) {
    line_.pop_front();
    group.waiting = false;
    if (std::exchange(group.missed, false)) line_up(index, group.due + interval_);
  }
  return watch;
}

Instant WatchList::next_due() const {
  if (!line_.empty()) return groups_[line_.front()].due;
  return heap_.empty() ? Instant::max() : groups_[heap_.front()].next;
}

}  // namespace isthmus::probes
