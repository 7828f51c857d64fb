#include "resilience/upstream_tracker.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace isthmus::resilience {
namespace {

constexpr int kLearningRounds = 3;
// A flow whose traces die this often in a row, while the block answers, carries nothing any more.
constexpr std::uint32_t kInconclusiveLimit = 5;
constexpr std::uint32_t kLonelySightings = 3;  // Needed when one vantage point alone sees an upstream.
constexpr std::size_t kWitnesses = 2;
constexpr std::uint32_t kRoundsToForget = 2;   // Of conclusive traces before a remembered upstream is missed.
constexpr std::uint32_t kRoundsToWaitFor = 5;  // A vantage point without traces is waited for no longer than this.
// Chance, at most, that all the newer traces missed an upstream that is still there.
constexpr double kMissedByChance = 1e-3;
constexpr double kHighestShare = 0.9;
// After an outage routes come back one after the other.
constexpr int kSettlingRounds = 3;

using Carrier = UpstreamTracker::Carrier;
using Upstream = UpstreamTracker::Upstream;
using Standing = UpstreamTracker::Standing;

bool shown_by_any(const Upstream& upstream) {
  return std::any_of(upstream.carriers.begin(), upstream.carriers.end(),
                     [](const Carrier& carrier) { return carrier.latest > 0; });
}

// Every flow that showed it has moved away in two traces, or enough traces in two rounds would have met it.
bool gone_from(const Carrier& carrier) {
  if (carrier.window == 0) return true;
  return carrier.newer_twice && std::pow(1 - std::min(carrier.share, kHighestShare), carrier.newer) < kMissedByChance;
}

// A flow that has not been traced again yet may still show what all the others have left.
bool shows(const Carrier& carrier) { return carrier.latest > 0 && !gone_from(carrier); }

// Everybody who showed it has looked again, two networks of them twice, and nobody found it. One look of each may be
// chance; that of all together is not. Waits for no single vantage point to be sure by itself, which takes several
// rounds where each trace is of another flow (RIPE Atlas). Those who had left before somebody else last saw it prove
// nothing.
bool left_by_all(const Upstream& upstream, const UpstreamContext& context) {
  double by_chance = 1;
  std::set<Asn> carrying;
  std::set<Asn> looked_twice;
  for (std::size_t v = 0; v < upstream.carriers.size(); ++v) {
    const Carrier& carrier = upstream.carriers[v];
    if (!context.trusted[v] || !carrier.last_seen) continue;
    if (!carrier.newer_since) return false;
    const bool left_now = *carrier.newer_since >= upstream.last_seen;
    if (left_now || !gone_from(carrier)) carrying.insert(context.vantage_asns[v]);
    if (!left_now) continue;
    by_chance *= std::pow(1 - std::min(carrier.share, kHighestShare), carrier.newer);
    if (carrier.newer_twice) looked_twice.insert(context.vantage_asns[v]);
  }
  return by_chance < kMissedByChance && looked_twice.size() >= std::min(kWitnesses, carrying.size());
}

void add_trace(UpstreamChange& change, const PackedTrace& trace) {
  if (trace && change.traces.size() < 4) change.traces.push_back(trace);
}

}  // namespace

void UpstreamTracker::restore(const BlockMemory& memory) {
  has_baseline_ = memory.learned;
  if (!memory.learned) return;
  for (const UpstreamMemory& known : memory.upstreams) {
    Upstream& upstream = upstreams_[known.asn];
    upstream.standing = known.lost ? Standing::lost : Standing::present;
    upstream.remembered = true;
    upstream.first_seen = known.first_seen;
    upstream.last_seen = known.last_seen;
    upstream.carriers.resize(vantages_.size());
  }
}

void UpstreamTracker::remember(BlockMemory& memory) const {
  for (const auto& [asn, upstream] : upstreams_) {
    if (upstream.standing == Standing::candidate) continue;
    memory.upstreams.push_back({.asn = asn,
                                .lost = upstream.standing == Standing::lost,
                                .first_seen = upstream.first_seen,
                                .last_seen = upstream.last_seen});
  }
}

bool UpstreamTracker::learned(Timestamp now) const {
  return has_baseline_ || (learning_ends_ && now > *learning_ends_);
}

