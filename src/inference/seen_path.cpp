#include "inference/seen_path.hpp"

#include <algorithm>

namespace isthmus::inference {
namespace {

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

// Host unreachable, port unreachable and the three prohibitions of RFC 792 and RFC 1812 section 5.2.7.1; prohibited and
// address unreachable of RFC 4443 section 3.1.
bool is_at_the_door(const Reply& reply) {
  const auto code = reply.icmp_code;
  if (!reply.from.is_v4()) return code == 1 || code == 3 || code == 4;
  return code == 1 || code == 3 || code == 9 || code == 10 || code == 13;
}

// A router that comes again, at the next TTL or later, stays where it was seen last, because that is where the path
// went on from: what lies between is a loop, or a route that changed under way.
void append(std::vector<Step>& steps, const Step& step) {
  const auto seen = std::ranges::find(steps, step.interface, &Step::interface);
  steps.erase(seen, steps.end());
  steps.push_back(step);
}

}  // namespace

SeenPath read_path(const Trace& trace, InterfaceTable& interfaces) {
  SeenPath path;
  path.stop = trace.stop;
  if (trace.hops.empty()) return path;
  path.first_ttl = trace.hops.front().ttl;
  path.last_ttl = trace.hops.back().ttl;
  path.steps.reserve(trace.hops.size());
  for (const Hop& hop : trace.hops) {
    const Reply* reply = first_answer(hop, trace);
    if (reply == nullptr) continue;
    const Step step{.interface = interfaces.intern(reply->from),
                    .ttl = hop.ttl,
                    .echo = reply->from == trace.destination,
                    .refused = reply->kind == ReplyKind::unreachable};
    append(path.steps, step);
    path.at_the_door = step.refused && is_at_the_door(*reply);
    if (step.echo || step.refused) break;
  }
  return path;
}

}  // namespace isthmus::inference
