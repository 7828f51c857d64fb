#pragma once
// Which organisation an AS belongs to, as CAIDA's as2org has it: as text in two sections, or as JSON lines.

#include "ip2as/byte_source.hpp"
#include "ip2as/report_writer.hpp"
#include "isthmus/ip2as/organisations.hpp"

namespace isthmus::ip2as {

/// Lines "# format:" open a section and name its fields. Old files have none, and an AS without an opaque id: there an
/// AS tells itself from an organisation by its number.
void read_organisations(ByteSource& bytes, OrganisationsBuilder& builder, ReportWriter& report);

/// Objects of "type" Organization or ASN.
void read_organisations_json(ByteSource& bytes, OrganisationsBuilder& builder, ReportWriter& report);

}  // namespace isthmus::ip2as
