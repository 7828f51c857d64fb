#pragma once
// Pings and traces for the tests of the live views, and screens as text.

#include <string>
#include <utility>
#include <vector>

#include "app/live/line.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::app {

inline IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

inline Duration milliseconds(double ms) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

inline Reply reply(const char* from, double ms, ReplyKind kind = ReplyKind::time_exceeded, int code = 0) {
  Reply answer;
  answer.from = address(from);
  answer.kind = kind;
  answer.icmp_code = static_cast<std::uint8_t>(code);
  answer.rtt = milliseconds(ms);
  answer.ttl = 60;
  return answer;
}

inline PingSeries ping(const std::string& target, const char* to, Outcome outcome) {
  PingSeries series;
  series.target = target;
  series.address = address(to);
  series.outcomes.push_back({.sent = {}, .outcome = std::move(outcome)});
  return series;
}

/// One round of one flow to 198.51.100.10, from TTL 1 on; "*" is silence. A path that ends with another address, or
/// with silence, has not reached its destination.
inline Trace round(std::uint16_t flow, const std::vector<std::pair<const char*, double>>& hops) {
  Trace trace;
  trace.target = "example.net";
  trace.source = address("192.0.2.200");
  trace.destination = address("198.51.100.10");
  trace.flow = FlowId{flow};
  trace.stop = StopReason::gap_limit;
  Ttl ttl{0};
  for (const auto& [from, ms] : hops) {
    Hop hop;
    hop.ttl = ++ttl;
    if (std::string_view(from) == "*") {
      hop.outcomes.emplace_back(TimedOut{});
    } else {
      const bool there = address(from) == trace.destination;
      hop.outcomes.emplace_back(reply(from, ms, there ? ReplyKind::unreachable : ReplyKind::time_exceeded, 3));
      if (there) trace.stop = StopReason::reached;
    }
    trace.hops.push_back(std::move(hop));
  }
  return trace;
}

/// As somebody sees it, without what is empty at the end of the lines.
inline std::string text_of(const std::vector<Line>& lines) {
  std::string text = "\n";
  for (const Line& line : lines) text += plain(line) + "\n";
  return text;
}

}  // namespace isthmus::app
