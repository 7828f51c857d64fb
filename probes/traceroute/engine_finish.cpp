// What becomes of a trace that is done: an observation, and what is known of its path from then on.

#include <algorithm>

#include "probes/traceroute/engine.hpp"
#include "probes/traceroute/run.hpp"

namespace isthmus::probes {

void TraceEngine::finish(RunId id, Instant now) {
  Active& active = active_.at(id);
  Trace trace = trace_of(active, now);
  PathMemory& memory = (*active.memories)[active.flow.value];
  const bool is_partial = active.first_ttl != settings_.first_ttl;
  const bool ask_all = is_partial && differs(trace, active, memory);
  const TraceGoal goal = active.goal;
  const FlowId flow = active.flow;
  remember(active, trace, memory);
  memory.partial = ask_all ? kWholeWayNext : is_partial ? std::min(memory.partial + 1, kWholeWayNext - 1) : 0;
  // A trace whose destination moved closer than where it began saw no path at all.
  const Reply* nearest = trace.hops.empty() ? nullptr : trace.hops.front().answer();
  const bool saw_nothing = ask_all && nearest != nullptr && nearest->from == trace.destination;
  if (!saw_nothing) {
    watch_whole(memory, trace, now);
    observations_.push_back(std::move(trace));
  }
  drop(id);
  if (!ask_all) return;
  memory.waiting = true;
  waiting_.push_front({goal, flow, now, true});
}

Trace TraceEngine::trace_of(const Active& active, Instant now) const {
  return {vantage_,           active.goal.target,
          active.source,      active.goal.address,
          settings_.protocol, active.flow,
          active.wall,        active.wall + std::max(Duration::zero(), now - active.started),
          active.run->hops(), active.run->stop()};
}

// Whether a trace that did not go the whole way met something else than the one before where both have looked: then
// the part that was left out may have changed as well.
bool TraceEngine::differs(const Trace& trace, const Active& active, const PathMemory& memory) {
  if (active.run->distance() != memory.distance) return true;
  for (const Hop& hop : trace.hops) {
    const Reply* reply = hop.answer();
    const auto known = memory.routers.find(hop.ttl);
    if (reply != nullptr && known != memory.routers.end()) return reply->from != known->second;
  }
  return true;
}

void TraceEngine::remember(const Active& active, const Trace& trace, PathMemory& memory) {
  memory.distance = active.run->distance();
  for (const Hop& hop : trace.hops) {
    // A silent router keeps its place: it may be silent because its budget was overdrawn. Not on another path.
    if (const Reply* reply = hop.answer()) {
      memory.routers.insert_or_assign(hop.ttl, reply->from);
    } else if (active.moved) {
      memory.routers.erase(hop.ttl);
    }
  }
}

}  // namespace isthmus::probes
