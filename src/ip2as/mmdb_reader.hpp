#pragma once
// MaxMind databases that map addresses to ASes. They cannot say that a prefix has several origins.

#include "ip2as/input.hpp"
#include "ip2as/report_writer.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::ip2as {

/// Told from the metadata at a file's end.
[[nodiscard]] bool is_mmdb(const Input& input);
/// A packed file, whose end cannot be seen, may be one when it is binary.
[[nodiscard]] bool may_be_mmdb(const Input& input);

/// Networks with "autonomous_system_number" and "autonomous_system_organization" (GeoLite2, DB-IP, ip-location-db), or
/// with "asn" and "name" or "as_name" (IPinfo). Problems name the number of the network, counted from 0, in place of an
/// offset. The library wants the whole database in memory.
void read_mmdb(Input& input, PrefixTableBuilder& builder, ReportWriter& report);

}  // namespace isthmus::ip2as
