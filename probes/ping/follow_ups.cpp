#include "probes/ping/follow_ups.hpp"

#include <algorithm>
#include <functional>

namespace isthmus::probes {

void FollowUps::change_groups(std::size_t groups, const std::vector<std::uint32_t>& moved) {
  std::vector<Group> before = std::exchange(groups_, std::vector<Group>(groups));
  const auto planned = std::exchange(planned_, {});
  for (std::size_t old = 0; old < before.size() && old < moved.size(); ++old) {
    if (moved[old] >= groups) continue;
    groups_[moved[old]] = before[old];
    groups_[moved[old]].planned = false;
  }
  for (const auto& [at, old] : planned) {
    if (moved[old] < groups) plan(moved[old], at);
  }
}

bool FollowUps::is_decided(const Group& group) {
  if (group.silent) return group.misses >= kRecovery;
  return group.misses >= kMost || (group.misses >= kLeast && group.evidence >= kEnough);
}

void FollowUps::handle_round(std::uint32_t group) {
  if (groups_[group].silent) groups_[group].misses = 0;
}

void FollowUps::handle_answer(std::uint32_t group) {
  const bool planned = groups_[group].planned;
  groups_[group] = Group{};
  groups_[group].planned = planned;
}

bool FollowUps::handle_miss(std::uint32_t group, float evidence, Instant over) {
  Group& g = groups_[group];
  if (g.misses < kMost) ++g.misses;
  g.evidence += evidence;
  if (!is_decided(g)) {
    if (!g.planned) plan(group, over);
    return false;
  }
  return !std::exchange(g.silent, true);
}

// An answer since then makes a planned probe needless.
std::optional<std::uint32_t> FollowUps::take_due(Instant now) {
  while (!planned_.empty() && planned_.front().first <= now) {
    std::pop_heap(planned_.begin(), planned_.end(), std::greater<>());
    const std::uint32_t group = planned_.back().second;
    planned_.pop_back();
    groups_[group].planned = false;
    if (groups_[group].misses > 0) return group;
  }
  return std::nullopt;
}

void FollowUps::plan(std::uint32_t group, Instant at) {
  groups_[group].planned = true;
  planned_.emplace_back(at, group);
  std::push_heap(planned_.begin(), planned_.end(), std::greater<>());
}

}  // namespace isthmus::probes
