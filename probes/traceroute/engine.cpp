#include "probes/traceroute/engine.hpp"

#include <algorithm>

#include "probes/traceroute/run.hpp"

namespace isthmus::probes {
namespace {

std::string round_key(const TraceGoal& goal) { return goal.target + "\n" + to_string(goal.address); }

// A trace or look waits for a router that was found to limit its answers no longer than this part of the time until the
// path is looked at again: an old trace hides what has changed since.
constexpr int kWaitOfInterval = 10;

void move_in_queue(std::set<std::pair<Instant, std::uint64_t>>& queue, std::uint64_t id, Instant& key, Instant to) {
  if (key == to) return;
  if (key != Instant::max()) queue.erase({key, id});
  if (to != Instant::max()) queue.emplace(to, id);
  key = to;
}

}  // namespace

TraceEngine::TraceEngine(const wire::KeySeed& seed, std::string vantage, SourceLookup source_for)
    : table_(seed),
      vantage_(std::move(vantage)),
      source_for_(std::move(source_for)),
      rounds_(TraceSettings{}.interval) {}

void TraceEngine::set_goals(const std::vector<TraceGoal>& goals, const TraceSettings& settings, Instant now) {
  // What was learnt over one protocol, or with other TTLs, need not hold for another.
  const bool keep = settings.protocol == settings_.protocol && settings.destination_port == settings_.destination_port;
  settings_ = settings;
  table_.use(settings.protocol, settings.destination_port, settings.flows);
  rounds_.set_interval(settings.interval, now);
  auto before = std::exchange(goals_, {});
  goal_of_key_.clear();
  for (const TraceGoal& goal : goals) {
    auto known = before.extract(goal);
    if (known && !keep) {
      for (const PathMemory& memory : known.mapped()) forget_looks(memory);
    }
    Memories memory = known && keep ? std::move(known.mapped()) : Memories{};
    for (std::size_t flow = settings.flows; flow < memory.size(); ++flow) forget_looks(memory[flow]);
    memory.resize(settings.flows);
    goals_.emplace(goal, std::move(memory));
    goal_of_key_.emplace(round_key(goal), goal);
    rounds_.add(round_key(goal), now);
  }
  for (const auto& [goal, memories] : before) {
    if (!goals_.contains(goal)) rounds_.remove(round_key(goal));
    for (const PathMemory& memory : memories) forget_looks(memory);
  }
  const auto gone = [&](const auto& w) { return memory_of(w.goal, w.flow) == nullptr; };
  std::erase_if(waiting_, gone);
  empty_queues(gone);
  std::vector<RunId> ended;
  for (const auto& [id, active] : active_) {
    if (gone(active) || !keep || (active.sentinel != nullptr && !settings.sentinel)) ended.push_back(id);
  }
  for (const RunId id : ended) drop(id);
  for (auto& [id, active] : active_) active.memories = &goals_.at(active.goal);
  adopt_quotas(now);
  for (const Waiting& w : waiting_) memory_of(w.goal, w.flow)->waiting = true;
  plan_looks(now);
}

void TraceEngine::set_router_limit(double replies_per_second) { budget_.set_ceiling(replies_per_second); }

void TraceEngine::trace_now(const TraceGoal& goal, Instant now) {
  const auto found = goals_.find(goal);
  if (found == goals_.end()) return;
  for (std::uint16_t flow = settings_.flows; flow-- > 0;) trace_first(goal, FlowId{flow}, now);
}

// Ahead of all others, the whole way, and as if it had not been waiting already.
void TraceEngine::trace_first(const TraceGoal& goal, FlowId flow, Instant now) {
  PathMemory& memory = *memory_of(goal, flow);
  memory.partial = kWholeWayNext;
  memory.traced_next = false;
  if (memory.tracing) return;
  const auto is_it = [&](const Waiting& w) { return w.goal == goal && w.flow == flow; };
  if (memory.waiting) {
    std::erase_if(waiting_, is_it);
    empty_queues(is_it);
  }
  memory.waiting = true;
  waiting_.push_front({goal, flow, now, true});
}

TraceEngine::PathMemory* TraceEngine::memory_of(const TraceGoal& goal, FlowId flow) {
  const auto found = goals_.find(goal);
  if (found == goals_.end() || flow.value >= found->second.size()) return nullptr;
  return &found->second[flow.value];
}

std::optional<OpenProbe> TraceEngine::poll_probe(Instant now, Timestamp wall) {
  start_rounds(now);
  start_waiting(now, wall);
  while (!sends_.empty() && sends_.begin()->first <= now) {
    if (auto probe = ask(sends_.begin()->second, now)) return probe;
  }
  return std::nullopt;
}

// The run's next probe, if the router that would answer has something left. Either way the run moves on in sends_.
std::optional<OpenProbe> TraceEngine::ask(RunId id, Instant now) {
  Active& active = active_.at(id);
  std::optional<OpenProbe> probe;
  const auto ttl = active.run->next_ttl(now);
  const auto router = ttl ? predicted_router(*active.memories, active.flow, *ttl) : std::nullopt;
  const Duration wait = ttl ? quota_wait(active, now) : Duration::zero();
  if (wait > Duration::zero()) {
    active.run->hold(*ttl, now + wait);
  } else if (ttl && (!router || within_budget(active, *ttl, *router, now))) {
    const TraceProbe wanted{active.goal.address, active.flow, *ttl, active.run->is_retry(*ttl)};
    probe = table_.open(wanted, active.source, id, now);
    if (probe) {
      active.run->sent(*ttl, router, now);
      pay(active, now);
    } else {
      active.run->hold(*ttl, now + settings_.timeout);  // another target's trace to the same address has it out
    }
  }
  update(id, now);
  return probe;
}

Duration TraceEngine::longest_wait() const {
  return (settings_.sentinel ? settings_.sentinel->interval : settings_.interval) / kWaitOfInterval;
}

bool TraceEngine::within_budget(Active& active, Ttl ttl, const IpAddress& router, Instant now) {
  if (budget_.take(router, now)) return true;
  const Duration wait = budget_.wait(router, now);
  if (budget_.is_slowed(router) && wait > longest_wait()) {
    active.run->withhold(ttl, now);
    return false;
  }
  // No wait and yet no token: the budget knows too many routers at present.
  active.run->hold(ttl, now + (wait > Duration::zero() ? wait : settings_.timeout));
  return false;
}

// Who answered this flow at this TTL last time, or any other flow to the same address.
std::optional<IpAddress> TraceEngine::predicted_router(const Memories& memories, FlowId flow, Ttl ttl) {
  const auto& own = memories[flow.value].routers;
  if (const auto found = own.find(ttl); found != own.end()) return found->second;
  for (const PathMemory& other : memories) {
    if (const auto found = other.routers.find(ttl); found != other.routers.end()) return found->second;
  }
  return std::nullopt;
}

std::optional<InvalidReason> TraceEngine::handle_reply(const wire::DecodedPacket& packet, Instant received) {
  const auto settled = table_.settle(packet, received);
  if (const auto* reason = std::get_if<InvalidReason>(&settled)) return *reason;
  const auto& [owner, reply] = std::get<ProbeTable::Answer>(settled);
  Active& active = active_.at(owner.run);
  const Ttl ttl = owner.probe.ttl;
  // An answer that was not foreseen has cost its router something too.
  const std::optional<IpAddress>& foreseen = active.run->asked_of(ttl);
  if (foreseen != reply.from) budget_.take(reply.from, received);
  active.moved = active.moved || (foreseen && *foreseen != reply.from);
  budget_.answered(reply.from, received - reply.rtt, received);
  PathMemory& memory = (*active.memories)[active.flow.value];
  // The other flows of a path that nobody knows yet need not wait for the end of this trace to foresee its routers.
  if (!memory.distance) memory.routers.try_emplace(ttl, reply.from);
  if (reply.kind == ReplyKind::time_exceeded) near_.answered(active.source, ttl, reply.from, received);
  active.run->answered(ttl, reply, received);
  update(owner.run, received);
  return std::nullopt;
}

void TraceEngine::handle_send_failure(std::uint64_t number, int error_number, Instant now) {
  const auto owner = table_.give_up(number);
  if (!owner) return;
  ++send_failures_;
  active_.at(owner->run).run->failed(owner->probe.ttl, error_number, now);
  update(owner->run, now);
}

void TraceEngine::handle_timeout(Instant now) {
  while (!timeouts_.empty() && timeouts_.begin()->first <= now) {
    const RunId id = timeouts_.begin()->second;
    Active& active = active_.at(id);
    while (const auto expired = active.run->pop_timeout(now)) {
      table_.give_up({active.goal.address, active.flow, expired->ttl, expired->retry});
      if (!expired->router) continue;  // nobody's budget paid for it
      // On another path the router was not even met.
      const bool withheld_it = expired->passed && !active.moved;
      budget_.unanswered(*expired->router, expired->sent, now,
                         withheld_it ? schedule::Silence::forwarding : schedule::Silence::path);
    }
    update(id, now);
  }
}

// Puts the run where it belongs after a change: into the queues, or out as a finished trace.
void TraceEngine::update(RunId id, Instant now) {
  Active& active = active_.at(id);
  if (active.run->finished()) {
    active.sentinel != nullptr ? finish_look(id, now) : finish(id, now);
    return;
  }
  move_in_queue(sends_, id, active.send_key, active.run->next_send());
  move_in_queue(timeouts_, id, active.timeout_key, active.run->next_timeout());
}

void TraceEngine::drop(RunId id) {
  Active& active = active_.at(id);
  move_in_queue(sends_, id, active.send_key, Instant::max());
  move_in_queue(timeouts_, id, active.timeout_key, Instant::max());
  for (const auto& [ttl, retry] : active.run->still_out()) {
    table_.give_up({active.goal.address, active.flow, ttl, retry});
  }
  if (PathMemory* memory = memory_of(active.goal, active.flow)) {
    (active.sentinel != nullptr ? memory->looking : memory->tracing) = false;
  }
  active_.erase(id);
}

std::optional<Trace> TraceEngine::poll_observation() {
  if (observations_.empty()) return std::nullopt;
  Trace trace = std::move(observations_.front());
  observations_.pop_front();
  return trace;
}

Instant TraceEngine::next_probe_time() const {
  Instant next = sends_.empty() ? Instant::max() : sends_.begin()->first;
  if (active_.size() < settings_.concurrency) {
    next = std::min(next, waiting_.empty() ? rounds_.next() : waiting_.front().due);
    next = std::min(next, looks_.next());
    if (!served_.empty()) next = std::min(next, served_.begin()->first);
  }
  return next;
}

Instant TraceEngine::next_trace_time() const {
  // Traces that were asked for at once stand before older ones.
  Instant next = next_probe_time();
  for (const Waiting& waiting : waiting_) next = std::min(next, waiting.due);
  return next;
}

}  // namespace isthmus::probes