std::vector<Asn> UpstreamTracker::present() const {
  std::vector<Asn> result;
  for (const auto& [asn, upstream] : upstreams_) {
    if (upstream.standing == Standing::present) result.push_back(asn);
  }
  return result;
}

void UpstreamTracker::handle_path(std::size_t vantage, const inference::Path& path, const UpstreamContext& context) {
  const FlowKey key{.vantage = vantage, .address = path.key.address, .flow = path.key.flow};
  const auto [entry, is_new] = flows_.try_emplace(key);
  Flow& flow = entry->second;
  if (is_new) ++vantages_[vantage].flows;
  // In a block that should answer and does not, traces that die are an outage and no silent border.
  const bool counts = path.last_hop.conclusive() && (path.last_hop.reached || context.reachable);
  if (!counts) {
    if (context.reachable) ++flow.inconclusive;
    if (flow.inconclusive >= kInconclusiveLimit) {
      count(key, flow, -1);
      flow = Flow{};
    }
    return;
  }
  const Asn shown = *path.last_hop.upstream;
  if (!has_baseline_ && !learning_ends_) {
    learning_ends_ = path.time + kLearningRounds * context.trace_interval;
  }
  see(vantage, path);
  count(key, flow, -1);
  flow = Flow{.shown = {shown, flow.shown[0]}};
  count(key, flow, +1);
  Carrier& carrier = upstreams_[shown].carriers[vantage];
  carrier.share = static_cast<double>(carrier.latest) / vantages_[vantage].flows;
  age_others(vantage, path);
  if (path.last_hop.reached) note_round(vantages_[vantage], path);
}

// Before the flow is counted: a sighting of what no flow showed begins a new run.
void UpstreamTracker::see(std::size_t vantage, const inference::Path& path) {
  const auto [entry, is_new] = upstreams_.try_emplace(*path.last_hop.upstream);
  Upstream& upstream = entry->second;
  if (is_new) {
    upstream.first_seen = path.time;
    upstream.carriers.resize(vantages_.size());
  }
  if (!upstream.run_open || !shown_by_any(upstream)) {
    upstream.run_open = true;
    upstream.run_started = path.started;
    upstream.run_first_ended = path.time;
    upstream.run_again_started.reset();
    upstream.run_solid = upstream.run_silent = false;
    for (Carrier& carrier : upstream.carriers) carrier.sightings = 0;
  }
  upstream.remembered = false;
  if (!upstream.run_again_started && path.started >= upstream.run_first_ended) {
    upstream.run_again_started = path.started;
  }
  upstream.run_solid = upstream.run_solid || (path.last_hop.reached && path.last_hop.confidence != Confidence::c);
  upstream.run_silent = upstream.run_silent || path.last_hop.rule == inference::Rule::silent;
  upstream.last_seen = std::max(upstream.last_seen, path.time);
  upstream.last_started = std::max(upstream.last_started, path.started);
  Carrier& carrier = upstream.carriers[vantage];
  ++carrier.sightings;
  carrier.newer = 0;
  carrier.newer_since.reset();
  carrier.newer_twice = false;
  carrier.last_seen = path.time;
  carrier.trace = path.trace;
  carrier.before = path.before;
}

void UpstreamTracker::count(const FlowKey& key, const Flow& flow, int sign) {
  const auto add = [sign](std::uint32_t& counter) { counter += static_cast<std::uint32_t>(sign); };
  const auto carrier_of = [&](Asn asn) -> Carrier& { return upstreams_.at(asn).carriers[key.vantage]; };
  if (!flow.shown[0].is_none()) {
    add(carrier_of(flow.shown[0]).latest);
    add(carrier_of(flow.shown[0]).window);
  }
  if (!flow.shown[1].is_none() && flow.shown[1] != flow.shown[0]) add(carrier_of(flow.shown[1]).window);
}

void UpstreamTracker::age_others(std::size_t vantage, const inference::Path& path) {
  for (auto& [asn, upstream] : upstreams_) {
    Carrier& carrier = upstream.carriers[vantage];
    if (asn == *path.last_hop.upstream || !carrier.last_seen || path.started < *carrier.last_seen) continue;
    ++carrier.newer;
    if (!carrier.newer_since) carrier.newer_since = path.time;
    carrier.newer_twice = carrier.newer_twice || path.started >= *carrier.newer_since;
  }
}

