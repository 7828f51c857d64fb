#pragma once
// Observations that warts can hold without loss: times in whole microseconds, traces that end with their last answer.
// Every protocol, every kind of answer, both IP versions. Documentation addresses only.

#include <algorithm>
#include <string>
#include <vector>

#include "isthmus/formats/warts.hpp"
#include "unit/formats/sample.hpp"

namespace isthmus::test {

inline std::string to_warts(const std::vector<Observation>& observations) {
  std::string bytes;
  formats::WartsWriter writer([&](std::string_view record) { bytes += record; });
  for (const Observation& observation : observations) writer.write(observation);
  return bytes;
}

inline Reply warts_reply(std::string_view from, ReplyKind kind, int type, int code, int microseconds) {
  Reply reply{.from = ip(from),
              .kind = kind,
              .icmp_type = static_cast<std::uint8_t>(type),
              .icmp_code = static_cast<std::uint8_t>(code),
              .rtt = std::chrono::microseconds(microseconds),
              .ttl = static_cast<Ttl>(250 - microseconds % 10),
              .size = static_cast<std::uint16_t>(56 + microseconds % 10),
              .ip_id = static_cast<std::uint16_t>(ip(from).is_v4() ? microseconds : 0)};
  const bool quotes = kind == ReplyKind::time_exceeded || kind == ReplyKind::unreachable;
  if (quotes) reply.quoted_ttl = Ttl{1};
  if (quotes) reply.quoted_tos = std::uint8_t{0};
  return reply;
}

inline Trace warts_trace(Protocol protocol, int flow, StopReason stop, std::vector<Hop> hops) {
  Trace trace;
  trace.vantage = "frankfurt";
  trace.target = "peninsula";
  trace.source = ip("192.0.2.10");
  trace.destination = ip("203.0.113.71");
  trace.protocol = protocol;
  trace.flow.value = static_cast<std::uint16_t>(flow);
  trace.started = trace.ended = Timestamp(std::chrono::microseconds(1'506'848'871'123'456));
  trace.stop = stop;
  trace.hops = std::move(hops);
  for (const Hop& hop : trace.hops) {
    for (const Outcome& outcome : hop.outcomes) {
      if (const Reply* reply = reply_of(outcome)) trace.ended = std::max(trace.ended, trace.started + reply->rtt);
    }
  }
  return trace;
}

inline std::vector<Observation> warts_traces() {
  Reply labels = warts_reply("198.51.100.2", ReplyKind::time_exceeded, 11, 0, 2345);
  labels.mpls = {{.label = 20039, .experimental = 5, .bottom = false, .ttl = 1},
                 {.label = 16, .experimental = 0, .bottom = true, .ttl = 250}};
  labels.quoted_ttl = Ttl{3};
  labels.quoted_tos = std::uint8_t{72};
  const Reply router = warts_reply("198.51.100.1", ReplyKind::time_exceeded, 11, 0, 1234);
  const Hop first{Ttl{1}, {router, router}};
  const Hop silent{Ttl{2}, {TimedOut{}, TimedOut{}}};
  const Hop second_try{Ttl{3}, {TimedOut{}, labels}};
  const auto last = [&](ReplyKind kind, int type, int code) {
    const Reply reply = warts_reply("203.0.113.71", kind, type, code, 80'001);
    return std::vector<Hop>{first, silent, second_try, {Ttl{4}, {reply, reply}}};
  };
  std::vector<Observation> traces{
      warts_trace(Protocol::udp, 5, StopReason::reached, last(ReplyKind::unreachable, 3, 3)),
      warts_trace(Protocol::icmp, 4711, StopReason::reached, last(ReplyKind::echo_reply, 0, 0)),
      warts_trace(Protocol::tcp, 7, StopReason::reached, last(ReplyKind::tcp_syn_ack, 0, 0)),
      warts_trace(Protocol::tcp, 8, StopReason::reached, last(ReplyKind::tcp_rst, 0, 0)),
      warts_trace(Protocol::udp, 9, StopReason::unreachable,
                  {first, {Ttl{2}, {warts_reply("198.51.100.9", ReplyKind::unreachable, 3, 13, 9)}}}),
      warts_trace(Protocol::udp, 10, StopReason::gap_limit, {first, silent, {Ttl{3}, {TimedOut{}, TimedOut{}}}}),
      warts_trace(Protocol::udp, 11, StopReason::loop, {{Ttl{200}, {router}}, {Ttl{201}, {router}}}),
      warts_trace(Protocol::udp, 12, StopReason::max_ttl, {{Ttl{1}, {router, TimedOut{}, TimedOut{}}}}),
      warts_trace(Protocol::udp, 13, StopReason::send_failed, {})};
  Trace six = warts_trace(Protocol::icmp, 65535, StopReason::reached,
                          {{Ttl{1}, {warts_reply("2001:db8::1", ReplyKind::time_exceeded, 3, 0, 77)}},
                           {Ttl{2}, {warts_reply("2001:db8:7::7", ReplyKind::echo_reply, 129, 0, 4'000'000)}}});
  six.source = ip("2001:db8::10");
  six.destination = ip("2001:db8:7::7");
  traces.emplace_back(six);
  six.source = IpAddress{};  // Unknown.
  traces.emplace_back(six);
  return traces;
}

inline std::vector<Observation> warts_pings() {
  PingSeries series;
  series.vantage = "frankfurt";
  series.target = "peninsula";
  series.source = ip("192.0.2.10");
  series.address = ip("203.0.113.71");
  std::vector<Observation> all;
  const auto add = [&](Protocol protocol, const std::vector<Outcome>& outcomes) {
    series.protocol = protocol;
    series.outcomes.clear();
    Timestamp sent(std::chrono::microseconds(1'506'848'871'123'456));
    for (const Outcome& outcome : outcomes) {
      series.outcomes.push_back({sent, outcome});
      sent += std::chrono::microseconds(1'500'000);
    }
    all.emplace_back(series);
  };
  add(Protocol::icmp, {warts_reply("203.0.113.71", ReplyKind::echo_reply, 0, 0, 10'001), TimedOut{},
                       warts_reply("203.0.113.71", ReplyKind::echo_reply, 0, 0, 10'234)});
  // Of replies to pings warts keeps no TOS that they quote.
  Reply refused = warts_reply("198.51.100.9", ReplyKind::unreachable, 3, 13, 99);
  Reply closed = warts_reply("203.0.113.71", ReplyKind::unreachable, 3, 3, 98);
  refused.quoted_tos.reset();
  closed.quoted_tos.reset();
  add(Protocol::udp, {refused, closed});
  add(Protocol::tcp, {warts_reply("203.0.113.71", ReplyKind::tcp_syn_ack, 0, 0, 97),
                      warts_reply("203.0.113.71", ReplyKind::tcp_rst, 0, 0, 96)});
  add(Protocol::icmp, {TimedOut{}, TimedOut{}});
  series.source = ip("2001:db8::10");
  series.address = ip("2001:db8:7::7");
  series.target.clear();  // A control address.
  add(Protocol::icmp, {warts_reply("2001:db8:7::7", ReplyKind::echo_reply, 129, 0, 5)});
  return all;
}

}  // namespace isthmus::test
