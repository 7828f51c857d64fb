#include "isthmus/schedule/probe_quota.hpp"

#include <algorithm>

namespace isthmus::schedule {
namespace {

std::uint32_t burst_of(double per_hour) {
  return std::max(ProbeQuota::kTrace, static_cast<std::uint32_t>(per_hour / 10));
}

double rate_of(double per_hour) {
  const double burst = burst_of(per_hour);
  return (per_hour >= 10 * burst ? per_hour - burst : per_hour) / 3600;
}

}  // namespace

ProbeQuota::ProbeQuota(double per_hour, double whole_traces)
    : per_second_(rate_of(per_hour)),
      all_(per_second_, burst_of(per_hour)),
      whole_(per_second_ * whole_traces, burst_of(per_hour)) {}

Duration ProbeQuota::wait(Use use, Instant now, std::size_t probes) const {
  const std::size_t count = std::clamp<std::size_t>(probes, 1, all_.burst());
  const Duration all = all_.wait(now, count);
  return use == Use::check ? all : std::max(all, whole_.wait(now, std::min(count, whole_.burst())));
}

bool ProbeQuota::take(Use use, Instant now, std::size_t probes) {
  if (wait(use, now, probes) > Duration::zero()) return false;
  const std::size_t count = std::clamp<std::size_t>(probes, 1, all_.burst());
  all_.charge(count, now);
  if (use == Use::whole_trace) whole_.charge(count, now);
  return true;
}

}  // namespace isthmus::schedule
