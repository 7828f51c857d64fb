#include "isthmus/formats/event_json.hpp"

#include <limits>
#include <utility>

#include <boost/json/serialize.hpp>

#include "formats/json_reader.hpp"
#include "formats/json_writer.hpp"
#include "isthmus/formats/atlas.hpp"

namespace isthmus::formats {
namespace {

namespace json = boost::json;

Error bad_event(std::string detail) { return json_error("event", std::move(detail)); }

std::optional<FailingHop> read_failing_hop(const json::object& object) {
  const json::object* hop = find_object(object, "first_failing_hop");
  const auto address = hop != nullptr ? find_address(*hop, "address") : std::nullopt;
  if (!address) return std::nullopt;
  return FailingHop{.vantage = find_string(*hop, "vantage").value_or(""),
                    .ttl = static_cast<Ttl>(find_integer(*hop, "ttl", 1, 255).value_or(1)),
                    .address = *address,
                    .last_answer = find_address(*hop, "last_answer").value_or(IpAddress{})};
}

Result<Evidence> read_evidence(const json::object& object) {
  Evidence evidence;
  evidence.summary = find_string(object, "summary").value_or("");
  if (const auto* vantages = find_array(object, "vantages")) {
    for (const json::value& vantage : *vantages) {
      if (!vantage.is_string()) return json_error("evidence", "\"vantages\" holds something that is no text");
      evidence.vantages.emplace_back(vantage.get_string().c_str(), vantage.get_string().size());
    }
  }
  if (const auto* traces = find_array(object, "traces")) {
    for (const json::value& value : *traces) {
      auto trace = trace_from_atlas_json(json::serialize(value));
      if (!trace) return trace.error();
      evidence.traces.push_back(std::move(*trace));
    }
  }
  evidence.failing = read_failing_hop(object);
  return evidence;
}

Result<void> read_subject(const json::object& object, Event& event) {
  event.target = find_string(object, "target").value_or("");
  event.vantage = find_string(object, "vantage").value_or("");
  event.before = find_string(object, "before").value_or("");
  event.after = find_string(object, "after").value_or("");
  event.upstream.number = static_cast<std::uint32_t>(
      find_integer(object, "upstream_asn", 0, std::numeric_limits<std::uint32_t>::max()).value_or(0));
  if (const auto text = find_string(object, "block")) {
    const auto prefix = Prefix::parse(*text);
    if (!prefix) return bad_event("\"block\": " + prefix.error().detail);
    event.block = Block{*prefix};
  }
  return {};
}

Result<Event> read_event(const json::object& object) {
  Event event;
  const auto id = find_integer(object, "id", 0, std::numeric_limits<std::int64_t>::max());
  if (!id) return bad_event("\"id\" is missing or no whole number");
  event.id = static_cast<std::uint64_t>(*id);
  const auto time = parse_rfc3339(find_string(object, "time").value_or(""));
  if (!time) return bad_event("\"time\": " + time.error().detail);
  event.time = *time;
  const auto kind = parse_event_kind(find_string(object, "kind").value_or(""));
  if (!kind) return bad_event("\"kind\" is none that isthmus knows");
  event.kind = *kind;
  if (const auto subject = read_subject(object, event); !subject) return subject.error();
  if (const auto* evidence = find_object(object, "evidence")) {
    auto read = read_evidence(*evidence);
    if (!read) return read.error();
    event.evidence = std::move(*read);
  }
  return event;
}

}  // namespace

std::string evidence_to_json(const Evidence& evidence) {
  JsonWriter json;
  json.begin_object().field("summary", evidence.summary);
  json.key("vantages").begin_array();
  for (const auto& vantage : evidence.vantages) json.value(vantage);
  json.end_array().key("traces").begin_array();
  for (const auto& trace : evidence.traces) json.raw(to_atlas_json(trace));
  json.end_array().key("first_failing_hop");
  if (const auto& hop = evidence.failing) {
    json.begin_object().field("vantage", hop->vantage).field("ttl", hop->ttl).field("address", to_string(hop->address));
    json.key("last_answer");
    hop->last_answer == IpAddress{} ? json.null() : json.value(to_string(hop->last_answer));
    json.end_object();
  } else {
    json.null();
  }
  return json.end_object().take();
}

Result<Evidence> evidence_from_json(std::string_view text) {
  const auto document = parse_object(text, "evidence");
  if (!document) return document.error();
  return read_evidence(document->get_object());
}

std::string to_json(const Event& event) {
  JsonWriter json;
  json.begin_object().field("id", event.id).field("time", to_rfc3339(event.time));
  json.field("kind", to_string(event.kind)).field_or_null("target", event.target);
  json.field_or_null("block", event.block ? to_string(*event.block) : std::string());
  json.field("upstream_asn", event.upstream).field_or_null("vantage", event.vantage);
  json.field_or_null("before", event.before).field_or_null("after", event.after);
  return json.key("evidence").raw(evidence_to_json(event.evidence)).end_object().take();
}

Result<Event> event_from_json(std::string_view text) {
  const auto document = parse_object(text, "event");
  if (!document) return document.error();
  return read_event(document->get_object());
}

std::string events_json(const std::vector<Event>& events) {
  JsonWriter json;
  json.begin_object().key("events").begin_array();
  for (const Event& event : events) json.raw(to_json(event));
  return json.end_array().end_object().take();
}

Result<std::vector<Event>> events_from_json(std::string_view text) {
  const auto document = parse_object(text, "events");
  if (!document) return document.error();
  const json::array* list = find_array(document->get_object(), "events");
  if (list == nullptr) return json_error("events", "\"events\" is missing or no list");
  std::vector<Event> events;
  for (const json::value& value : *list) {
    if (!value.is_object()) return json_error("events", "\"events\" holds something that is no object");
    auto event = read_event(value.get_object());
    if (!event) return event.error();
    events.push_back(std::move(*event));
  }
  return events;
}

}  // namespace isthmus::formats
