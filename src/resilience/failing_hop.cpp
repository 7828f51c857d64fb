#include "resilience/failing_hop.hpp"

#include <algorithm>
#include <set>

namespace isthmus::resilience {

std::optional<FailingHop> find_failing_hop(const Trace& before, const Trace& after) {
  std::set<IpAddress> now;
  Ttl furthest = 0;
  IpAddress last_answer;
  for (const Hop& hop : after.hops) {
    const Reply* answer = hop.answer();
    if (answer == nullptr) continue;
    now.insert(answer->from);
    furthest = hop.ttl;
    last_answer = answer->from;
  }
  // A refusal comes from the last router that was reached, as the answer to a probe that wanted further.
  const bool refused = after.stop == StopReason::unreachable;
  std::optional<FailingHop> failing;
  for (const Hop& hop : before.hops) {
    const Reply* answer = hop.answer();
    if (answer == nullptr) continue;
    if (now.contains(answer->from)) {
      failing.reset();
    } else if (!failing) {
      failing =
          FailingHop{.vantage = after.vantage, .ttl = hop.ttl, .address = answer->from, .last_answer = last_answer};
    }
  }
  // Somebody else answers there: another way, not an end.
  if (failing && furthest >= failing->ttl && !refused) return std::nullopt;
  return failing;
}

}  // namespace isthmus::resilience
