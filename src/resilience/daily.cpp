#include "isthmus/resilience/daily.hpp"

#include <algorithm>
#include <numeric>

namespace isthmus::resilience {
namespace {

DayRecord::Upstream& upstream_of(DayRecord& record, Asn asn) {
  const auto at = std::lower_bound(record.upstreams.begin(), record.upstreams.end(), asn,
                                   [](const DayRecord::Upstream& item, Asn wanted) { return item.asn < wanted; });
  if (at != record.upstreams.end() && at->asn == asn) return *at;
  DayRecord::Upstream fresh{.asn = asn};
  // Before it was first seen today its share was nothing, if there was a before.
  const bool late = record.covered() > Duration::zero();
  for (ShareIntegral& share : fresh.share) share.least = late ? 0 : 1;
  return *record.upstreams.insert(at, fresh);
}

void add(ShareIntegral& sum, const ShareEstimate& share, double seconds) {
  sum.estimate += share.estimate * seconds;
  sum.low += share.low * seconds;
  sum.high += share.high * seconds;
  sum.least = std::min(sum.least, share.estimate);
  sum.most = std::max(sum.most, share.estimate);
}

void add(DayRecord& record, const Condition& condition, Duration time) {
  const double seconds = to_seconds(time);
  for (const Condition::Upstream& upstream : condition.upstreams) {
    DayRecord::Upstream& sum = upstream_of(record, upstream.asn);
    for (std::size_t i = 0; i < sum.share.size(); ++i) add(sum.share[i], upstream.share[i], seconds);
  }
  for (DayRecord::Upstream& sum : record.upstreams) {
    const bool carries = std::any_of(condition.upstreams.begin(), condition.upstreams.end(),
                                     [&](const Condition::Upstream& item) { return item.asn == sum.asn; });
    if (carries) continue;
    for (ShareIntegral& share : sum.share) share.least = 0;
  }
  record.in_state[static_cast<std::size_t>(condition.state)] += time;
  record.unknown_share += condition.unknown_share * seconds;
}

}  // namespace

const char* to_string(ShareOf estimand) {
  switch (estimand) {
    case ShareOf::vantage: return "vantage";
    case ShareOf::address: return "address";
    case ShareOf::flow: return "flow";
  }
  return "";
}

Duration DayRecord::covered() const { return std::accumulate(in_state.begin(), in_state.end(), Duration::zero()); }

std::optional<double> DayRecord::availability() const {
  const auto in = [&](State state) { return to_seconds(in_state[static_cast<std::size_t>(state)]); };
  const double reachable = in(State::up) + in(State::degraded);
  const double known = reachable + in(State::down);
  return known > 0 ? std::optional(reachable / known) : std::nullopt;
}

DayRecord settled(DayRecord record, Timestamp time) {
  const Timestamp end = std::min(time, Timestamp(record.day + std::chrono::days(1)));
  if (!record.present || end <= record.until) return record;
  add(record, *record.present, end - record.until);
  record.until = end;
  return record;
}

}  // namespace isthmus::resilience
