#pragma once
// Lists of internet exchanges: the dump of PeeringDB, and the two files of CAIDA's IXP data set.

#include "ip2as/byte_source.hpp"
#include "ip2as/exchange_list.hpp"
#include "ip2as/report_writer.hpp"

namespace isthmus::ip2as {

/// One JSON document with the tables ix, ixlan, ixpfx and netixlan, in any order; what has the status "deleted" has
/// retired. Takes the document in pieces; what stands before a syntax error is used.
void read_peeringdb(ByteSource& bytes, ExchangeList& list, ReportWriter& report);

/// JSON lines of exchanges with "ix_id", "name" and "prefixes": {"ipv4": [], "ipv6": []}.
void read_caida_exchanges(ByteSource& bytes, ExchangeList& list, ReportWriter& report);

/// JSON lines of members with "ix_id", "asn", and their addresses as "ipv4": [] and "ipv6": [].
void read_caida_members(ByteSource& bytes, ExchangeList& list, ReportWriter& report);

}  // namespace isthmus::ip2as
