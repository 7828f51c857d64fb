#pragma once
// Observations at given seconds, as an archive might hold them.

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/replay_order.hpp"

namespace isthmus::app {

inline Timestamp at(double seconds) {
  return Timestamp(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1'500'000'000 + seconds)));
}

inline IpAddress ip(const std::string& text) { return IpAddress::parse(text).value(); }

/// A ping with one packet, answered unless said otherwise.
inline Observation ping(double seconds, const std::string& vantage = "atlas-1",
                        const std::string& address = "192.0.2.1", bool answered = true) {
  PingSeries series{.vantage = vantage, .target = {}, .source = {}, .address = ip(address), .outcomes = {}};
  Outcome outcome = TimedOut{};
  if (answered) outcome = Reply{.from = series.address, .rtt = std::chrono::milliseconds(30)};
  series.outcomes.push_back({.sent = at(seconds), .outcome = std::move(outcome)});
  return series;
}

inline Observation trace(double seconds, std::uint16_t flow = 0, const std::string& vantage = "atlas-1") {
  Trace made;
  made.vantage = vantage;
  made.destination = ip("192.0.2.1");
  made.flow = FlowId{flow};
  made.started = made.ended = at(seconds);
  return made;
}

inline ObservationSource source_of(std::vector<Observation> archive) {
  return [archive = std::move(archive), next = std::size_t{0}](WaitingObservation& into) mutable {
    if (next == archive.size()) return false;
    into.pack(archive[next++]);
    return true;
  };
}

/// Seconds of what comes out.
inline std::vector<double> times_of(ReplayOrder& order) {
  std::vector<double> times;
  WaitingObservation next;
  while (order.next(next)) times.push_back(to_seconds(next.key.time - at(0)));
  return times;
}

}  // namespace isthmus::app
