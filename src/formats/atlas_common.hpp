#pragma once
// What traces and pings have in common in RIPE Atlas results. Pure functions; any thread.

#include <optional>
#include <string_view>

#include "formats/atlas_result.hpp"

namespace isthmus::formats {

/// A text of what isthmus adds; empty when missing.
[[nodiscard]] std::string_view own_text(const AtlasFields& fields, std::string_view key);
/// A time in nanoseconds since 1970 of what isthmus adds.
[[nodiscard]] std::optional<Timestamp> own_time(const AtlasFields& fields, std::string_view key);
/// Where isthmus did not know under which address the world sees the vantage point, it says so.
[[nodiscard]] bool is_seen_from_unknown(const AtlasFields& fields);
/// The name of the vantage point: what isthmus called it, or "atlas-" and the probe's number.
void set_vantage(const AtlasFields& fields, std::string& into);

/// Vantage point, target, source and the address seen.
template <typename T>
void set_common(const AtlasFields& fields, T& into) {
  set_vantage(fields, into.vantage);
  into.target = fields.own ? own_text(fields, "target") : std::string_view();
  into.source = fields.source.value_or(IpAddress{});
  into.seen_from = is_seen_from_unknown(fields) ? IpAddress{} : fields.seen_from.value_or(IpAddress{});
}

}  // namespace isthmus::formats
