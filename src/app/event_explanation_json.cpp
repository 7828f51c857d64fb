#include "app/event_explanation.hpp"
#include "app/explained_change.hpp"
#include "formats/json_writer.hpp"
#include "inference/clues.hpp"
#include "isthmus/formats/event_json.hpp"

namespace isthmus::app {
namespace {

using formats::JsonWriter;

// A number and what it is called, null where there is none.
void write_as(JsonWriter& json, std::string_view number, std::string_view name, Asn asn,
              const ip2as::NetworkData& data) {
  json.field(number, asn).field_or_null(name, asn.is_none() ? "" : data.name_of(asn));
}

void write_clues(JsonWriter& json, const inference::Clues& clues) {
  json.key("clues").begin_array();
  for (std::size_t i = 0; i < inference::kClues; ++i) {
    const auto clue = static_cast<inference::Clue>(i);
    if (clues.has(clue)) json.value(describe(clue));
  }
  json.end_array();
}

void write_conclusion(JsonWriter& json, const std::optional<inference::LastHop>& hop, const ip2as::NetworkData& data) {
  json.key("conclusion");
  if (!hop) {
    json.null();
    return;
  }
  json.begin_object();
  write_as(json, "upstream_asn", "upstream_name", hop->upstream.value_or(Asn{}), data);
  json.field("conclusive", hop->conclusive());
  json.field("confidence", to_string(hop->confidence)).field("probability", double{hop->probability});
  json.field("rule", to_string(hop->rule)).field("why", describe(hop->rule));
  write_clues(json, hop->clues);
  json.end_object();
}

void write_hop(JsonWriter& json, const Hop& hop, const ShownHop& shown, const ip2as::NetworkData& data) {
  const Reply* reply = hop.answer();
  json.begin_object().field("ttl", shown.ttl);
  json.field_or_null("address", reply == nullptr ? "" : shown.address).key("rtt_seconds");
  reply == nullptr ? json.null() : json.value(to_seconds(reply->rtt));
  write_as(json, "asn", "name", shown.owner, data);
  write_as(json, "operator_asn", "operator_name", shown.operator_asn, data);
  json.field_or_null("note", shown.note).end_object();
}

void write_side(JsonWriter& json, const ExplainedTrace& side, const ip2as::NetworkData& data) {
  json.begin_object().field("started", to_rfc3339(side.trace->started));
  json.field("ended_by", to_string(side.trace->stop));
  write_conclusion(json, side.last_hop, data);
  json.key("hops").begin_array();
  for (std::size_t i = 0; i < side.hops.size(); ++i) write_hop(json, side.trace->hops[i], side.hops[i], data);
  json.end_array().end_object();
}

void write_change(JsonWriter& json, const ExplainedChange& change, const ip2as::NetworkData& data) {
  const Trace& trace = *change.after.trace;
  json.begin_object().field("vantage", trace.vantage).field("destination", to_string(trace.destination));
  json.field("protocol", to_string(trace.protocol)).field("flow", trace.flow.value).key("before");
  change.before ? write_side(json, *change.before, data) : void(json.null());
  json.key("after");
  write_side(json, change.after, data);
  json.end_object();
}

}  // namespace

std::string explain_event_json(const Event& event, const config::Config& config,
                               const std::shared_ptr<const ip2as::NetworkData>& data) {
  JsonWriter json;
  json.begin_object().key("event").raw(formats::to_json(event)).key("changes").begin_array();
  for (const ExplainedChange& change : explained_changes(event, config, data)) write_change(json, change, *data);
  json.end_array().end_object();
  return json.take();
}

}  // namespace isthmus::app
