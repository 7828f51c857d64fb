#include "probes/traceroute/known_path.hpp"

#include <algorithm>

namespace isthmus::probes {

void KnownPath::take(const Trace& trace) {
  if (trace.hops.empty()) return;
  const int first = trace.hops.front().ttl;
  if (hops_.empty() || first > last_ttl() + 1) {
    hops_.clear();
  } else {
    std::erase_if(hops_, [&](const Hop& hop) { return hop.ttl >= first; });
  }
  for (const Hop& hop : trace.hops) {
    hops_.push_back(hop);
    if (!hop.measured) hops_.back().measured = trace.ended;
  }
  stop_ = trace.stop;
  distance_ = stop_ == StopReason::reached ? std::optional(last_ttl()) : std::nullopt;
}

const Hop* KnownPath::hop(int ttl) const {
  if (hops_.empty() || ttl < first_ttl() || ttl > last_ttl()) return nullptr;
  return &hops_[static_cast<std::size_t>(ttl - first_ttl())];
}

const Reply* KnownPath::answer(int ttl) const {
  const Hop* found = hop(ttl);
  return found == nullptr ? nullptr : found->answer();
}

std::optional<int> KnownPath::position_of(const IpAddress& address) const {
  for (const Hop& hop : hops_) {
    if (const Reply* reply = hop.answer(); reply != nullptr && reply->from == address) return hop.ttl;
  }
  return std::nullopt;
}

std::optional<int> KnownPath::last_answer_below(int below) const {
  if (hops_.empty()) return std::nullopt;
  for (int ttl = std::min(below - 1, last_ttl()); ttl >= first_ttl(); --ttl) {
    if (answer(ttl) != nullptr) return ttl;
  }
  return std::nullopt;
}

}  // namespace isthmus::probes
