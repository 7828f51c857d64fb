#pragma once
// The snapshot as JSON: one line that ends a replay, and the documents of the HTTP API,
// /api/v1/{targets,upstreams,paths,vantages}. Each of these is one object with "time" and one array named as the
// document; a target's name, when given, leaves out the others. Pure functions; any thread.

#include <string>
#include <string_view>

#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::formats {

/// Targets with their state, upstreams and blocks; a block has the shape of a line of `isthmus infer --json`,
/// plus "state", "since", "reachability_probability" and "vantages", and how few routers have to fail. What hangs on
/// which network or router is told of blocks and of the target as a whole, with AS hegemony.
[[nodiscard]] std::string targets_json(const resilience::Snapshot& snapshot, std::string_view target = {});
/// One object per (target, upstream), with shares and the blocks that the upstream carries.
[[nodiscard]] std::string upstreams_json(const resilience::Snapshot& snapshot, std::string_view target = {});
/// The latest path of every flow, each hop with the AS it was taken for, and which rule named the upstream.
[[nodiscard]] std::string paths_json(const resilience::Snapshot& snapshot, std::string_view target = {});
/// Vantage points with their validity, control addresses and prober counters.
[[nodiscard]] std::string vantages_json(const resilience::Snapshot& snapshot);
/// {"kind":"snapshot","time","targets":[{"target","state","blocks":[...]}]}, a block as in targets_json(): one NDJSON
/// line, the last one of a replay.
[[nodiscard]] std::string snapshot_line(const resilience::Snapshot& snapshot);

}  // namespace isthmus::formats
