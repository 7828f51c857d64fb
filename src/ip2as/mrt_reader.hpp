#pragma once
// Routing tables in MRT TABLE_DUMP_V2 (RFC 6396 section 4.3, with additional paths RFC 8050), as RouteViews and RIPE
// RIS publish them.

#include <string>
#include <string_view>

#include "ip2as/byte_source.hpp"
#include "ip2as/public_space.hpp"
#include "ip2as/report_writer.hpp"
#include "ip2as/route_votes.hpp"

namespace isthmus::ip2as {

/// Does a file that begins so hold a routing table?
[[nodiscard]] bool is_mrt_table(std::string_view head);
/// What a file of another MRT type is; empty when it is none.
[[nodiscard]] std::string other_mrt(std::string_view head);

/// Prefixes longer than the limits are skipped, as are bogons. A record whose length cannot be right ends the file:
/// there is no way to find the next one.
void read_mrt(ByteSource& bytes, PrefixLimits limits, RouteVotes& votes, ReportWriter& report);

}  // namespace isthmus::ip2as
