#pragma once
// Messages with everything in them that can be, drawn from a seed.

#include <random>
#include <string>

#include "isthmus/fleet/bus.hpp"

namespace isthmus::fleet {

class AnyMessage {
 public:
  explicit AnyMessage(std::uint32_t seed) : random_(seed) {}

  Message next(const std::string& vantage) {
    switch (below(3)) {
      case 0: return Observation(series(vantage));
      case 1: return Observation(trace(vantage));
      default: return report(vantage);
    }
  }

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  bool coin() { return below(2) == 0; }
  IpAddress address() {
    if (coin()) return IpAddress::v4(1 + below(0xFFFFFFFE));
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(below(256));
    return IpAddress::v6(bytes);
  }
  Timestamp time() {
    return Timestamp(Duration(1'506'848'871'000'000'000 + static_cast<std::int64_t>(random_() % 1'000'000'000'000)));
  }
  std::string target() { return below(4) == 0 ? "" : "target-" + std::to_string(below(5)); }

  Outcome outcome(const IpAddress& expected) {
    const std::uint32_t kind = below(4);
    if (kind == 0) return TimedOut{};
    if (kind == 1) return SendFailed{static_cast<int>(below(130))};
    Reply reply;
    reply.from = coin() ? expected : address();
    reply.kind = static_cast<ReplyKind>(below(5));
    reply.icmp_type = static_cast<std::uint8_t>(below(256));
    reply.icmp_code = static_cast<std::uint8_t>(below(256));
    reply.rtt = Duration(below(2'000'000'000));
    reply.ttl = static_cast<Ttl>(below(256));
    if (coin()) reply.quoted_ttl = static_cast<Ttl>(below(256));
    reply.size = static_cast<std::uint16_t>(below(65536));
    if (coin()) reply.quoted_tos = static_cast<std::uint8_t>(below(256));
    reply.ip_id = static_cast<std::uint16_t>(below(65536));
    for (std::uint32_t i = below(4); i > 0; --i) {
      reply.mpls.push_back(
          {below(1U << 20), static_cast<std::uint8_t>(below(8)), coin(), static_cast<Ttl>(below(256))});
    }
    reply.weak = coin();
    reply.rewritten = coin();
    return reply;
  }

  PingSeries series(const std::string& vantage) {
    PingSeries series{
        .vantage = vantage, .target = target(), .source = address(), .address = address(), .outcomes = {}};
    series.protocol = static_cast<Protocol>(below(3));
    if (coin()) series.seen_from = address();
    for (std::uint32_t i = 1 + below(4); i > 0; --i) series.outcomes.push_back({time(), outcome(series.address)});
    return series;
  }

  Trace trace(const std::string& vantage) {
    Trace trace;
    trace.vantage = vantage;
    trace.target = target();
    trace.source = address();
    trace.destination = address();
    trace.protocol = static_cast<Protocol>(below(3));
    trace.flow = FlowId{static_cast<std::uint16_t>(below(65536))};
    trace.started = time();
    trace.ended = time();
    trace.stop = static_cast<StopReason>(below(6));
    if (coin()) trace.seen_from = address();
    const std::uint32_t first = 1 + below(3);
    for (std::uint32_t ttl = first; ttl < first + below(20); ++ttl) {
      Hop hop{.ttl = static_cast<Ttl>(ttl), .outcomes = {}};
      if (coin()) hop.measured = time();
      for (std::uint32_t i = 1 + below(3); i > 0; --i) hop.outcomes.push_back(outcome(trace.destination));
      trace.hops.push_back(std::move(hop));
    }
    return trace;
  }

  ProberReport report(const std::string& vantage) {
    ProberReport report;
    report.vantage = vantage;
    report.time = time();
    for (std::uint32_t i = below(4); i > 0; --i) {
      report.sent.push_back({"engine-" + std::to_string(i), static_cast<Protocol>(below(3)), random_() >> 1});
    }
    for (auto& count : report.invalid) count = random_();
    report.receive_drops = random_();
    report.observations_dropped = random_();
    report.send_failures = random_();
    report.denied = random_();
    report.pacing_lag = Duration(below(2'000'000'000));
    if (coin()) report.problem = "no route";
    return report;
  }

  std::mt19937_64 random_;
};

}  // namespace isthmus::fleet
