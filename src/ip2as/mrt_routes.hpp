#pragma once
// The bodies of TABLE_DUMP_V2 records (RFC 6396 section 4.3, RFC 8050 section 4): peers, and the routes to a prefix.
// One thread.

#include <cstdint>
#include <string_view>
#include <vector>

#include "ip2as/byte_window.hpp"
#include "ip2as/public_space.hpp"
#include "ip2as/report_writer.hpp"
#include "ip2as/route_votes.hpp"

namespace isthmus::ip2as {

/// Of the prefix in a record: known from the record's type, or told in a generic record.
enum class MrtFamily : std::uint8_t { ipv4, ipv6, told };

class MrtRoutes {
 public:
  MrtRoutes(PrefixLimits limits, RouteVotes& votes, ReportWriter& report)
      : limits_(limits), votes_(votes), report_(report) {}

  /// False when the table of peers is cut off.
  bool take_peers(std::string_view body);
  /// `at` is the offset of the record, for problems.
  void take(std::uint64_t at, std::string_view body, MrtFamily family, bool has_path_ids);

 private:
  const char* take_entries(Cursor& cursor, bool has_path_ids);
  const char* take_entry(std::uint16_t peer, std::string_view attributes);
  bool count_votes(const Prefix& prefix, bool has_path_ids);

  PrefixLimits limits_;
  RouteVotes& votes_;
  ReportWriter& report_;
  std::vector<Asn> peers_;
  std::vector<Asn> path_end_;
  std::vector<std::uint64_t> origins_;  // Of the prefix at hand: AS number << 16 | peer.
};

}  // namespace isthmus::ip2as
