#pragma once
// Lines that say which AS an address belongs to, in the text formats of prefix data. Pure; points into the text it is
// given.

#include <optional>
#include <string_view>
#include <vector>

#include "ip2as/text_fields.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::ip2as {

enum class PrefixLines : std::uint8_t {
  csv,        ///< first,last,asn,"organisation": npm package @ip-location-db/asn.
  pyasn,      ///< prefix<TAB>asn
  pfx2as,     ///< address<TAB>length<TAB>asn, several of a prefix joined by '_', those of an AS set by ','
  overrides,  ///< prefix AS # comment
};

/// What one line says: the addresses from first to last, of one family, belong to these ASes.
struct SourceLine {
  IpAddress first{};
  IpAddress last{};
  int length{-1};              ///< Of the prefix, when the line is one; -1 for a range.
  std::vector<Asn> origins{};  ///< At least one.
  std::string_view name{};     ///< Of the organisation, as written, quotes and all.
};

[[nodiscard]] std::optional<BadField> parse_line(std::string_view line, PrefixLines format, SourceLine& into);

}  // namespace isthmus::ip2as
