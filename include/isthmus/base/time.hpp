#pragma once
// The two clocks of the project, kept apart by type. Value types and pure functions; nothing here reads a clock.
//
// Instant   monotonic time of one machine: deadlines, pacing, round-trip times. Meaningless elsewhere.
// Timestamp UTC wall-clock time: what observations, events and people carry. Steps when the clock is set.

#include <chrono>
#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"

namespace isthmus {

using Duration = std::chrono::nanoseconds;

/// Tag of the monotonic clock: has no now(), because modules without I/O get time as an argument.
struct MonotonicClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicClock, Duration>;
  static constexpr bool is_steady = true;
};

using Instant = MonotonicClock::time_point;
using Timestamp = std::chrono::sys_time<Duration>;

/// Seconds as a floating-point number, for metrics and JSON.
[[nodiscard]] constexpr double to_seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

/// RFC 3339, UTC, millisecond precision: 2017-10-01T09:07:51.000Z.
[[nodiscard]] std::string to_rfc3339(Timestamp time);

/// Reads RFC 3339 with `Z` or a numeric offset and an optional fraction of up to nine digits.
[[nodiscard]] Result<Timestamp> parse_rfc3339(std::string_view text);

/// Reads a duration with its mandatory unit: ns, us, ms, s, m, h or d, e.g. "10s", "1.5m", "90d". Non-negative.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// The shortest exact text with one unit, e.g. "10s", "1500ms".
[[nodiscard]] std::string to_string(Duration duration);

}  // namespace isthmus
