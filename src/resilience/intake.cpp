#include "resilience/intake.hpp"

#include <algorithm>

namespace isthmus::resilience {
namespace {

bool is_possible(const Outcome& outcome) {
  const Reply* reply = reply_of(outcome);
  return reply == nullptr || (reply->rtt >= Duration::zero() && reply->rtt <= kLongestRtt);
}

bool is_possible(const Trace& trace) {
  return trace.started <= trace.ended && std::ranges::all_of(trace.hops, [&](const Hop& hop) {
           return hop.measured.value_or(trace.ended) <= trace.ended &&
                  std::ranges::all_of(hop.outcomes, [](const Outcome& outcome) { return is_possible(outcome); });
         });
}

// The time of a series is that of its last ping: one of another time in it would come in unseen, and an answer from the
// future would hide every silence until then.
bool is_possible(const PingSeries& series) {
  if (series.outcomes.empty()) return false;
  const Timestamp last = series.outcomes.back().sent;
  return std::ranges::all_of(series.outcomes, [&](const PingOutcome& ping) {
    return ping.sent <= last && last - ping.sent <= kLongestSeries && is_possible(ping.outcome);
  });
}

}  // namespace

const char* to_string(Rejection reason) {
  switch (reason) {
    case Rejection::unknown_vantage: return "unknown_vantage";
    case Rejection::unknown_target: return "unknown_target";
    case Rejection::future: return "future";
    case Rejection::late: return "late";
    case Rejection::duplicate: return "duplicate";
    case Rejection::outdated: return "outdated";
    case Rejection::impossible: return "impossible";
  }
  return "unknown";
}

std::optional<Rejection> examine(const Observation& observation, Timestamp now, Duration late_after) {
  if (!std::visit([](const auto& seen) { return is_possible(seen); }, observation)) return Rejection::impossible;
  const Timestamp time = time_of(observation);
  if (time > now + kClockTolerance) return Rejection::future;
  if (now - time > late_after) return Rejection::late;
  return std::nullopt;
}

}  // namespace isthmus::resilience
