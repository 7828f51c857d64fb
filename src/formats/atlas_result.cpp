#include "formats/atlas_result.hpp"

#include <limits>

#include "formats/json_keys.hpp"

namespace isthmus::formats {
namespace {

// Seconds since 1970 that still fit nanoseconds in 64 bits.
constexpr std::int64_t kMaxUnixSeconds = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;

enum class Key : std::uint8_t {
  firmware,
  measurement,
  type,
  result,
  dst_addr,
  dst_name,
  src_addr,
  from,
  proto,
  timestamp,
  endtime,
  prb_id,
  paris_id,
  sent,
  rcvd,
  min,
  max,
  avg,
  ttl,
  size,
  vantage,
  isthmus
};
// With the names that firmware 1 and 4400 had for the same.
constexpr KeyTable<Key, 26> kKeys{{{"fw", Key::firmware},       {"msm_id", Key::measurement},
                                   {"type", Key::type},         {"result", Key::result},
                                   {"dst_addr", Key::dst_addr}, {"dst_name", Key::dst_name},
                                   {"src_addr", Key::src_addr}, {"from", Key::from},
                                   {"proto", Key::proto},       {"timestamp", Key::timestamp},
                                   {"endtime", Key::endtime},   {"prb_id", Key::prb_id},
                                   {"paris_id", Key::paris_id}, {"sent", Key::sent},
                                   {"rcvd", Key::rcvd},         {"min", Key::min},
                                   {"max", Key::max},           {"avg", Key::avg},
                                   {"ttl", Key::ttl},           {"size", Key::size},
                                   {"vantage", Key::vantage},   {"isthmus", Key::isthmus},
                                   {"addr", Key::dst_addr},     {"name", Key::dst_name},
                                   {"srcaddr", Key::src_addr},  {"mode", Key::proto}}};

// 0.0.0.0 and :: say that there is none.
std::optional<IpAddress> known_address(const JsonValue& value) {
  const auto address = address_of(value);
  return address && address->bytes() != IpAddress{}.bytes() ? address : std::nullopt;
}

std::string_view view_of(const JsonValue& value) { return text_of(value).value_or(""); }

void note(AtlasFields& fields, Key key, const JsonValue& value) {
  constexpr std::int64_t kCount = std::numeric_limits<std::uint32_t>::max();
  switch (key) {
    case Key::firmware:
    case Key::measurement: fields.is_atlas = true; break;
    case Key::type: fields.type = view_of(value); break;
    case Key::result: fields.result = value; break;
    case Key::dst_addr:
      fields.destination = address_of(value);
      fields.bad_destination = !fields.destination && view_of(value) != "";
      break;
    case Key::dst_name: fields.destination_name = view_of(value); break;
    case Key::src_addr: fields.source = known_address(value); break;
    case Key::from: fields.seen_from = known_address(value); break;
    case Key::proto: fields.protocol = view_of(value); break;
    case Key::timestamp: fields.timestamp = integer_of(value, 0, kMaxUnixSeconds); break;
    case Key::endtime: fields.end_time = integer_of(value, 0, kMaxUnixSeconds); break;
    case Key::prb_id:
      fields.is_atlas = true;
      fields.probe_id = integer_of(value, 0, kCount);
      break;
    case Key::paris_id: fields.paris_id = integer_of(value, 0, 65535); break;
    case Key::sent: fields.sent = integer_of(value, 0, kCount); break;
    case Key::rcvd: fields.received = integer_of(value, 0, kCount); break;
    case Key::min: fields.minimum = number_of(value); break;
    case Key::max: fields.maximum = number_of(value); break;
    case Key::avg: fields.average = number_of(value); break;
    case Key::ttl: fields.ttl = integer_of(value, 0, 255); break;
    case Key::size: fields.size = integer_of(value, 0, 65535); break;
    case Key::vantage: fields.vantage = view_of(value); break;
    case Key::isthmus: fields.own = object_of(value); break;
  }
}

AtlasFields read_fields(const JsonObject& root) {
  AtlasFields fields;
  for (const auto [name, value] : root) {
    const auto key = find_key(kKeys, name);
    if (key && !value.is_null()) note(fields, *key, value);
  }
  // The first firmware did not say what it was.
  if (fields.type.empty()) fields.type = fields.average || fields.received ? "ping" : "traceroute";
  return fields;
}

// Name resolution failed, or the measurement was refused: nothing was probed.
bool has_no_destination(AtlasFields& fields) {
  if (fields.destination || fields.bad_destination) return false;
  const auto name = IpAddress::parse(fields.destination_name);
  if (name) fields.destination = *name;
  const bool is_text = fields.result && fields.result->is_string();  // Says for itself where it went.
  return !name && !is_text;
}

}  // namespace

RecordKind read_atlas_result(const JsonObject& root, Observation& into, std::string& why) {
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
  if (is_trace) return read_atlas_trace(fields, reuse_as<Trace>(into), why) ? RecordKind::trace : RecordKind::bad;
  return read_atlas_ping(fields, reuse_as<PingSeries>(into), why) ? RecordKind::ping : RecordKind::bad;
}

}  // namespace isthmus::formats
