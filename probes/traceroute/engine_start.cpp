// How traces begin: whose turn it is, from where, and at which hop.

#include <algorithm>
#include <cerrno>

#include "probes/traceroute/engine.hpp"
#include "probes/traceroute/run.hpp"

namespace isthmus::probes {
namespace {

// So many hops before a destination are never left out to spare routers: the upstream is among them, behind borders
// that are silent or numbered by somebody else.
constexpr int kFarEnd = 4;
// How long a near hop may be left to the other traces at least: in shorter rounds, a router that answers once a second
// would miss some of them.
constexpr Duration kNearRound = std::chrono::seconds(5);

}  // namespace

void TraceEngine::start_rounds(Instant now) {
  while (const auto due = rounds_.pop_due(now)) {
    const TraceGoal& goal = goal_of_key_.at(due->key);
    auto& memory = goals_.at(goal);
    for (std::uint16_t flow = 0; flow < memory.size(); ++flow) {
      if (memory[flow].tracing || std::exchange(memory[flow].waiting, true)) continue;
      waiting_.push_back({goal, FlowId{flow}, due->at});
    }
  }
}

void TraceEngine::start_waiting(Instant now, Timestamp wall) {
  start_looks(now, wall);
  while (!waiting_.empty() && active_.size() < settings_.concurrency) {
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!is_looked_at(next) && !waits_for_quota(next, now)) start(next, 0, now, wall);
  }
  serve_quotas(now, wall);
}

// A trace and a look at the same path would take each other's answers: the trace follows.
bool TraceEngine::is_looked_at(const Waiting& waiting) {
  PathMemory& memory = *memory_of(waiting.goal, waiting.flow);
  if (memory.looking) memory.traced_next = true;
  return memory.looking;
}

void TraceEngine::start(const Waiting& waiting, std::size_t paid, Instant now, Timestamp wall) {
  Memories& memories = goals_.at(waiting.goal);
  PathMemory& memory = memories[waiting.flow.value];
  memory.waiting = false;
  const auto source = source_for_(waiting.goal.address);
  if (!source) {
    report_no_route(waiting, wall);
    return;
  }
  TraceSettings settings = settings_;
  settings.first_ttl = first_ttl_of(memory, *source, now);
  near_.asking(*source, settings.first_ttl, settings.max_ttl, now);
  using Use = schedule::ProbeQuota::Use;
  activate({.goal = waiting.goal,
            .flow = waiting.flow,
            .run = std::make_unique<TraceRun>(settings, waiting.goal.address, memory.distance, now),
            .sentinel = nullptr,
            .is_extra = false,
            .use = waiting.urgent ? Use::check : Use::whole_trace,
            .paid = paid,
            .memories = &memories,
            .first_ttl = settings.first_ttl,
            .source = *source,
            .started = now,
            .wall = wall},
           now);
}

void TraceEngine::activate(Active active, Instant now) {
  PathMemory& memory = (*active.memories)[active.flow.value];
  (active.sentinel != nullptr ? memory.looking : memory.tracing) = true;
  const RunId id = next_run_++;
  active_.emplace(id, std::move(active));
  update(id, now);
}

void TraceEngine::report_no_route(const Waiting& waiting, Timestamp wall) {
  ++send_failures_;
  observations_.push_back({vantage_,
                           waiting.goal.target,
                           IpAddress(),
                           waiting.goal.address,
                           settings_.protocol,
                           waiting.flow,
                           wall,
                           wall,
                           {Hop{settings_.first_ttl, {SendFailed{ENETUNREACH}}}},
                           StopReason::send_failed});
}

// Where a trace begins: at the first TTL, unless the last one reached its destination and only the hops near it matter
// this time, or one of the routers near the vantage point, which other traces ask too, has nothing left for this one.
// The end of the path, where its upstream is, is always asked as a whole.
Ttl TraceEngine::first_ttl_of(const PathMemory& memory, const IpAddress& source, Instant now) const {
  const int first = settings_.first_ttl;
  if (!memory.distance || memory.partial == kWholeWayNext) return settings_.first_ttl;
  const bool whole_way = memory.partial >= settings_.full_every - 1;
  int begin = first;
  if (settings_.window > 0 && !whole_way) begin = std::max(first, *memory.distance - settings_.window);
  const auto has_nothing_left = [&](int ttl) {
    return budget_.wait(memory.routers.at(static_cast<Ttl>(ttl)), now) > Duration::zero();
  };
  const Duration round = std::max(settings_.interval, kNearRound);
  int ttl = first + near_.known(source, settings_.first_ttl, memory.routers, now, round);
  while (ttl > first && !has_nothing_left(ttl - 1)) --ttl;
  begin = std::max(begin, std::min(ttl, *memory.distance - kFarEnd));
  return static_cast<Ttl>(begin);
}

}  // namespace isthmus::probes
