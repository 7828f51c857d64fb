#pragma once
// Why a conclusion was drawn, for a person at 3 a.m.: in words, and with the trace behind it. At most 120 columns wide.
// Pure functions; any thread.

#include <string>
#include <vector>

#include "isthmus/inference/path_map.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::app {

inline constexpr std::size_t kTextWidth = 120;

/// "AS4837 CHINA UNICOM: confidence A, 97 % sure", then why, what speaks for it and what against it.
[[nodiscard]] std::string conclusion_text(const inference::LastHop& hop, const ip2as::NetworkData& data);

/// A hop as it is shown: silent ones, too.
struct ShownHop {
  Ttl ttl{1};
  std::string address{};  ///< "*" when silent.
  std::string rtt{};      ///< "12.3 ms"; empty when silent.
  Asn owner{};            ///< Whose address it is.
  Asn operator_asn{};     ///< Who runs the router, as far as can be told.
  std::string note{};     ///< "private", "exchange NAME", "target", "not used", ...
};

/// The hops of a trace with what `views` took them for.
[[nodiscard]] std::vector<ShownHop> shown_hops(const Trace& trace, const std::vector<inference::HopView>& views,
                                               const ip2as::NetworkData& data);

/// A line each.
[[nodiscard]] std::string hops_text(const std::vector<ShownHop>& hops, const ip2as::NetworkData& data);

/// "to 175.45.176.71, udp, flow 3, 2017-10-01T10:14:45.000Z, ended by gap_limit"
[[nodiscard]] std::string trace_heading(const Trace& trace);

/// Everything about one block: each different conclusion once, with one of the traces behind it. The map must have kept
/// the block's traces.
[[nodiscard]] std::string explain_block(const inference::PathMap& map, inference::TargetId target, const Block& block,
                                        const ip2as::NetworkData& data);

}  // namespace isthmus::app