void UpstreamTracker::note_round(Vantage& vantage, const inference::Path& path) {
  if (!vantage.round_ends || path.started >= *vantage.round_ends) {
    ++vantage.rounds;
    vantage.round_ends = path.time;
  }
  if (path.started >= vantage.latest_started) {
    vantage.latest_started = path.started;
    vantage.latest = path.trace;
  }
}

void UpstreamTracker::forget_path(std::size_t vantage, const IpAddress& address, FlowId flow) {
  const FlowKey key{.vantage = vantage, .address = address, .flow = flow};
  const auto found = flows_.find(key);
  if (found == flows_.end()) return;
  count(key, found->second, -1);
  flows_.erase(found);
  --vantages_[vantage].flows;
}

bool UpstreamTracker::is_baseline(const Upstream& upstream) const {
  return learning_ends_ && upstream.run_started <= *learning_ends_ && upstream.standing == Standing::candidate;
}

bool UpstreamTracker::is_confirmed(const Upstream& upstream, const UpstreamContext& context) const {
  // What only the silent rule has seen may be part of the baseline, but is no news.
  const bool solid = upstream.run_solid || (upstream.run_silent && is_baseline(upstream));
  if (!upstream.run_open || !upstream.run_again_started || !solid) return false;
  std::set<Asn> networks;
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    const Carrier& carrier = upstream.carriers[v];
    // What shows it still from before it was lost has not been traced since.
    if (!context.trusted[v] || !shows(carrier) || carrier.sightings == 0) continue;
    if (carrier.sightings >= kLonelySightings) return true;
    networks.insert(context.vantage_asns[v]);
  }
  return networks.size() >= kWitnesses;
}

// No trace since the restart has shown it. Nobody remembers who carried it: wait until everybody can see and has
// looked twice.
bool UpstreamTracker::forgotten_is_lost(const UpstreamContext& context) const {
  std::uint32_t most = 0;
  bool all_looked = true;
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    if (!context.trusted[v]) return false;
    most = std::max(most, vantages_[v].rounds);
    all_looked = all_looked && vantages_[v].rounds >= kRoundsToForget;
  }
  return all_looked || most >= kRoundsToWaitFor;
}

bool UpstreamTracker::is_lost(const Upstream& upstream, const UpstreamContext& context) const {
  if (!context.reachable || context.now < context.reachable_since + kSettlingRounds * context.trace_interval) {
    return false;
  }
  if (upstream.remembered) return forgotten_is_lost(context);
  // Nearly always the first one has it still: the others need not be looked at.
  bool all_gone = true;
  for (std::size_t v = 0; v < vantages_.size() && all_gone; ++v) {
    all_gone = !context.trusted[v] || gone_from(upstream.carriers[v]);
  }
  if (!all_gone && !left_by_all(upstream, context)) return false;
  std::size_t trusted = 0;
  std::size_t moved_away = 0;
  bool reached_otherwise = false;
  std::optional<Timestamp> held_since;  // The latest sighting by somebody who is blind now.
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    const Carrier& carrier = upstream.carriers[v];
    if (!context.trusted[v]) {
      if (carrier.window > 0) held_since = std::max(held_since.value_or(Timestamp{}), *carrier.last_seen);
      continue;
    }
    ++trusted;
    reached_otherwise = reached_otherwise || vantages_[v].latest_started >= upstream.last_seen;
  }
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    const Carrier& carrier = upstream.carriers[v];
    if (!context.trusted[v] || !carrier.last_seen) continue;
    // Those who left it before the blind one last saw it prove nothing.
    if (!held_since || (carrier.newer_since && *carrier.newer_since >= *held_since)) ++moved_away;
  }
  const std::size_t needed = held_since ? std::min(kWitnesses, trusted) : 1;
  return reached_otherwise && moved_away >= needed && moved_away > 0;
}

