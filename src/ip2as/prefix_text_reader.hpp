#pragma once
// Prefix data in lines of text.

#include "ip2as/byte_source.hpp"
#include "ip2as/public_space.hpp"
#include "ip2as/report_writer.hpp"
#include "ip2as/source_text.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::ip2as {

/// Prefixes longer than the limits, ranges not being prefixes, and what the builder leaves out count as skipped; in
/// overrides, where somebody meant it, as bad.
void read_prefix_text(ByteSource& bytes, PrefixLines format, PrefixLimits limits, PrefixTableBuilder& builder,
                      ReportWriter& report);

}  // namespace isthmus::ip2as
