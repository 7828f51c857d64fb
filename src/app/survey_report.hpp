#pragma once
// What a survey says about each block: which upstreams carry it, with what share of its addresses and flows. Pure
// functions; any thread.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/probes/survey.hpp"
#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::app {

struct CarriedShare {
  Asn asn;
  std::string name;  ///< Empty when no source names the AS.
  Confidence confidence{Confidence::c};
  std::size_t flows{0};            ///< Flows seen to go this way, over all addresses.
  std::vector<IpAddress> routers;  ///< Last routers before the block, ascending.
  resilience::ShareEstimate address;
  resilience::ShareEstimate flow;
};

struct BlockReport {
  Block block;
  Asn origin;  ///< None when no prefix covers the block.
  std::string origin_name;
  std::size_t flows{0};             ///< Probed, over all addresses.
  std::size_t reached{0};           ///< Of those, how many the destination itself answered.
  probes::SilenceCounts silence{};  ///< Silent hops of its paths by cause.
  double unknown_share{0};
  double effective_upstreams{0};
  std::vector<CarriedShare> upstreams;  ///< Largest share first.
};

/// Ascending by block.
[[nodiscard]] std::vector<BlockReport> report_blocks(const probes::Survey& survey, std::uint16_t flows,
                                                     const std::shared_ptr<const ip2as::NetworkData>& data);

/// An upstream over all blocks.
struct UpstreamTotal {
  Asn asn;  ///< None: not known.
  std::string name;
  std::size_t blocks{0};  ///< Carried at least in part.
  double weight{0};       ///< Sum of its shares of flows.
};

/// Heaviest first; what is unknown comes last, under no AS.
[[nodiscard]] std::vector<UpstreamTotal> total_upstreams(const std::vector<BlockReport>& blocks);

}  // namespace isthmus::app
