#pragma once
// What RIPE Atlas would have stored of a scenario: one probe a vantage point, rounds of pings to every host and control
// and of traces to every block, each stream at a phase of its own, in the shape in which the probes' firmware writes
// them. Deterministic for a seed; one thread.

#include <cstdint>
#include <ostream>
#include <string>

#include "scenario/scenario_file.hpp"

namespace isthmus::scenario {

/// RIPE Atlas probe of the scenario's n-th vantage point.
[[nodiscard]] std::uint32_t probe_of(std::size_t vantage);

/// Writes results of pings and traces, one a line, in the order in which they reached the archive: some up to two
/// minutes after others that were made later.
void write_atlas_archive(const Scenario& scenario, unsigned seed, std::ostream& pings, std::ostream& traces);

/// A configuration for `isthmus replay` that names the probes; the prefixes lie in `prefix_file`.
[[nodiscard]] std::string replay_config(const Scenario& scenario, const std::string& prefix_file);
/// "FIRST,LAST,ASN,NAME" lines.
[[nodiscard]] std::string prefix_csv(const Scenario& scenario);
/// {"ping_interval","trace_interval","causes":[{"time","title","within","expected":[...]}]}, durations in seconds.
[[nodiscard]] std::string truth_json(const Scenario& scenario);

}  // namespace isthmus::scenario
