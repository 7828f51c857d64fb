#pragma once
// The rules of thumb that any inference has to beat: the owner of the last address before the target. Pure functions;
// any thread.

#include <optional>

#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::testing::internet {

/// The origin of the last answering hop that the longest match maps to an AS other than the target's, before the
/// first hop that maps to the target, and before the destination itself. Nothing when no hop maps.
[[nodiscard]] std::optional<Asn> naive_upstream(const Trace& trace, Asn target, const ip2as::NetworkData& data);

/// The same without the addresses on LANs of exchanges that are listed.
[[nodiscard]] std::optional<Asn> naive_upstream_without_exchanges(const Trace& trace, Asn target,
                                                                  const ip2as::NetworkData& data);

}  // namespace isthmus::testing::internet
