#pragma once
// Delegation files of the regional registries in their extended form: to whom address space and AS numbers were given.
// They name no AS for an address, but the same opaque id stands with both kinds of resources of one holder.

#include "ip2as/byte_source.hpp"
#include "ip2as/report_writer.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::ip2as {

/// Adds each holder's space with the holder's ASes as origins, those that announce something in `announced` first, then
/// ascending. Space of holders without an AS is skipped, as is what has not been given to anybody.
void read_delegations(ByteSource& bytes, const PrefixTable& announced, PrefixTableBuilder& builder,
                      ReportWriter& report);

}  // namespace isthmus::ip2as
