#pragma once
// Observations as RIPE Atlas results (the modern firmware's shape), so that existing tools can read them. Whole
// archives are read by archive.hpp. Pure functions; any thread.
//
// Nothing of an observation is lost: what RIPE Atlas has no key for is in keys that its readers skip. "vantage"; in an
// answer "kind", "icmp_type", "icmp_code", "ip_id", "weak" and "rewritten"; in a ping "reply", the whole of an answer
// that is more than a plain echo reply; in a hop "measured_ns", where it was taken over from an earlier trace; "errno"
// beside "error"; and an object "isthmus" with the target's name, the stop reason, times in nanoseconds, and
// "seen_from": null where "from" is no more than the source address.

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

/// Reads a traceroute result: exactly what to_atlas_json() wrote, and those of any firmware as README.md in src/formats
/// tells.
[[nodiscard]] Result<Trace> trace_from_atlas_json(std::string_view text);

}  // namespace isthmus::formats
