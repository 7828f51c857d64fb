#pragma once
// Events as JSON: one NDJSON line each, with the keys that scripts rely on. Pure functions; any thread.

#include <string>
#include <string_view>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/event.hpp"

namespace isthmus::formats {

/// {"id","time","kind","target","block","upstream_asn","vantage","before","after","evidence"}; what does not
/// apply is null. No line feed at the end and none inside. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string to_json(const Event& event);

/// Reads what to_json() writes; times come back with millisecond precision.
[[nodiscard]] Result<Event> event_from_json(std::string_view text);

/// {"events":[...]}
[[nodiscard]] std::string events_json(const std::vector<Event>& events);
/// Reads what events_json() writes.
[[nodiscard]] Result<std::vector<Event>> events_from_json(std::string_view text);

/// {"summary","vantages":[...],"traces":[RIPE Atlas traceroute results]}; evidence_from_json() restores it
/// exactly.
[[nodiscard]] std::string evidence_to_json(const Evidence& evidence);
[[nodiscard]] Result<Evidence> evidence_from_json(std::string_view text);

}  // namespace isthmus::formats
