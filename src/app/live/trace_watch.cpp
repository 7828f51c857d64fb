#include "app/live/trace_watch.hpp"

#include <algorithm>
#include <cerrno>

#include "app/outcome_text.hpp"

namespace isthmus::app {
namespace {

// Old rounds go in bulk.
constexpr std::size_t kSlack = TraceWatch::kRounds;

std::string mark_of(const Reply& reply, const IpAddress& destination) {
  switch (reply.kind) {
    case ReplyKind::tcp_syn_ack: return "open";
    case ReplyKind::tcp_rst: return "closed";
    case ReplyKind::unreachable: return fault_of(reply, destination);  // nothing where the port is closed, as it should
    case ReplyKind::echo_reply:
    case ReplyKind::time_exceeded: break;
  }
  return "";
}

const Reply* answer_of(const Trace& trace) {
  if (trace.stop != StopReason::reached || trace.hops.empty()) return nullptr;
  return trace.hops.back().answer();
}

Ttl last_answer(const Trace& trace) {
  const auto last =
      std::find_if(trace.hops.rbegin(), trace.hops.rend(), [](const Hop& h) { return h.answer() != nullptr; });
  return last == trace.hops.rend() ? Ttl{0} : last->ttl;
}

bool holds(const std::vector<std::uint16_t>& flows, std::uint16_t flow) {
  return std::find(flows.begin(), flows.end(), flow) != flows.end();
}

void add(probes::LossCounts& sum, const probes::LossCounts& more) {
  sum.icmp_limit += more.icmp_limit;
  sum.forward += more.forward;
  sum.reverse += more.reverse;
  sum.unknown += more.unknown;
}

// Silence fits everything; two routers at one TTL are two paths.
bool fit_together(const std::map<Ttl, IpAddress>& one, const std::map<Ttl, IpAddress>& other) {
  return std::all_of(one.begin(), one.end(), [&](const auto& hop) {
    const auto same = other.find(hop.first);
    return same == other.end() || same->second == hop.second;
  });
}

}  // namespace

Responder* TraceWatch::find(Place& place, const IpAddress& address) {
  auto known = std::find_if(place.responders.begin(), place.responders.end(),
                            [&](const Responder& r) { return r.address == address; });
  if (known != place.responders.end()) return &*known;
  if (place.responders.size() >= kMostResponders) return nullptr;
  place.responders.push_back({.address = address});
  return &place.responders.back();
}

void TraceWatch::take_hop(Flow& flow, const Trace& trace, const Hop& hop) {
  const std::uint16_t id = trace.flow.value;
  Place& place = places_[hop.ttl];
  for (const Outcome& outcome : hop.outcomes) {
    const Reply* reply = reply_of(outcome);
    if (reply == nullptr) continue;
    // Several routers in one round take turns by packet; the last one stands for the flow.
    flow.known[hop.ttl] = reply->from;
    Responder* responder = find(place, reply->from);
    if (responder == nullptr) continue;
    // Its silence from before it was known is its loss as well.
    if (const auto silent = place.silent.extract(id); !silent.empty()) responder->lost += silent.mapped();
    responder->rtt.add(to_seconds(reply->rtt) * 1e3);
    responder->mpls = reply->mpls;
    responder->mark = mark_of(*reply, trace.destination);
  }
  const auto known = flow.known.find(hop.ttl);
  for (const Outcome& outcome : hop.outcomes) {
    if (const auto* failed = std::get_if<SendFailed>(&outcome)) {
      failed->error_number == EBUSY ? ++withheld_ : ++send_failures_;
      if (failed->error_number != EBUSY) last_error_ = failed->error_number;
    } else if (reply_of(outcome) == nullptr) {
      Responder* responder = known == flow.known.end() ? nullptr : find(place, known->second);
      responder != nullptr ? ++responder->lost : ++place.silent[id];
    }
  }
}

void TraceWatch::take(const Trace& trace) {
  Flow& flow = flows_[trace.flow.value];
  if (trace.source != IpAddress{}) source_ = trace.source;
  const auto before = flow.known;
  for (const Hop& hop : trace.hops) take_hop(flow, trace, hop);
  const Ttl last = trace.hops.empty() ? Ttl{0} : trace.hops.back().ttl;
  WatchedFlow& figures = flow.figures;
  figures.flow = trace.flow.value;
  ++figures.rounds;
  figures.stop = trace.stop;
  figures.last_ttl = last;
  if (const Reply* answer = answer_of(trace)) {
    ++figures.reached;
    figures.rtt.add(to_seconds(answer->rtt) * 1e3);
    // What lay behind is no part of the path any more.
    flow.known.erase(flow.known.upper_bound(last), flow.known.end());
    flow.end = last;
  } else {
    // Where the destination is known silence behind it is no path.
    flow.end = std::max(flow.end, figures.reached > 0 ? last_answer(trace) : last);
  }
  const bool changed = std::any_of(before.begin(), before.end(), [&](const auto& hop) {
    const auto now = flow.known.find(hop.first);
    return now == flow.known.end() || now->second != hop.second;
  });
  if (changed) ++figures.changes;
  flow.latest.push_back(trace);
  if (flow.latest.size() >= kRounds + kSlack) {
    flow.latest.erase(flow.latest.begin(), flow.latest.end() - static_cast<std::ptrdiff_t>(kRounds));
  }
  flow.diagnosis = probes::diagnose(flow.latest).front();
}

void TraceWatch::reset() {
  // Paths stay: a reset is for the figures, and who was asked before is still who is lost now.
  for (auto& [id, flow] : flows_) {
    flow.figures = WatchedFlow{.flow = id, .rtt = {}, .stop = flow.figures.stop, .last_ttl = flow.figures.last_ttl};
    flow.latest.clear();
    flow.diagnosis.reset();
  }
  places_.clear();
  withheld_ = 0;
  send_failures_ = 0;
}

std::vector<WatchedHop> TraceWatch::hops() const {
  Ttl end{0};
  for (const auto& [id, flow] : flows_) end = std::max(end, flow.end);
  const auto diagnosed = diagnoses();
  std::vector<WatchedHop> hops;
  for (const auto& [ttl, place] : places_) {
    if (ttl > end) break;
    WatchedHop hop{.ttl = ttl, .responders = place.responders, .silent_flows = {}, .silent_probes = 0};
    for (const auto& [id, flow] : flows_) {
      const auto known = flow.known.find(ttl);
      if (known == flow.known.end()) {
        const auto silent = place.silent.find(id);
        if (silent == place.silent.end()) continue;
        hop.silent_flows.push_back(id);
        hop.silent_probes += silent->second;
        continue;
      }
      for (Responder& responder : hop.responders) {
        if (responder.address == known->second) responder.flows.push_back(id);
      }
    }
    for (Responder& responder : hop.responders) {
      for (const auto& diagnosis : diagnosed) {
        if (!holds(responder.flows, diagnosis.flow.value)) continue;
        for (const auto& lost : diagnosis.hops) {
          if (lost.ttl == ttl) add(responder.causes, lost.lost);
        }
      }
    }
    hops.push_back(std::move(hop));
  }
  return hops;
}

std::vector<WatchedPath> TraceWatch::paths() const {
  std::vector<WatchedPath> paths;
  for (const auto& [id, flow] : flows_) {
    auto path =
        std::find_if(paths.begin(), paths.end(), [&](const auto& p) { return fit_together(p.hops, flow.known); });
    if (path == paths.end()) path = paths.insert(path, WatchedPath{});
    path->flows.push_back(id);
    path->hops.insert(flow.known.begin(), flow.known.end());
  }
  std::stable_sort(paths.begin(), paths.end(),
                   [](const WatchedPath& a, const WatchedPath& b) { return a.flows.size() > b.flows.size(); });
  return paths;
}

std::vector<WatchedFlow> TraceWatch::flows() const {
  std::vector<WatchedFlow> figures;
  for (const auto& [id, flow] : flows_) figures.push_back(flow.figures);
  return figures;
}

std::vector<probes::TraceDiagnosis> TraceWatch::diagnoses() const {
  std::vector<probes::TraceDiagnosis> all;
  for (const auto& [id, flow] : flows_) {
    if (flow.diagnosis) all.push_back(*flow.diagnosis);
  }
  return all;
}

std::uint64_t TraceWatch::rounds() const {
  std::uint64_t most = 0;
  for (const auto& [id, flow] : flows_) most = std::max(most, flow.figures.rounds);
  return most;
}

}  // namespace isthmus::app
