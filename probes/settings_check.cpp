#include "probes/settings_check.hpp"

#include <cmath>
#include <set>
#include <string>

#include "probes/traceroute/codec.hpp"

namespace isthmus::probes {
namespace {

Error wrong(std::string detail) { return {ErrorCode::invalid_argument, "set up the prober", std::move(detail)}; }

Result<void> check_ping(const PingSettings& ping) {
  if (ping.interval <= Duration::zero()) return wrong("the ping interval must be longer than zero");
  if (ping.timeout <= Duration::zero()) return wrong("the ping timeout must be longer than zero");
  return {};
}

Result<void> check_port(const TraceSettings& trace) {
  if (trace.destination_port < 1) return wrong("the destination port of a trace must be 1 or more");
  if (trace.protocol == Protocol::udp && trace.destination_port > 65520) {
    return wrong("the first of the sixteen destination ports must be 1 to 65520");
  }
  return {};
}

Result<void> check_trace(const TraceSettings& trace) {
  if (trace.interval <= Duration::zero()) return wrong("the trace interval must be longer than zero");
  if (trace.timeout <= Duration::zero()) return wrong("the trace timeout must be longer than zero");
  if (trace.attempts < 1) return wrong("a hop needs at least one attempt");
  if (trace.gap_limit < 1) return wrong("the gap limit must be at least 1");
  if (trace.flows < 1) return wrong("a trace needs at least one flow");
  if (const auto most = TraceCodec::flows(trace.protocol); trace.flows > most) {
    return wrong("traces over " + std::string(to_string(trace.protocol)) + " have at most " + std::to_string(most) +
                 " flows");
  }
  if (trace.concurrency < 1) return wrong("at least one trace must be allowed at once");
  if (trace.first_ttl < 1 || trace.first_ttl > trace.max_ttl) {
    return wrong("the TTLs of a trace must go from 1 or more up to the last one");
  }
  if (trace.max_ttl > kMaxTraceTtl) {
    return wrong("the last TTL of a trace must be 63 or less: a probe has six bits to say which one it was");
  }
  if (trace.window < 0 || trace.window == 1) {
    return wrong("the window of a trace must be 0 (the whole way) or at least 2 hops");
  }
  if (trace.sentinel && trace.sentinel->interval <= Duration::zero()) {
    return wrong("the sentinel interval must be longer than zero");
  }
  if (trace.full_every < 1) return wrong("of so many traces of a flow one goes the whole way: at least 1");
  return check_port(trace);
}

Result<void> check_target(const ProbeTarget& target) {
  if (target.name.empty()) return wrong("a target needs a name");
  if (target.trace_probes_per_hour != 0 && !(target.trace_probes_per_hour >= 1)) {
    return wrong("a target needs at least one probe of traces an hour, or 0 for as many as there are");
  }
  for (const Prefix& prefix : target.prefixes) {
    if (prefix.family() != Family::ipv4) continue;
    if (const auto blocks = blocks_of(prefix); !blocks) return wrong(blocks.error().detail);
  }
  return {};
}

}  // namespace

Result<void> check_settings(const ProberSettings& settings) {
  // Mandatory on purpose: there is no rate that is right for everyone.
  if (!(settings.rate_limit > 0) || !std::isfinite(settings.rate_limit)) {
    return wrong("a rate limit is mandatory: packets a second, more than 0");
  }
  if (!(settings.router_limit >= 0) || !std::isfinite(settings.router_limit)) {
    return wrong("the router limit must be 0 (none) or more replies a second");
  }
  if (!(settings.discovery.share > 0 && settings.discovery.share <= 1)) {
    return wrong("the share of the search must be more than 0 and at most 1");
  }
  if (auto valid = check_ping(settings.ping); !valid) return valid;
  if (auto valid = check_trace(settings.trace); !valid) return valid;
  std::set<std::string> names;
  for (const ProbeTarget& target : settings.targets) {
    if (auto valid = check_target(target); !valid) return valid;
    if (!names.insert(target.name).second) return wrong("two targets are called " + target.name);
  }
  return {};
}

}  // namespace isthmus::probes
