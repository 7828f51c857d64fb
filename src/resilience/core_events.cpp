#include <algorithm>
#include <set>
#include <utility>

#include "isthmus/ip2as/network_data.hpp"
#include "resilience/core_impl.hpp"
#include "resilience/failing_hop.hpp"

namespace isthmus::resilience {
namespace {

std::string join(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

std::string list(const std::vector<Asn>& asns) {
  std::vector<std::string> parts;
  for (const Asn asn : asns) parts.push_back(to_string(asn));
  return parts.empty() ? "none" : join(parts, ",");
}

std::vector<Asn> keys_of(const std::map<Asn, std::uint32_t>& carried) {
  std::vector<Asn> asns;
  for (const auto& [asn, blocks] : carried) asns.push_back(asn);
  return asns;
}

std::string seen_from(const std::vector<std::string>& vantages) {
  return vantages.empty() ? "nowhere" : join(vantages, ", ");
}

std::vector<Asn> without(std::vector<Asn> asns, Asn asn) {
  std::erase(asns, asn);
  return asns;
}

constexpr std::size_t kMostTraces = 4;

// That something answers again is told by pings. The latest traces may still be those of the outage, or of a host that
// has not come back: where they end is no news then.
bool is_recovery(EventKind kind) { return kind == EventKind::block_up || kind == EventKind::target_up; }

// A path on which nobody answers any more may have met routers that had no answer left to give.
bool says_more(const FailingHop& one, const FailingHop& other) {
  return other.last_answer == IpAddress{} && one.last_answer != IpAddress{};
}

}  // namespace

void Core::Impl::raise(Event event, TargetRecord* target) {
  if (target != nullptr) {
    event.target = target->settings.network.name;
    ++target->events[event.kind];
    // An event and what the block remembers of it are stored together.
    const auto block = event.block ? target->block_index.find(*event.block) : target->block_index.end();
    if (block != target->block_index.end()) {
      mark_unsaved({static_cast<std::size_t>(target - targets_.data()), block->second});
    }
  }
  events.push_back(std::move(event));
}

std::string Core::Impl::describe(Asn asn) const {
  const std::string_view name = data_->name_of(asn);
  return "AS" + to_string(asn) + (name.empty() ? "" : " (" + std::string(name) + ")");
}

std::vector<std::string> Core::Impl::names_of(const std::vector<std::size_t>& vantages) const {
  std::vector<std::string> names;
  for (const std::size_t v : vantages) names.push_back(vantages_[v].settings.name);
  return names;
}

Event Core::Impl::block_event(BlockId id, EventKind kind, State before, Timestamp now) const {
  const TargetRecord& target = targets_[id.first];
  const BlockRecord& block = target.blocks[id.second];
  const Opinion wanted = kind == EventKind::block_down ? Opinion::down : Opinion::up;
  std::vector<std::size_t> agreeing;
  std::size_t voting = 0;
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    if (!vantages_[v].trusted || block.beliefs[v].opinion() == Opinion::none) continue;
    ++voting;
    if (block.beliefs[v].opinion() == wanted) agreeing.push_back(v);
  }
  Event event;
  event.time = now;
  event.kind = kind;
  event.block = block.block;
  event.before = to_string(before);
  event.after = to_string(block.state.state);
  event.evidence.vantages = names_of(agreeing);
  event.evidence.summary =
      std::to_string(agreeing.size()) + " of " + std::to_string(voting) + " vantage points that can see get " +
      (wanted == Opinion::down ? "no answers any more from " : "answers again from ") + to_string(block.block) + ".";
  show_paths(event, id);
  return event;
}

// The paths of those who agree, before and now, of each vantage point one; and where the first of them ends now that
// ends somewhere, unless the event is that nothing ends any more.
void Core::Impl::show_paths(Event& event, BlockId id) const {
  const TargetRecord& target = targets_[id.first];
  Evidence& evidence = event.evidence;
  std::set<std::string> shown;
  for (const inference::Path& path : paths_.paths_of(*target.paths, target.blocks[id.second].block)) {
    const std::string& vantage = paths_.name_of(path.key.vantage);
    const bool agrees = std::ranges::find(evidence.vantages, vantage) != evidence.vantages.end();
    if (!agrees || shown.contains(vantage)) continue;
    if (evidence.traces.size() + 2 > kMostTraces) break;
    shown.insert(vantage);
    const Trace now = path.trace.unpack();
    if (path.before) {
      evidence.traces.push_back(path.before.unpack());
      const auto failing = is_recovery(event.kind) ? std::nullopt : find_failing_hop(evidence.traces.back(), now);
      if (failing && (!evidence.failing || says_more(*failing, *evidence.failing))) evidence.failing = failing;
    }
    evidence.traces.push_back(now);
  }
  if (evidence.failing) evidence.summary += " " + describe(*evidence.failing);
}

std::string Core::Impl::describe(const FailingHop& hop) const {
  const auto named = [&](const IpAddress& address) {
    const Asn asn = ip2as::annotate(*data_, address).asn;
    return to_string(address) + (asn.is_none() ? "" : " of " + describe(asn));
  };
  return "From " + hop.vantage + " the path " +
         (hop.last_answer == IpAddress{} ? std::string("leads nowhere any more")
                                         : "ends behind " + named(hop.last_answer)) +
         ": hop " + std::to_string(hop.ttl) + ", " + named(hop.address) + ", is not reached.";
}

Event Core::Impl::target_event(const TargetRecord& target, EventKind kind, Timestamp now) const {
  const auto in = [&](State state) { return target.blocks_in[static_cast<std::size_t>(state)]; };
  const std::size_t known = target.blocks.size() - in(State::unknown);
  Event event;
  event.time = now;
  event.kind = kind;
  const std::string& name = target.settings.network.name;
  const std::string of = " of " + std::to_string(known) + " known blocks";
  if (kind == EventKind::target_up) {
    event.evidence.summary = "All " + std::to_string(known) + " known blocks of " + name + " answer.";
  } else if (kind == EventKind::target_down) {
    event.evidence.summary = "None of the " + std::to_string(known) + " known blocks of " + name + " answers.";
  } else {
    event.evidence.summary = std::to_string(in(State::down)) + of + " of " + name + " do not answer, " +
                             std::to_string(in(State::degraded)) + " answer only some vantage points.";
  }
  for (const VantageRecord& vantage : vantages_) {
    if (vantage.trusted) event.evidence.vantages.push_back(vantage.settings.name);
  }
  const auto shown = std::ranges::find_if(target.blocks, [&](const BlockRecord& block) {
    const State state = block.state.state;
    return kind == EventKind::target_up ? state == State::up : state == State::down || state == State::degraded;
  });
  if (shown != target.blocks.end()) {
    // One of those that the event is about stands for all.
    show_paths(event, {static_cast<std::size_t>(&target - targets_.data()),
                       static_cast<std::size_t>(shown - target.blocks.begin())});
  }
  return event;
}

// The block's upstreams are already what they became.
Event Core::Impl::upstream_event(BlockId id, const UpstreamChange& change, Timestamp now) const {
  const BlockRecord& block = targets_[id.first].blocks[id.second];
  const bool lost = change.kind == EventKind::upstream_lost;
  std::vector<Asn> with = without(block.upstreams.present(), change.asn);
  const std::vector<Asn> others = with;
  with.insert(std::lower_bound(with.begin(), with.end(), change.asn), change.asn);
  Event event;
  event.time = now;
  event.kind = change.kind;
  event.block = block.block;
  event.upstream = change.asn;
  event.before = list(lost ? with : others);
  event.after = list(lost ? others : with);
  event.evidence.vantages = names_of(change.vantages);
  for (const PackedTrace& trace : change.traces) event.evidence.traces.push_back(trace.unpack());
  if (lost && change.traces.size() > 1) {
    event.evidence.failing = find_failing_hop(event.evidence.traces[0], event.evidence.traces[1]);
  }
  const std::string seen = ", as seen from " + seen_from(event.evidence.vantages) + ".";
  const std::string where = to_string(block.block);
  if (lost) {
    event.evidence.summary = describe(change.asn) + " no longer carries " + where +
                             ", which still answers; upstreams left: " + event.after + seen;
  } else {
    event.evidence.summary = describe(change.asn) +
                             (change.kind == EventKind::upstream_restored ? " carries " : " now carries ") + where +
                             (change.kind == EventKind::upstream_restored ? " again" : "") + seen;
  }
  return event;
}

Event Core::Impl::redundancy_event(const TargetRecord& target, const BlockRecord* block, EventKind kind,
                                   Timestamp now) const {
  const std::vector<Asn> left = block != nullptr ? block->upstreams.present() : keys_of(target.carried_blocks);
  const std::string what = block != nullptr ? to_string(block->block) : target.settings.network.name;
  Event event;
  event.time = now;
  event.kind = kind;
  if (block != nullptr) event.block = block->block;
  const bool lost = kind == EventKind::redundancy_lost;
  event.before = lost ? "redundant" : "single-homed";
  event.after = list(left);
  if (lost) {
    event.evidence.summary = what + " is still reachable, but hangs on " +
                             (left.empty() ? "no upstream that is known" : describe(left.front()) + " alone") + ".";
  } else {
    event.evidence.summary = what + " has " + std::to_string(left.size()) + " upstreams again: " + list(left) + ".";
  }
  for (const VantageRecord& vantage : vantages_) {
    if (vantage.trusted) event.evidence.vantages.push_back(vantage.settings.name);
  }
  for (const PackedTrace& trace : block != nullptr ? block->latest_change : target.latest_change) {
    event.evidence.traces.push_back(trace.unpack());
  }
  return event;
}

}  // namespace isthmus::resilience
