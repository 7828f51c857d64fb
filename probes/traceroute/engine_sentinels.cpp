// Looks at known paths between whole traces: who is looked at when, what is made of it, and what a target may cost.

#include <algorithm>
#include <iterator>

#include "probes/traceroute/engine.hpp"

namespace isthmus::probes {
namespace {

using schedule::ProbeQuota;

// With sentinels, whole traces may use so much of a target's quota: they are the ground truth, sentinels the news.
constexpr double kWholeTraces = 0.5;
// Probes of a whole trace to a destination that was not reached yet.
constexpr std::size_t kUsualTrace = 16;
// Part of what is left for looks that is kept for what they find out.
constexpr double kKeptForChanges = 0.1;
// Probes of a usual look: the patrol's among them.
constexpr double kProbesOfLook = 1 + 1.0 / Watch::kPatrolEvery;

}  // namespace

void TraceEngine::adopt_quotas(Instant now) {
  const double whole = settings_.sentinel ? kWholeTraces : 1;
  for (auto entry = quotas_.begin(); entry != quotas_.end();) {
    Quota& quota = entry->second;
    const auto wanted = quota_settings_.find(entry->first);
    if (wanted != quota_settings_.end() && wanted->second == quota.per_hour && whole == quota.whole) {
      ++entry;
      continue;
    }
    std::ranges::move(quota.queue, std::back_inserter(waiting_));
    entry = quotas_.erase(entry);
  }
  for (const auto& [target, per_hour] : quota_settings_) {
    if (!quotas_.contains(target)) quotas_.emplace(target, Quota{per_hour, whole, ProbeQuota(per_hour, whole), {}});
  }
  std::map<std::string, std::size_t> paths;
  for (const auto& [goal, memories] : goals_) paths[goal.target] += memories.size();
  for (const auto& [target, count] : paths) share_quota(target, count, now);
}

// What the whole traces of a target leave of its quota is for looks.
void TraceEngine::share_quota(const std::string& target, std::size_t paths, Instant now) {
  const ProbeQuota* quota = quota_of(target);
  if (quota == nullptr) {
    looks_.set_budget(target, std::nullopt, now);
    return;
  }
  const double whole = static_cast<double>(paths * kUsualTrace) / to_seconds(settings_.interval);
  const double left = quota->per_second() - std::min(whole, kWholeTraces * quota->per_second());
  looks_.set_budget(target, left * (1 - kKeptForChanges) / kProbesOfLook, now);
}

void TraceEngine::plan_looks(Instant now) {
  if (settings_.sentinel) looks_.set_interval(settings_.sentinel->interval, now);
  for (auto& [goal, memories] : goals_) {
    for (std::uint16_t flow = 0; flow < memories.size(); ++flow) {
      PathMemory& memory = memories[flow];
      if (!settings_.sentinel) {
        forget_looks(memory);
        memory.watch.reset();
      } else if (!memory.watch) {
        memory.id = ++next_path_;
        memory.watch.emplace(FlowId{flow});
        looked_at_.emplace(memory.id, std::pair(goal, FlowId{flow}));
        looks_.add(memory.id, goal.target, now);
      }
    }
  }
}

void TraceEngine::forget_looks(const PathMemory& memory) {
  if (!memory.watch) return;
  looks_.remove(memory.id);
  looked_at_.erase(memory.id);
}

schedule::ProbeQuota* TraceEngine::quota_of(const std::string& target) {
  if (quotas_.empty()) return nullptr;
  const auto found = quotas_.find(target);
  return found == quotas_.end() ? nullptr : &found->second.left;
}

// What a trace is likely to cost. It is paid for as a whole, so that it does not have to wait in its middle: an old
// trace hides what has changed since.
std::size_t TraceEngine::price_of(const Waiting& waiting) {
  const auto distance = memory_of(waiting.goal, waiting.flow)->distance;
  return distance ? *distance : kUsualTrace;
}

// Whether a trace has to wait for its target's quota, and is put where it does.
bool TraceEngine::waits_for_quota(const Waiting& waiting, Instant now) {
  const auto found = quotas_.find(waiting.goal.target);
  if (found == quotas_.end()) return false;
  auto& queue = found->second.queue;
  waiting.urgent ? queue.push_front(waiting) : queue.push_back(waiting);
  served_.emplace(now, found->first);
  return true;
}

void TraceEngine::serve_quotas(Instant now, Timestamp wall) {
  while (!served_.empty() && served_.begin()->first <= now && active_.size() < settings_.concurrency) {
    const auto found = quotas_.find(served_.begin()->second);
    served_.erase(served_.begin());
    if (found == quotas_.end() || found->second.queue.empty()) continue;
    Quota& quota = found->second;
    const Waiting next = quota.queue.front();
    const auto use = next.urgent ? ProbeQuota::Use::check : ProbeQuota::Use::whole_trace;
    const std::size_t price = price_of(next);
    if (const Duration wait = quota.left.wait(use, now, price); wait > Duration::zero()) {
      served_.emplace(now + wait, found->first);
      continue;
    }
    quota.queue.pop_front();
    served_.emplace(now, found->first);
    if (is_looked_at(next)) continue;
    quota.left.take(use, now, price);
    start(next, price, now, wall);
  }
}

void TraceEngine::empty_queues(const std::function<bool(const Waiting&)>& gone) {
  for (auto& [target, quota] : quotas_) std::erase_if(quota.queue, gone);
}

Duration TraceEngine::quota_wait(const Active& active, Instant now) {
  if (active.paid > 0) return Duration::zero();
  const ProbeQuota* quota = quota_of(active.goal.target);
  return quota == nullptr ? Duration::zero() : quota->wait(active.use, now);
}

void TraceEngine::pay(Active& active, Instant now) {
  if (active.paid > 0) {
    --active.paid;
  } else if (ProbeQuota* quota = quota_of(active.goal.target)) {
    quota->take(active.use, now);
  }
}

void TraceEngine::advise(const TraceGoal& goal, FlowId flow, const IpAddress& router) {
  PathMemory* memory = memory_of(goal, flow);
  if (memory != nullptr && memory->watch) memory->watch->advise(router);
}

void TraceEngine::look_now(const TraceGoal& goal, Instant now) {
  const auto found = goals_.find(goal);
  if (found == goals_.end()) return;
  for (std::uint16_t flow = settings_.flows; flow-- > 0;) {
    PathMemory& memory = found->second[flow];
    if (!memory.watch || !memory.watch->path()) {
      trace_first(goal, FlowId{flow}, now);
    } else if (!memory.looking && !memory.tracing) {
      memory.watch->want_report();
      looks_.hurry(memory.id, now);
    }
  }
}

void TraceEngine::start_looks(Instant now, Timestamp wall) {
  while (active_.size() < settings_.concurrency) {
    const auto due = looks_.pop_due(now);
    if (!due) return;
    start_look(*due, now, wall);
  }
}

// Where the router has nothing left for a look, the nearest other hop that tells of a change is asked: many flows go
// through one upstream. Nothing when those have nothing left either.
std::optional<Post> TraceEngine::post_of(Watch& watch, Instant now) const {
  const Post post = watch.next_post();
  const auto is_busy = [&](const Post& asked) {
    return asked.router && budget_.wait(*asked.router, now) > Duration::zero();
  };
  if (!is_busy(post)) return post;
  for (const Post& other : watch.posts_instead(post)) {
    if (!is_busy(other)) return other;
  }
  return std::nullopt;
}

void TraceEngine::start_look(schedule::CheckPlan::Id id, Instant now, Timestamp wall) {
  const auto& [goal, flow] = looked_at_.at(id);
  Memories& memories = goals_.at(goal);
  PathMemory& memory = memories[flow.value];
  const Instant later = now + settings_.sentinel->interval;
  if (memory.tracing) return looks_.postpone(id, later);  // which is a look as well
  if (memory.watch->needs_whole()) {
    const bool has_waited = std::exchange(memory.waiting, true);
    if (!has_waited) waiting_.push_back({goal, flow, now, false});
    if (!has_waited || !memory.watch->path()) return looks_.postpone(id, later);
  }
  if (const ProbeQuota* quota = quota_of(goal.target)) {
    const Duration wait = quota->wait(ProbeQuota::Use::check, now);
    if (wait > Duration::zero()) return looks_.postpone(id, now + wait);
  }
  const auto source = source_for_(goal.address);
  if (!source) return looks_.postpone(id, later);  // whole traces tell of that
  const auto post = post_of(*memory.watch, now);
  if (!post) return looks_.postpone(id, now + longest_wait());
  auto run = std::make_unique<SentinelRun>(settings_, goal.address, memory.watch->path(), *post, now);
  const SentinelRun* sentinel = run.get();
  activate({.goal = goal,
            .flow = flow,
            .run = std::move(run),
            .sentinel = sentinel,
            .is_extra = post->is_extra,
            .use = ProbeQuota::Use::check,
            .paid = 0,
            .memories = &memories,
            .first_ttl = settings_.first_ttl,
            .source = *source,
            .started = now,
            .wall = wall},
           now);
}

void TraceEngine::finish_look(RunId id, Instant now) {
  using Finding = SentinelRun::Finding;
  Active& active = active_.at(id);
  const TraceGoal goal = active.goal;
  const FlowId flow = active.flow;
  PathMemory& memory = (*active.memories)[flow.value];
  Watch& watch = *memory.watch;
  const SentinelRun& run = *active.sentinel;
  const Finding finding = run.finding();
  if (finding == Finding::balanced) watch.saw_balanced(run.post().ttl);
  if (finding == Finding::unchanged) {
    watch.count_answers(run.asked_at_post(), run.answered_at_post());
    Trace trace = trace_of(active, now);
    if (run.answered_at_post() > 0 && !active.is_extra && watch.saw_unchanged(trace))
      observations_.push_back(std::move(trace));
  }
  if (finding == Finding::changed || finding == Finding::fell_silent) {
    Trace trace = trace_of(active, now);
    memory.distance = run.distance();
    memory.routers.clear();
    for (const Hop& hop : trace.hops) {
      if (const Reply* reply = hop.answer()) memory.routers.emplace(hop.ttl, reply->from);
    }
    watch.saw_change(trace);
    observations_.push_back(std::move(trace));
  }
  const bool again = active.is_extra && finding != Finding::changed;
  drop(id);
  if (again) {
    looks_.postpone(memory.id, now);
  } else if (finding == Finding::undecided) {
    looks_.postpone(memory.id, now + settings_.sentinel->interval);
  } else {
    looks_.looked(memory.id, finding == Finding::changed, now);
  }
  if (std::exchange(memory.traced_next, false)) waiting_.push_front({goal, flow, now, true});
}

void TraceEngine::watch_whole(PathMemory& memory, const Trace& trace, Instant now) {
  if (!memory.watch || trace.stop == StopReason::send_failed) return;
  const bool changed = memory.watch->saw_whole(trace);
  looks_.noticed(memory.id, changed, now);
}

}  // namespace isthmus::probes