std::vector<UpstreamChange> UpstreamTracker::review(const UpstreamContext& context) {
  std::vector<UpstreamChange> changes;
  for (auto& [asn, upstream] : upstreams_) {
    if (upstream.standing == Standing::present || !is_confirmed(upstream, context)) continue;
    const bool baseline = is_baseline(upstream);
    const auto kind = upstream.standing == Standing::lost ? EventKind::upstream_restored : EventKind::upstream_appeared;
    upstream.standing = Standing::present;
    changes.push_back(gained(kind, asn, upstream, context));
    changes.back().baseline = baseline;
  }
  for (auto& [asn, upstream] : upstreams_) {
    if (upstream.standing != Standing::present || !is_lost(upstream, context)) continue;
    changes.push_back(lost(asn, upstream, context));
    upstream.standing = Standing::lost;
    // A flow that has not been traced again still shows it; that is the past, not a reason to restore it.
    upstream.run_open = false;
  }
  // What a passing trace seemed to show and no later one does was a route that changed under way.
  std::erase_if(upstreams_, [](const auto& entry) {
    const Upstream& upstream = entry.second;
    return upstream.standing == Standing::candidate &&
           std::all_of(upstream.carriers.begin(), upstream.carriers.end(),
                       [](const Carrier& carrier) { return carrier.window == 0; });
  });
  return changes;
}

UpstreamChange UpstreamTracker::gained(EventKind kind, Asn asn, const Upstream& upstream,
                                       const UpstreamContext& context) const {
  UpstreamChange change{.kind = kind, .asn = asn, .baseline = false, .vantages = {}, .traces = {}};
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    const Carrier& carrier = upstream.carriers[v];
    if (!context.trusted[v] || !shows(carrier)) continue;
    change.vantages.push_back(v);
    add_trace(change, carrier.before);
    add_trace(change, carrier.trace);
  }
  return change;
}

UpstreamChange UpstreamTracker::lost(Asn asn, const Upstream& upstream, const UpstreamContext& context) const {
  UpstreamChange change{.kind = EventKind::upstream_lost, .asn = asn, .baseline = false, .vantages = {}, .traces = {}};
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    const Carrier& carrier = upstream.carriers[v];
    if (!context.trusted[v] || (!carrier.last_seen && !upstream.remembered)) continue;
    change.vantages.push_back(v);
    add_trace(change, carrier.trace);
    add_trace(change, vantages_[v].latest);
  }
  return change;
}

void UpstreamTracker::remap(const std::vector<std::optional<std::size_t>>& from) {
  std::vector<std::optional<std::size_t>> to(vantages_.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i]) to[*from[i]] = i;
  }
  boost::unordered_flat_map<FlowKey, Flow> flows;
  for (const auto& [key, flow] : flows_) {
    if (to[key.vantage]) flows[{*to[key.vantage], key.address, key.flow}] = flow;
  }
  flows_ = std::move(flows);
  const auto move_all = [&](auto& items) {
    std::remove_reference_t<decltype(items)> moved(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i]) moved[i] = std::move(items[*from[i]]);
    }
    items = std::move(moved);
  };
  move_all(vantages_);
  for (auto& [asn, upstream] : upstreams_) move_all(upstream.carriers);
}

std::optional<SeenPeriod> seen_period(const Upstream& upstream, const std::vector<bool>& trusted) {
  if (!upstream.run_again_started) return std::nullopt;
  for (std::size_t v = 0; v < trusted.size(); ++v) {
    if (!trusted[v] || !shows(upstream.carriers[v])) continue;
    return SeenPeriod{.first_ended = upstream.run_first_ended,
                      .again_started = *upstream.run_again_started,
                      .last_started = upstream.last_started};
  }
  return std::nullopt;
}

bool seen_together(const std::vector<SeenPeriod>& periods, Duration overlap) {
  if (periods.size() < 2) return false;
  const auto newest = std::max_element(periods.begin(), periods.end(),
                                       [](const auto& a, const auto& b) { return a.first_ended < b.first_ended; });
  const Timestamp needed = std::max(newest->first_ended + overlap, newest->again_started);
  for (auto period = periods.begin(); period != periods.end(); ++period) {
    if (period != newest && period->last_started >= needed) return true;
  }
  return false;
}

}  // namespace isthmus::resilience
