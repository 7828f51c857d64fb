#pragma once
// The only place below app/ that reads the clocks. Any thread.

#include "isthmus/base/time.hpp"

namespace isthmus::net {

/// CLOCK_MONOTONIC.
[[nodiscard]] Instant monotonic_now();
/// The same, some milliseconds behind and several times cheaper: for what is looked at now and then.
[[nodiscard]] Instant coarse_monotonic_now();
/// UTC that follows the clock forward and never goes back: when somebody sets the clock back, it goes on at its pace,
/// ahead of the new time until the process restarts. Otherwise all that is seen in the repeated time would look old,
/// and an outage in it would go unseen.
[[nodiscard]] Timestamp wall_now();
/// CLOCK_REALTIME as it is, to compare with the kernel's own stamps.
[[nodiscard]] Timestamp kernel_wall_now();

}  // namespace isthmus::net
