#include "isthmus/inference/last_hop.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "isthmus/ip2as/prefix_table.hpp"

namespace isthmus::inference {
namespace {

// Silent TTLs that may lie between the provider's router and the target before the conclusion becomes a
// guess.
constexpr int kTrustedGap = 3;

// One router (or the target) that answered, with what its address maps to.
struct Step {
  Ttl ttl{1};
  IpAddress from;
  Asn asn;  // None: private or in no table.
};

struct Normalised {
  std::vector<Step> path;            // Before the target, each router once.
  std::optional<Ttl> target_ttl;     // Where the target's network first answered.
  std::optional<IpAddress> refuser;  // A router before the target that sent an unreachable.
};

// An echo reply that does not come from the destination answers somebody else's question.
bool is_stranger(const Reply& reply, const Trace& trace) {
  return reply.kind == ReplyKind::echo_reply && reply.from != trace.destination;
}

const Reply* first_answer(const Hop& hop, const Trace& trace) {
  for (const Outcome& outcome : hop.outcomes) {
    const Reply* reply = reply_of(outcome);
    if (reply != nullptr && !is_stranger(*reply, trace)) return reply;
  }
  return nullptr;
}

bool is_target(const Reply& reply, Asn asn, const Trace& trace, const TargetNetwork& target) {
  if (reply.from == trace.destination || (!asn.is_none() && asn == target.asn)) return true;
  return std::any_of(target.prefixes.begin(), target.prefixes.end(),
                     [&](const Prefix& prefix) { return prefix.contains(reply.from); });
}

// A router seen again means that the hops in between were a loop, or a route that changed under way.
void append_without_loop(std::vector<Step>& path, const Step& step) {
  const auto seen = std::find_if(path.begin(), path.end(), [&](const Step& s) { return s.from == step.from; });
  if (seen != path.end()) path.erase(seen, path.end());
  path.push_back(step);
}

Normalised normalise(const Trace& trace, const TargetNetwork& target, const ip2as::PrefixTable& prefixes) {
  Normalised result;
  for (const Hop& hop : trace.hops) {
    const Reply* reply = first_answer(hop, trace);
    if (reply == nullptr) continue;
    const auto origin = prefixes.lookup(reply->from);
    const Asn asn = origin ? origin->asn : Asn{};
    if (is_target(*reply, asn, trace, target)) {
      result.target_ttl = hop.ttl;
      break;
    }
    if (reply->kind == ReplyKind::unreachable) {
      result.refuser = reply->from;
      break;
    }
    append_without_loop(result.path, {.ttl = hop.ttl, .from = reply->from, .asn = asn});
  }
  return result;
}

// The reasons for which a trace says nothing about the last hop; true when one applies.
bool is_no_evidence(const Trace& trace, const Normalised& seen, LastHop& result) {
  if (!result.reached && (seen.refuser || trace.stop == StopReason::unreachable)) {
    result.rule = rule::kUnreachable;
    if (!result.router) result.router = seen.refuser;
    return true;
  }
  if (!result.reached && (trace.stop == StopReason::loop || trace.stop == StopReason::send_failed)) {
    result.rule = rule::kBroken;
    return true;
  }
  if (!seen.path.empty()) return false;
  const bool answered_first = seen.target_ttl && seen.target_ttl == trace.hops.front().ttl;
  result.rule = answered_first ? rule::kInside : rule::kUnmapped;
  return true;
}

Confidence confidence_of(const LastHop& hop, bool mapped_itself, bool directly_before) {
  if (!hop.reached || hop.gap > kTrustedGap) return Confidence::c;
  if (mapped_itself) return hop.gap == 0 ? Confidence::a : Confidence::b;
  return directly_before ? Confidence::b : Confidence::c;
}

}  // namespace

LastHop infer_last_hop(const Trace& trace, const TargetNetwork& target, const ip2as::PrefixTable& prefixes) {
  const Normalised seen = normalise(trace, target, prefixes);
  LastHop result;
  result.reached = seen.target_ttl.has_value();
  if (!seen.path.empty()) result.router = seen.path.back().from;
  if (is_no_evidence(trace, seen, result)) return result;

  const Step& last = seen.path.back();
  result.gap = result.reached ? *seen.target_ttl - last.ttl - 1 : trace.hops.back().ttl - last.ttl;
  const auto mapped =
      std::find_if(seen.path.rbegin(), seen.path.rend(), [](const Step& step) { return !step.asn.is_none(); });
  if (mapped == seen.path.rend()) {
    result.rule = rule::kUnmapped;
    return result;
  }
  const bool itself = mapped == seen.path.rbegin();
  const bool directly_before = mapped == std::next(seen.path.rbegin()) && last.ttl - mapped->ttl == 1;
  result.upstream = mapped->asn;
  result.confidence = confidence_of(result, itself, directly_before);
  if (!result.reached) {
    result.rule = rule::kUnreached;
  } else if (!itself) {
    result.rule = rule::kHidden;
  } else {
    result.rule = result.gap == 0 ? rule::kAdjacent : rule::kGap;
  }
  return result;
}

}  // namespace isthmus::inference
