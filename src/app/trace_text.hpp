#pragma once
// A trace as text for a person: its hops, and what they give away. Pure functions; any thread.

#include <string>

#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::app {

/// A heading, one line a hop, and one line for each thing worth knowing that the hops do not say by themselves.
[[nodiscard]] std::string trace_text(const Trace& trace, const ip2as::PrefixTable& names);

}  // namespace isthmus::app
