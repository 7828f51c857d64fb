#pragma once
// Which of the known formats a file is in, told from what stands in it; names do not count. Pure.

#include <cstdint>
#include <string_view>

#include "ip2as/input.hpp"

namespace isthmus::ip2as {

enum class DataFormat : std::uint8_t {
  unknown,
  csv,
  pyasn,
  pfx2as,
  overrides,
  mmdb,
  mrt,
  delegation,
  as_rel,
  as2org,
  as2org_jsonl,
  cones,
  peeringdb,
  caida_ixs,
  caida_ix_asns,
};

/// What a file can be used for.
enum class DataKind : std::uint8_t { none, prefixes, registry, relationships, organisations, cones, exchanges };

[[nodiscard]] DataFormat detect_format(const Input& input);

/// Of the text that a file begins with.
[[nodiscard]] DataFormat detect_text_format(std::string_view head);

[[nodiscard]] DataKind kind_of(DataFormat format);

/// The word for it in reports.
[[nodiscard]] const char* to_string(DataFormat format);

/// The section of the configuration's ip2as that such files are listed in.
[[nodiscard]] const char* section_of(DataKind kind);

}  // namespace isthmus::ip2as
