#include "isthmus/schedule/check_plan.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "isthmus/schedule/check_rates.hpp"

namespace isthmus::schedule {
namespace {

Duration seconds(double value) { return Duration(static_cast<Duration::rep>(value * 1e9)); }

}  // namespace

void CheckPlan::set_interval(Duration interval, Instant now) {
  if (interval == interval_) return;
  interval_ = interval;
  for (auto& [name, group] : groups_) share(group, now);
}

void CheckPlan::set_budget(const std::string& group, std::optional<double> per_second, Instant now) {
  Group& found = groups_[group];
  if (found.budget == per_second) return;
  found.budget = per_second;
  share(found, now);
}

void CheckPlan::add(Id id, const std::string& group_name, Instant now) {
  if (paths_.contains(id)) return;
  Group& group = groups_[group_name];
  group.members.insert(id);
  Path& path = paths_[id];
  path.group = group_name;
  path.last = now;
  share(group, now);
  // Multiples of the golden ratio split the largest gaps first.
  const double turn = static_cast<double>(++group.joined) * 0.6180339887498949;
  move(id, path, now + seconds((turn - std::floor(turn)) / path.rate));
}

void CheckPlan::remove(Id id) {
  const auto found = paths_.find(id);
  if (found == paths_.end()) return;
  move(id, found->second, Instant::max());
  groups_.at(found->second.group).members.erase(id);
  paths_.erase(found);
}

std::optional<CheckPlan::Id> CheckPlan::pop_due(Instant now) {
  if (queue_.empty() || queue_.begin()->first > now) return std::nullopt;
  const Id id = queue_.begin()->second;
  move(id, paths_.at(id), Instant::max());
  return id;
}

void CheckPlan::looked(Id id, bool changed, Instant now) {
  const auto found = paths_.find(id);
  if (found == paths_.end()) return;
  Path& path = found->second;
  learn(path, changed, now);
  if (const auto planned = std::exchange(path.planned, std::nullopt); planned && *planned > now) {
    move(id, path, *planned);
  } else {
    plan_next(id, path, now);
  }
}

void CheckPlan::hurry(Id id, Instant now) {
  const auto found = paths_.find(id);
  if (found == paths_.end() || found->second.due <= now) return;
  Path& path = found->second;
  if (!path.planned && path.due != Instant::max()) path.planned = path.due;
  move(id, path, now);
}

void CheckPlan::noticed(Id id, bool changed, Instant now) {
  const auto found = paths_.find(id);
  if (found != paths_.end()) learn(found->second, changed, now);
}

void CheckPlan::learn(Path& path, bool changed, Instant now) {
  path.changes.looked(now - path.last, changed);
  path.last = now;
  Group& group = groups_.at(path.group);
  // What is believed of quiet paths moves slowly: sharing anew once an interval is enough. A change matters at once.
  if (group.budget && (changed || now - group.planned >= interval_)) share(group, now);
}

void CheckPlan::postpone(Id id, Instant until) {
  const auto found = paths_.find(id);
  if (found != paths_.end()) move(id, found->second, until);
}

// The rates of a group, and what is planned for its paths as far as that changes it. Paths that are being looked at are
// planned when that is over.
void CheckPlan::share(Group& group, Instant now) {
  const double least = 1 / to_seconds(interval_);
  group.planned = now;
  std::vector<double> rates(group.members.size(), least);
  if (group.budget) {
    std::vector<double> changes;
    for (const Id id : group.members) changes.push_back(paths_.at(id).changes.per_second());
    rates = share_checks(changes, {.budget = *group.budget, .least = least, .most = kMostPerInterval * least});
  }
  auto rate = rates.begin();
  for (const Id id : group.members) {
    Path& path = paths_.at(id);
    const bool moves = path.rate != *rate && path.due != Instant::max();
    path.rate = *rate++;
    if (moves) plan_next(id, path, now);
  }
}

void CheckPlan::plan_next(Id id, Path& path, Instant earliest) {
  move(id, path, std::max(earliest, path.last + seconds(1 / path.rate)));
}

void CheckPlan::move(Id id, Path& path, Instant to) {
  if (path.due != Instant::max()) queue_.erase({path.due, id});
  if (to != Instant::max()) queue_.emplace(to, id);
  path.due = to;
}

}  // namespace isthmus::schedule
