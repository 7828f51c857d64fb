#pragma once
// What the web page shows first, in one small document: GET /api/v1/overview. It stays small however much is watched:
// beyond kMaxBlocksListed blocks it counts them instead of listing them. Pure function; any thread.

#include <string>

#include "isthmus/resilience/snapshot.hpp"
#include "isthmus/telemetry/metrics.hpp"

namespace isthmus::telemetry {

inline constexpr std::size_t kMaxBlocksListed = 200;

[[nodiscard]] std::string overview_json(const resilience::Snapshot& snapshot, const ProcessStatus& status);

}  // namespace isthmus::telemetry
