#pragma once
// A trace as text for a person: its hops, and what they give away. Pure functions; any thread.

#include <string>
#include <vector>

#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/model/observation.hpp"
#include "isthmus/probes/diagnosis.hpp"

namespace isthmus::app {

/// A heading, one line a hop, and one line for each thing worth knowing that the hops do not say by themselves.
[[nodiscard]] std::string trace_text(const Trace& trace, const ip2as::PrefixTable& names);

/// What hops do not say by themselves, a sentence each: translators, loops, faulty routers, tunnels.
[[nodiscard]] std::vector<std::string> findings_of(const probes::TraceDiagnosis& diagnosis);

}  // namespace isthmus::app
