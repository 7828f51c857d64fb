#pragma once
// One RIPE Atlas result of any firmware, read into the model. What each firmware writes: RIPE Atlas, "Measurement
// result format", and the probes' own measurement code (ripe-atlas-probe-measurements, eperd/traceroute.c and
// eperd/ping.c). Pure functions; any thread.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "formats/json_value.hpp"
#include "formats/record.hpp"

namespace isthmus::formats {

/// The latest second that is read, in 2106: warts has 32 bits for them, and what is read must be writable again.
inline constexpr std::int64_t kMaxUnixSeconds = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::int64_t kMaxUnixNanoseconds = kMaxUnixSeconds * 1'000'000'000 + 999'999'999;

/// What a result says beside its outcomes. Views into the parsed document.
struct AtlasFields {
  bool is_atlas{false};  ///< Carries a key that only RIPE Atlas results (and those of isthmus) have.
  std::string_view type{}, destination_name{}, protocol{}, vantage{};
  std::optional<IpAddress> destination{}, source{}, seen_from{};
  bool bad_destination{false};  ///< There is one, but it is no address.
  std::optional<std::int64_t> timestamp{}, end_time{}, probe_id{}, paris_id{};
  std::optional<std::int64_t> sent{}, received{}, ttl{}, size{};  ///< Of pings.
  std::optional<double> minimum{}, maximum{}, average{};          ///< Of pings, in milliseconds.
  std::optional<JsonValue> result{};
  std::optional<JsonObject> own{};  ///< What isthmus adds when it writes.
};

/// `into` is overwritten, its memory and that of `spare` used again; `why` is set for RecordKind::bad.
[[nodiscard]] RecordKind read_atlas_result(const JsonObject& root, Observation& into, Observation& spare,
                                           std::string& why);

/// The same for results whose fields are known to be of that kind. False, with `why`, when the record is bad.
[[nodiscard]] bool read_atlas_trace(const AtlasFields& fields, Trace& into, std::string& why);
[[nodiscard]] bool read_atlas_ping(const AtlasFields& fields, PingSeries& into, std::string& why);

/// What firmware 1 had for a result: the lines that traceroute prints, with "NEWLINE" between them. The hops are set,
/// and the destination when the trace has none yet.
[[nodiscard]] bool read_atlas_text(std::string_view text, Trace& into, std::string& why);

}  // namespace isthmus::formats
