#pragma once
// Silent hops between answers, worth asking once more: a router that limits its ICMP, or a packet that was lost. Two
// paths of each gap are enough: to find who stands there, and where other paths have shown it, to tell a limit from a
// branch that never answers. Owned by one thread.

#include <cstdint>
#include <vector>

#include "probes/survey/grid.hpp"

namespace isthmus::probes::survey {

/// What to ask again, in random order. One look at the whole grid, between two phases of a survey.
[[nodiscard]] std::vector<Ask> find_gaps(const Grid& grid, std::uint16_t flows, std::uint64_t key);

}  // namespace isthmus::probes::survey
