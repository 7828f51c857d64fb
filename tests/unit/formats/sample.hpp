#pragma once
// A trace with every kind of outcome, for the tests of this folder and of the store. Documentation addresses
// only.

#include <cerrno>

#include "isthmus/model/event.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::test {

inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

inline Reply time_exceeded(std::string_view from, Duration rtt) {
  return Reply{.from = ip(from),
               .kind = ReplyKind::time_exceeded,
               .icmp_type = 11,
               .icmp_code = 0,
               .rtt = rtt,
               .ttl = 62,
               .quoted_ttl = Ttl{1},
               .size = 56};
}

inline Trace sample_trace() {
  Trace trace;
  trace.vantage = "frankfurt";
  trace.target = "peninsula";
  trace.source = ip("192.0.2.10");
  trace.destination = ip("203.0.113.71");
  trace.protocol = Protocol::udp;
  trace.flow = FlowId{5};
  trace.started = Timestamp(std::chrono::nanoseconds(1'506'848'871'123'456'789));
  trace.ended = trace.started + std::chrono::milliseconds(1500);
  trace.hops.push_back({Ttl{1}, {time_exceeded("192.0.2.1", std::chrono::nanoseconds(1'234'567))}});
  trace.hops.push_back({Ttl{2}, {TimedOut{}, TimedOut{}}});
  trace.hops.push_back({Ttl{3}, {SendFailed{ENETUNREACH}}});
  Reply odd = time_exceeded("198.51.100.9", std::chrono::milliseconds(20));
  odd.quoted_ttl = Ttl{3};
  trace.hops.push_back({Ttl{4}, {odd}});
  Reply last = time_exceeded("203.0.113.71", std::chrono::nanoseconds(80'000'001));
  last.kind = ReplyKind::unreachable;
  last.icmp_type = 3;
  last.icmp_code = 3;
  last.quoted_ttl = std::nullopt;
  trace.hops.push_back({Ttl{5}, {last}});
  trace.stop = StopReason::reached;
  return trace;
}

inline Event sample_event() {
  Event event;
  event.id = 7;
  event.time = Timestamp(std::chrono::milliseconds(1'506'848'871'000));
  event.kind = EventKind::upstream_appeared;
  event.target = "peninsula";
  event.block = Block{Prefix(ip("203.0.113.0"), 24)};
  event.upstream = Asn{64500};
  event.before = "64496";
  event.after = "64496,64500";
  event.evidence.summary = "AS64500 carries 203.0.113.0/24, seen from 2 vantage points.";
  event.evidence.vantages = {"frankfurt", "tokyo"};
  event.evidence.traces = {sample_trace()};
  return event;
}

}  // namespace isthmus::test
