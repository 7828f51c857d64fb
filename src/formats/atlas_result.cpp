#include "formats/atlas_result.hpp"

#include <array>
#include <limits>

#include "formats/json_keys.hpp"

namespace isthmus::formats {
namespace {

constexpr std::int64_t kMaxCount = std::numeric_limits<std::uint32_t>::max();

// 0.0.0.0 and :: say that there is none.
std::optional<IpAddress> known_address(const JsonValue& value) {
  const auto address = address_of(value);
  return address && known_or_none(*address) != IpAddress{} ? address : std::nullopt;
}

std::string_view view_of(const JsonValue& value) { return text_of(value).value_or(""); }

void set_destination(AtlasFields& fields, const JsonValue& value) {
  fields.destination = known_address(value);
  fields.bad_destination = !address_of(value) && !view_of(value).empty();
}

using Fields = AtlasFields;
using Value = JsonValue;

// With the names that firmware 1 and 4400 had for the same: addr, name, srcaddr, mode.
constexpr JsonKeys<Fields, 26> kKeys{{{
    {"fw", [](Fields& fields, const Value&) { fields.is_atlas = true; }},
    {"msm_id", [](Fields& fields, const Value&) { fields.is_atlas = true; }},
    {"prb_id",
     [](Fields& fields, const Value& value) {
       fields.is_atlas = true;
       fields.probe_id = integer_of(value, 0, kMaxCount);
     }},
    {"type", [](Fields& fields, const Value& value) { fields.type = view_of(value); }},
    {"result", [](Fields& fields, const Value& value) { fields.result = value; }},
    {"dst_addr", set_destination},
    {"dst_name", [](Fields& fields, const Value& value) { fields.destination_name = view_of(value); }},
    {"src_addr", [](Fields& fields, const Value& value) { fields.source = known_address(value); }},
    {"from", [](Fields& fields, const Value& value) { fields.seen_from = known_address(value); }},
    {"proto", [](Fields& fields, const Value& value) { fields.protocol = view_of(value); }},
    {"timestamp", [](Fields& fields, const Value& value) { fields.timestamp = integer_of(value, 0, kMaxUnixSeconds); }},
    {"endtime", [](Fields& fields, const Value& value) { fields.end_time = integer_of(value, 0, kMaxUnixSeconds); }},
    {"paris_id", [](Fields& fields, const Value& value) { fields.paris_id = integer_of(value, 0, 65535); }},
    {"size", [](Fields& fields, const Value& value) { fields.size = integer_of(value, 0, 65535); }},
    {"ttl", [](Fields& fields, const Value& value) { fields.ttl = integer_of(value, 0, 255); }},
    {"sent", [](Fields& fields, const Value& value) { fields.sent = integer_of(value, 0, kMaxCount); }},
    {"rcvd", [](Fields& fields, const Value& value) { fields.received = integer_of(value, 0, kMaxCount); }},
    {"min", [](Fields& fields, const Value& value) { fields.minimum = number_of(value); }},
    {"max", [](Fields& fields, const Value& value) { fields.maximum = number_of(value); }},
    {"avg", [](Fields& fields, const Value& value) { fields.average = number_of(value); }},
    {"vantage", [](Fields& fields, const Value& value) { fields.vantage = view_of(value); }},
    {"isthmus", [](Fields& fields, const Value& value) { fields.own = object_of(value); }},
    {"addr", set_destination},
    {"name", [](Fields& fields, const Value& value) { fields.destination_name = view_of(value); }},
    {"srcaddr", [](Fields& fields, const Value& value) { fields.source = known_address(value); }},
    {"mode", [](Fields& fields, const Value& value) { fields.protocol = view_of(value); }},
}}};

AtlasFields read_fields(const JsonObject& root) {
  AtlasFields fields;
  read_keys(root, kKeys, fields);
  // The first firmware did not say what it was.
  if (fields.type.empty()) fields.type = fields.average || fields.received ? "ping" : "traceroute";
  return fields;
}

// Name resolution failed, or the measurement was refused: nothing was probed.
bool has_no_destination(AtlasFields& fields) {
  if (fields.destination || fields.bad_destination) return false;
  const auto name = IpAddress::parse(fields.destination_name);
  const IpAddress named = name ? known_or_none(without_mapping(*name)) : IpAddress{};
  const bool is_known = named != IpAddress{};
  if (is_known) fields.destination = named;
  // The lines of traceroute say for themselves where it went.
  const bool is_text = fields.type == "traceroute" && fields.result && fields.result->is_string();
  return !is_known && !is_text;
}

}  // namespace

RecordKind read_atlas_result(const JsonObject& root, Observation& into, Observation& spare, std::string& why) {
  AtlasFields fields = read_fields(root);
  if (!fields.is_atlas) return RecordKind::foreign;
  const bool is_trace = fields.type == "traceroute";
  if (!is_trace && fields.type != "ping") return RecordKind::other;
  if (fields.bad_destination)
    why = "\"dst_addr\" is no address";
  else if (!fields.timestamp)
    why = "\"timestamp\" is missing or no Unix time";
  if (fields.bad_destination || !fields.timestamp) return RecordKind::bad;
  if (has_no_destination(fields)) return RecordKind::other;
  if (is_trace)
    return read_atlas_trace(fields, reuse_as<Trace>(into, spare), why) ? RecordKind::trace : RecordKind::bad;
  return read_atlas_ping(fields, reuse_as<PingSeries>(into, spare), why) ? RecordKind::ping : RecordKind::bad;
}

}  // namespace isthmus::formats
