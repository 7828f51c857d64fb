#include <algorithm>
#include <cctype>
#include <limits>
#include <system_error>

#include "formats/atlas_words.hpp"
#include "formats/json_writer.hpp"
#include "isthmus/formats/atlas.hpp"

namespace isthmus::formats {
namespace {

// The firmware whose result shape this is; readers choose their parser by it.
constexpr int kFirmware = 5080;

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

std::int64_t unix_seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

bool is_known(const IpAddress& address) {
  return std::ranges::any_of(address.bytes(), [](auto byte) { return byte != 0; });
}

const char* upper_case_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::icmp: return "ICMP";
    case Protocol::udp: return "UDP";
    case Protocol::tcp: return "TCP";
  }
  return "ICMP";
}

// What all results have in common, up to and including the vantage point.
void write_head(JsonWriter& json, const char* type, const IpAddress& destination, const IpAddress& source) {
  json.field("fw", kFirmware).field("type", type).field("af", destination.is_v4() ? 4 : 6);
  json.field("dst_name", to_string(destination)).field("dst_addr", to_string(destination));
  if (is_known(source)) json.field("src_addr", to_string(source)).field("from", to_string(source));
}

void write_vantage(JsonWriter& json, const std::string& vantage, std::optional<std::uint32_t> prb_id) {
  if (prb_id) json.field("prb_id", *prb_id);
  json.field("vantage", vantage);
}

void write_send_failure(JsonWriter& json, const SendFailed& failure) {
  const auto reason = std::error_code(failure.error_number, std::generic_category()).message();
  json.field("error", "sendto failed: " + reason).field("errno", failure.error_number);
}

void write_icmp(JsonWriter& json, const Reply& reply) {
  json.field("icmp_type", int{reply.icmp_type}).field("icmp_code", int{reply.icmp_code});
}

// One element of a traceroute hop's "result".
void write_outcome(JsonWriter& json, const Outcome& outcome) {
  json.begin_object();
  if (const Reply* reply = reply_of(outcome)) {
    json.field("from", to_string(reply->from)).field("ttl", int{reply->ttl}).field("size", reply->size);
    json.field("rtt", milliseconds(reply->rtt));
    if (reply->quoted_ttl) json.field("ittl", int{*reply->quoted_ttl});
    if (reply->kind == ReplyKind::unreachable) {
      const auto word = error_word(reply->from.family(), reply->icmp_code);
      if (word == '#') json.field("err", int{reply->icmp_code});
      if (word != '#' && word != '\0') json.field("err", std::string_view(&word, 1));
    }
    write_icmp(json, *reply);
    json.field("kind", to_string(reply->kind));
  } else if (const auto* failure = std::get_if<SendFailed>(&outcome)) {
    write_send_failure(json, *failure);
  } else {
    json.field("x", "*");
  }
  json.end_object();
}

void write_hops(JsonWriter& json, const std::vector<Hop>& hops) {
  json.key("result").begin_array();
  for (const Hop& hop : hops) {
    json.begin_object().field("hop", int{hop.ttl}).key("result").begin_array();
    for (const Outcome& outcome : hop.outcomes) write_outcome(json, outcome);
    json.end_array().end_object();
  }
  json.end_array();
}

// One element of a ping's "result": only what shows that the address is there is an answer, any other packet an error.
void write_ping(JsonWriter& json, const Outcome& outcome, const IpAddress& address) {
  json.begin_object();
  const Reply* reply = reply_of(outcome);
  if (reply != nullptr && answers_ping(*reply, address)) {
    json.field("rtt", milliseconds(reply->rtt)).field("ttl", int{reply->ttl});
  } else if (reply != nullptr) {
    json.field("error", to_string(reply->kind)).field("from", to_string(reply->from));
    write_icmp(json, *reply);
  } else if (const auto* failure = std::get_if<SendFailed>(&outcome)) {
    write_send_failure(json, *failure);
  } else {
    json.field("x", "*");
  }
  json.end_object();
}

// "sent" to "avg": minimum, maximum and average are -1 without an answer, as the Atlas firmware has it.
void write_summary(JsonWriter& json, const PingSeries& series) {
  std::size_t received = 0;
  double low = std::numeric_limits<double>::max();
  double high = 0;
  double sum = 0;
  const Reply* first = nullptr;
  for (const PingOutcome& ping : series.outcomes) {
    const Reply* reply = reply_of(ping.outcome);
    if (reply == nullptr || !answers_ping(*reply, series.address)) continue;
    if (first == nullptr) first = reply;
    const double rtt = milliseconds(reply->rtt);
    ++received;
    sum += rtt;
    low = std::min(low, rtt);
    high = std::max(high, rtt);
  }
  if (first != nullptr) json.field("ttl", int{first->ttl}).field("size", first->size);
  json.field("sent", series.outcomes.size()).field("rcvd", received);
  json.field("min", received == 0 ? -1 : low).field("max", received == 0 ? -1 : high);
  json.field("avg", received == 0 ? -1 : sum / static_cast<double>(received));
}

}  // namespace

std::string to_atlas_json(const Trace& trace, std::optional<std::uint32_t> prb_id) {
  JsonWriter json;
  json.begin_object();
  write_head(json, "traceroute", trace.destination, trace.source);
  json.field("proto", upper_case_name(trace.protocol)).field("paris_id", trace.flow.value);
  json.field("timestamp", unix_seconds(trace.started)).field("endtime", unix_seconds(trace.ended));
  write_vantage(json, trace.vantage, prb_id);
  write_hops(json, trace.hops);
  json.key("isthmus").begin_object().field("target", trace.target).field("stop", to_string(trace.stop));
  json.field("started_ns", trace.started.time_since_epoch().count());
  json.field("ended_ns", trace.ended.time_since_epoch().count()).end_object();
  return json.end_object().take();
}

std::string to_atlas_json(const PingSeries& series, std::optional<std::uint32_t> prb_id) {
  JsonWriter json;
  json.begin_object();
  write_head(json, "ping", series.address, series.source);
  json.field("proto", upper_case_name(series.protocol));
  const Timestamp sent = series.outcomes.empty() ? Timestamp{} : series.outcomes.front().sent;
  json.field("timestamp", unix_seconds(sent));
  write_summary(json, series);
  write_vantage(json, series.vantage, prb_id);
  json.key("result").begin_array();
  for (const PingOutcome& ping : series.outcomes) write_ping(json, ping.outcome, series.address);
  json.end_array();
  json.key("isthmus").begin_object().field("target", series.target).end_object();
  return json.end_object().take();
}

std::string to_atlas_json(const Observation& observation, std::optional<std::uint32_t> prb_id) {
  return std::visit([&](const auto& o) { return to_atlas_json(o, prb_id); }, observation);
}

}  // namespace isthmus::formats
