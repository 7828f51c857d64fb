#pragma once
// The door of the core: what an observation by itself, and the time it comes in, say against it. Pure functions.

#include <optional>

#include "isthmus/base/time.hpp"
#include "isthmus/model/observation.hpp"
#include "isthmus/resilience/rejection.hpp"

namespace isthmus::resilience {

/// Clocks that are kept by NTP differ by milliseconds; a vantage point further ahead than this cannot be believed.
inline constexpr Duration kClockTolerance = std::chrono::seconds(5);
/// No reply takes longer: satellites and queues included, round trips stay far below (RFC 1122 section 3.3.2 takes a
/// minute as the longest that a datagram lives).
inline constexpr Duration kLongestRtt = std::chrono::seconds(60);
/// From the first ping of a series to its last, by which its time is told: a round takes seconds.
inline constexpr Duration kLongestSeries = std::chrono::hours(1);

/// `late_after`: how old an observation may be to speak of the present. future, late or impossible; else nothing.
[[nodiscard]] std::optional<Rejection> examine(const Observation& observation, Timestamp now, Duration late_after);

}  // namespace isthmus::resilience
