#include "resilience/path_log.hpp"

#include <algorithm>
#include <boost/container_hash/hash.hpp>
#include <chrono>
#include <limits>

namespace isthmus::resilience {
namespace {

// Traces in a row that a change needs; more when the new path ends in silence, which passing loss explains as well.
constexpr std::uint32_t kConfirmations = 2;
constexpr std::uint32_t kConfirmationsOfSilence = 4;
constexpr Duration kRestlessFor = std::chrono::hours(1);
constexpr std::uint8_t kMostRestless = 6;

std::int64_t hour_of(Timestamp time) { return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count(); }

// Every AS of `part` is in `whole`, in the same order.
bool is_part(const std::vector<Asn>& part, const std::vector<Asn>& whole) {
  auto at = whole.begin();
  return std::all_of(part.begin(), part.end(), [&](Asn asn) {
    at = std::find(at, whole.end(), asn);
    return at != whole.end() && (++at, true);
  });
}

// Nothing speaks against `seen` being a less complete sight of the path in `known`.
bool agrees(const PathLog::Sight& seen, const PathLog::Sight& known) {
  return !seen.complete && seen.summary.upstream == known.summary.upstream &&
         seen.summary.router == known.summary.router && is_part(seen.summary.as_path, known.summary.as_path);
}

// What makes two paths different; how sure the conclusion is does not.
bool same_path(const PathSummary& a, const PathSummary& b) {
  return a.upstream == b.upstream && a.router == b.router && a.as_path == b.as_path;
}

}  // namespace

std::size_t hash_value(const PathLog::Flow& flow) {
  std::size_t seed = std::hash<IpAddress>{}(flow.address);
  boost::hash_combine(seed, flow.target);
  boost::hash_combine(seed, flow.vantage);
  boost::hash_combine(seed, flow.flow.value);
  return seed;
}

std::size_t hash_value(const PathLog::Sight& sight) {
  std::size_t seed = sight.summary.router ? std::hash<IpAddress>{}(*sight.summary.router) : 0;
  for (const Asn asn : sight.summary.as_path) boost::hash_combine(seed, asn.number);
  boost::hash_combine(seed, sight.summary.upstream.number);
  return seed;
}

void PathLog::show(Memory& memory, Sight sight, Timestamp time, bool is_new) {
  if (is_new) {
    memory.settled = keep(sight);
    memory.shown = keep(std::move(sight));
  } else if (const Sight& settled = sights_[memory.settled].sight;
             same_path(sight.summary, settled.summary) || agrees(sight, settled)) {
    replace(memory.shown, memory.settled);
  } else if (agrees(settled, sight)) {
    // Nothing has changed, more of it was seen.
    const SightId id = keep(std::move(sight));
    replace(memory.settled, id);
    replace(memory.shown, id);
    release(id);
  } else if (const Sight& shown = sights_[memory.shown].sight; !same_path(sight.summary, shown.summary)) {
    const SightId id = keep(std::move(sight));
    replace(memory.shown, id);
    release(id);
    memory.run = 0;
    memory.first_shown = time;
  }
}

std::optional<PathLog::Change> PathLog::confirm(Memory& memory, Timestamp time) {
  memory.latest = time;
  if (memory.shown == memory.settled) {
    memory.run = 0;
    return std::nullopt;
  }
  if (memory.run < std::numeric_limits<std::uint16_t>::max()) ++memory.run;
  const auto quiet_hours = (time - memory.changed) / kRestlessFor;
  const auto restless = static_cast<std::uint8_t>(quiet_hours >= memory.restless ? 0 : memory.restless - quiet_hours);
  const PathSummary& after = sights_[memory.shown].sight.summary;
  const std::uint32_t needed = (after.upstream.is_none() ? kConfirmationsOfSilence : kConfirmations) << restless;
  if (memory.run < needed) return std::nullopt;
  Change change{.before = sights_[memory.settled].sight.summary, .after = after, .since = memory.first_shown};
  memory.restless = static_cast<std::uint8_t>(std::min<int>(restless + 1, kMostRestless));
  memory.changed = time;
  memory.run = 0;
  replace(memory.settled, memory.shown);
  return change;
}

bool PathLog::admit(const std::string& target, Timestamp time) {
  Hour& hour = hours_[target];
  const std::int64_t number = hour_of(time);
  if (hour.number < number) hour = Hour{.number = number, .kept = 0};
  if (hour.kept >= hourly_limit_) {
    ++left_out_[{hour.number, target}];
    return false;
  }
  ++hour.kept;
  return true;
}

std::vector<PathChangesLeftOut> PathLog::poll_left_out() {
  std::vector<PathChangesLeftOut> result;
  for (const auto& [key, count] : left_out_) {
    result.push_back({.hour = Timestamp(std::chrono::hours(key.first)), .target = key.second, .count = count});
  }
  left_out_.clear();
  return result;
}

void PathLog::forget_before(Timestamp time) {
  boost::unordered::erase_if(memory_, [&](const auto& entry) {
    if (entry.second.latest >= time) return false;
    release(entry.second.settled);
    release(entry.second.shown);
    return true;
  });
}

PathLog::SightId PathLog::keep(Sight sight) {
  const auto found = ids_.find(sight);
  if (found != ids_.end()) {
    ++sights_[found->second].uses;
    return found->second;
  }
  SightId id = static_cast<SightId>(sights_.size());
  if (free_.empty()) {
    sights_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  sights_[id] = Entry{.sight = sight, .uses = 1};
  ids_.emplace(std::move(sight), id);
  return id;
}

void PathLog::release(SightId id) {
  Entry& entry = sights_[id];
  if (--entry.uses > 0) return;
  ids_.erase(entry.sight);
  entry.sight = Sight{};
  free_.push_back(id);
}

void PathLog::replace(SightId& id, SightId by) {
  ++sights_[by].uses;
  release(id);
  id = by;
}

}  // namespace isthmus::resilience
