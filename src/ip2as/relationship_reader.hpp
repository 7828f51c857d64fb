#pragma once
// AS relationships and customer cones as CAIDA publishes them.

#include "ip2as/byte_source.hpp"
#include "ip2as/report_writer.hpp"
#include "isthmus/ip2as/relationships.hpp"

namespace isthmus::ip2as {

/// Lines "provider|customer|-1" and "peer|peer|0" (serial-1), with a source behind them in serial-2.
void read_relationships(ByteSource& bytes, RelationshipsBuilder& builder, ReportWriter& report);

/// Lines "AS member member ...".
void read_cones(ByteSource& bytes, RelationshipsBuilder& builder, ReportWriter& report);

}  // namespace isthmus::ip2as
