#pragma once
// A replay's result for people. Pure functions; any thread.

#include <string>

#include "app/replay.hpp"
#include "app/replay_archives.hpp"
#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::app {

/// How everything stands at the end: a line for each block, and one for each of its upstreams.
[[nodiscard]] std::string replay_table(const resilience::Snapshot& snapshot);

/// "12,345 observations used; not used: 3 late (...), 2 to no target" and what may have gone wrong with them.
[[nodiscard]] std::string replay_summary(const Replay& replay, const ReplayReading& reading);

}  // namespace isthmus::app
