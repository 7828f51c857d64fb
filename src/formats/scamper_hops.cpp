#include "formats/scamper_hops.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::formats {

bool ScamperHops::add(ScamperHop hop) {
  if (hop.ttl == 0 || known_or_none(hop.reply.from) == IpAddress{}) return false;
  if (!hops_.empty() && hop.ttl < hops_.last().ttl) return false;
  silent_up_to(hop.ttl);
  if (hops_.empty() || hops_.last().ttl != hop.ttl) hops_.add(hop.ttl);
  std::vector<Outcome>& outcomes = hops_.last().outcomes;
  const std::size_t sent = std::max<std::size_t>(hop.probe + 1U, plan_.all_attempts ? plan_.attempts : 0U);
  while (outcomes.size() < sent) outcomes.emplace_back(TimedOut{});
  into_.ended = std::max(into_.ended, std::max(hop.sent, into_.started) + hop.reply.rtt);
  Outcome& outcome = outcomes[hop.probe];
  if (reply_of(outcome) == nullptr) outcome = std::move(hop.reply);
  return true;
}

void ScamperHops::finish() {
  if (plan_.hop_count > 0 && plan_.hop_count <= 255) silent_up_to(plan_.hop_count + 1);
  hops_.finish();
}

void ScamperHops::silent_up_to(int ttl) {
  if (hops_.empty() && plan_.doubletree) return;
  const int first = hops_.empty() ? std::max<int>(plan_.first_hop, 1) : hops_.last().ttl + 1;
  for (int silent = first; silent < ttl; ++silent) {
    hops_.add(static_cast<Ttl>(silent)).outcomes.resize(std::max<std::size_t>(plan_.attempts, 1), TimedOut{});
  }
}

}  // namespace isthmus::formats
