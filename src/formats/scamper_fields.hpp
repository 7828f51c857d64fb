#pragma once
// Fields of scamper's JSON objects. Views into the parsed document. Pure functions; any thread.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "formats/json_value.hpp"
#include "formats/scamper_words.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

/// Of a measurement as a whole, whichever it is; also of cycles, and of the objects that M-Lab puts around them.
struct ScamperFields {
  std::string_view type{}, method{}, monitor{}, host{}, stop{};
  std::optional<IpAddress> source{}, destination{};
  std::optional<Timestamp> start{};
  std::optional<std::int64_t> source_port{}, destination_port{}, icmp_sum{};
  std::optional<std::int64_t> hop_count{}, attempts{}, first_hop{};         ///< Of traceroutes.
  std::optional<std::int64_t> sent{}, wait_seconds{}, wait_microseconds{};  ///< Of pings.
  bool all_attempts{false};
  std::optional<JsonArray> hops{}, responses{}, nodes{};
  std::optional<JsonObject> cycle_part{}, trace_part{};  ///< Of M-Lab's one object.
  bool is_metadata{false};                               ///< M-Lab's line before the others.
};
[[nodiscard]] ScamperFields read_scamper_fields(const JsonObject& object);

/// Of a reply, in a traceroute, a ping or an MDA traceroute, which have different names for the same.
struct ScamperAnswer {
  Reply reply{};
  ScamperReply what{};
  bool has_from{false};
  bool has_rtt{false};
  Ttl probe_ttl{0};        ///< Of a traceroute's probe.
  std::int64_t number{0};  ///< Of the probe: from 1 in traceroutes, from 0 in pings.
  Timestamp sent{};
};
/// The kind is set, but `from` must be known for that: when the object does not have it, the caller says who answered.
[[nodiscard]] ScamperAnswer read_scamper_answer(const JsonObject& object, const IpAddress& from = {});

/// {"sec":...,"usec":...}
[[nodiscard]] std::optional<Timestamp> scamper_time(const JsonValue& value);

}  // namespace isthmus::formats
