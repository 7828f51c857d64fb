#pragma once
// Observations as RIPE Atlas results (the modern firmware's shape), so that existing tools can read them.
// Pure functions; any thread.
//
// Keys that RIPE Atlas does not have, which its readers skip: "vantage"; per answer "icmp_type", "icmp_code"
// and "kind"; "errno" beside "error"; and an object "isthmus" with the target's name, the stop reason and
// times in nanoseconds, so that reading back what was written gives the same trace.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

/// One line without a line feed. `prb_id` is left out when the vantage point is not an Atlas probe.
[[nodiscard]] std::string to_atlas_json(const Trace& trace, std::optional<std::uint32_t> prb_id = {});
[[nodiscard]] std::string to_atlas_json(const PingSeries& series, std::optional<std::uint32_t> prb_id = {});
[[nodiscard]] std::string to_atlas_json(const Observation& observation, std::optional<std::uint32_t> prb_id = {});

/// Reads a traceroute result: exactly what to_atlas_json() wrote, and foreign ones as far as they carry what
/// a trace needs (hops without holes, answers with an address).
[[nodiscard]] Result<Trace> trace_from_atlas_json(std::string_view text);

}  // namespace isthmus::formats
