#pragma once
// The cause of each silence in a grid. Pure function; any thread.
//
// Hops behind that answered prove that the hop forwards, so its silence is no loss of the path: the hop answers less
// than it is asked, or never. The end of a path proves nothing by itself; other flows to the same target may.

#include <functional>
#include <span>

#include "isthmus/probes/silence.hpp"
#include "probes/survey/grid.hpp"

namespace isthmus::probes::survey {

/// Calls `tell` for each silent hop, by ascending target, flow and TTL. The targets are those of the grid, ascending.
void explain_silence(const Grid& grid, std::span<const IpAddress> targets, std::uint16_t flows,
                     const std::function<void(const SilentHop&)>& tell);

}  // namespace isthmus::probes::survey
