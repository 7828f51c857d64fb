#pragma once
// `isthmus trace --mda`. Main thread only.

#include "app/trace_options.hpp"

namespace isthmus::app {

/// Finds the paths to each target and prints them; the exit code.
[[nodiscard]] int trace_multipath(const TraceOptions& options);

}  // namespace isthmus::app
