#pragma once
// The only place below app/ that reads the clocks. Any thread.

#include "isthmus/base/time.hpp"

namespace isthmus::net {

/// CLOCK_MONOTONIC.
[[nodiscard]] Instant monotonic_now();
/// CLOCK_REALTIME.
[[nodiscard]] Timestamp wall_now();

}  // namespace isthmus::net
