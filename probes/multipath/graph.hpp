#pragma once
// From what flows met to the graph that is published. Pure functions; any thread.

#include <map>
#include <utility>

#include "isthmus/probes/multipath.hpp"
#include "probes/multipath/flow_map.hpp"

namespace isthmus::probes {

using RttByPlace = std::map<std::pair<Ttl, IpAddress>, Duration>;

[[nodiscard]] MultipathGraph make_graph(const FlowMap& map, const RttByPlace& rtts);

}  // namespace isthmus::probes
