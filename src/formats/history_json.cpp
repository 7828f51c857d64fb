#include "isthmus/formats/history_json.hpp"

#include "formats/json_writer.hpp"

namespace isthmus::formats {
namespace {

using resilience::DayRecord;
using resilience::PathSummary;
using resilience::ShareIntegral;

void write_upstream(JsonWriter& json, const DayRecord::Upstream& upstream, double seconds) {
  json.begin_object().field("asn", upstream.asn.number).key("share").begin_object();
  for (const auto estimand : resilience::kSharesOf) {
    const ShareIntegral& share = upstream.share[static_cast<std::size_t>(estimand)];
    json.key(to_string(estimand)).begin_object();
    json.field("estimate", share.estimate / seconds).field("low", share.low / seconds);
    json.field("high", share.high / seconds).field("least", share.least).field("most", share.most).end_object();
  }
  json.end_object().end_object();
}

void write_path(JsonWriter& json, std::string_view key, const PathSummary& path) {
  json.key(key).begin_object().key("as_path").begin_array();
  for (const Asn asn : path.as_path) json.value(asn.number);
  json.end_array().field_or_null("router", path.router ? to_string(*path.router) : std::string());
  json.field("upstream_asn", path.upstream).field("confidence", to_string(path.confidence)).end_object();
}

}  // namespace

std::string to_json(const DayRecord& record) {
  const double seconds = to_seconds(record.covered());
  JsonWriter json;
  json.begin_object().field("day", to_text(record.day)).field("target", record.target);
  json.field_or_null("block", record.block ? to_string(*record.block) : std::string());
  json.key("seconds").begin_object();
  for (const State state : kStates) {
    json.field(to_string(state), to_seconds(record.in_state[static_cast<std::size_t>(state)]));
  }
  json.end_object().field("covered_seconds", seconds).key("availability");
  const auto availability = record.availability();
  availability ? json.value(*availability) : json.null();
  json.field("unknown_share", seconds > 0 ? record.unknown_share / seconds : 1).key("upstreams").begin_array();
  for (const DayRecord::Upstream& upstream : record.upstreams) {
    if (seconds > 0) write_upstream(json, upstream, seconds);
  }
  return json.end_array().end_object().take();
}

std::string to_json(const resilience::PathChange& change) {
  JsonWriter json;
  json.begin_object().field("time", to_rfc3339(change.time)).field("target", change.target);
  json.field("block", to_string(change.block)).field("vantage", change.vantage);
  json.field("address", to_string(change.address)).field("flow", change.flow.value);
  write_path(json, "before", change.before);
  write_path(json, "after", change.after);
  return json.end_object().take();
}

std::string to_json(const resilience::PathChangesLeftOut& left_out) {
  JsonWriter json;
  json.begin_object().field("hour", to_rfc3339(left_out.hour)).field("target", left_out.target);
  return json.field("left_out", left_out.count).end_object().take();
}

std::string to_json(const resilience::LateTally& late, const resilience::HistoryQuery& query) {
  JsonWriter json;
  json.begin_object().field("day", to_text(late.day)).field("target", late.target);
  json.field_or_null("block", query.block ? to_string(*query.block) : std::string()).key("late").begin_object();
  json.field("vantage", late.vantage).field("pings", late.pings).field("answers", late.answers);
  json.field("traces", late.traces).field("reached", late.reached).end_object();
  return json.end_object().take();
}

std::string history_json(const resilience::HistoryQuery& query, const resilience::History& history) {
  JsonWriter json;
  json.begin_object().field("target", query.target);
  json.field_or_null("block", query.block ? to_string(*query.block) : std::string()).key("days").begin_array();
  for (const DayRecord& record : history.days) json.raw(to_json(record));
  json.end_array().key("late").begin_array();
  for (const resilience::LateTally& late : history.late) json.raw(to_json(late, query));
  return json.end_array().end_object().take();
}

Result<std::chrono::sys_days> parse_day(std::string_view text) {
  constexpr std::size_t kDateLength = 10;
  const auto time = parse_rfc3339(std::string(text) + (text.size() == kDateLength ? "T00:00:00Z" : ""));
  if (time) return std::chrono::floor<std::chrono::days>(*time);
  return Error{ErrorCode::invalid_argument, "read a day",
               "'" + std::string(text) + "' is neither a date like 2017-10-01 nor a time like 2017-10-01T09:07:51Z"};
}

std::string to_text(std::chrono::sys_days day) { return to_rfc3339(Timestamp(day)).substr(0, 10); }

}  // namespace isthmus::formats
