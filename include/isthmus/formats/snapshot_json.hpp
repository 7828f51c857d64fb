#pragma once
// The snapshot as JSON documents of the HTTP API: /api/v1/{targets,upstreams,paths,vantages}. Each is one
// object with "time" and one array named as the document. Pure functions; any thread.

#include <string>

#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::formats {

/// Targets with their state, upstreams and blocks; a block has the shape of a line of `isthmus infer --json`,
/// plus "state", "since", "reachability_probability" and "vantages".
[[nodiscard]] std::string targets_json(const resilience::Snapshot& snapshot);
/// One object per (target, upstream), with shares and the blocks that the upstream carries.
[[nodiscard]] std::string upstreams_json(const resilience::Snapshot& snapshot);
/// The latest path of every flow, each hop with the AS it was taken for, and which rule named the upstream.
[[nodiscard]] std::string paths_json(const resilience::Snapshot& snapshot);
/// Vantage points with their validity, control addresses and prober counters.
[[nodiscard]] std::string vantages_json(const resilience::Snapshot& snapshot);

}  // namespace isthmus::formats
