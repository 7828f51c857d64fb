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
struct Head {
  const char* type;
  const IpAddress& destination;
  const IpAddress& source;
  const IpAddress& seen_from;
};
void write_head(JsonWriter& json, const Head& head) {
  json.field("fw", kFirmware).field("type", head.type).field("af", head.destination.is_v4() ? 4 : 6);
  json.field("dst_name", to_string(head.destination)).field("dst_addr", to_string(head.destination));
  if (is_known(head.source)) json.field("src_addr", to_string(head.source));
  // Readers look up the vantage point's network by it, so that a guess is better than nothing.
  const IpAddress& from = is_known(head.seen_from) ? head.seen_from : head.source;
  if (is_known(from)) json.field("from", to_string(from));
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

void write_labels(JsonWriter& json, const std::vector<MplsLabel>& labels) {
  json.key("icmpext").begin_object().field("version", 2).field("rfc4884", 1);
  json.key("obj").begin_array().begin_object().field("class", 1).field("type", 1).key("mpls").begin_array();
  for (const MplsLabel& label : labels) {
    json.begin_object().field("label", label.label).field("exp", int{label.experimental});
    json.field("s", label.bottom ? 1 : 0).field("ttl", int{label.ttl}).end_object();
  }
  json.end_array().end_object().end_array().end_object();
}

void write_unreachable(JsonWriter& json, const Reply& reply) {
  const auto word = error_word(reply.from.family(), reply.icmp_code);
  if (word == '#') json.field("err", int{reply.icmp_code});
  if (word != '#' && word != '\0') json.field("err", std::string_view(&word, 1));
}

// The keys of an answer, as in a traceroute hop's "result".
void write_reply(JsonWriter& json, const Reply& reply) {
  json.field("from", to_string(reply.from)).field("ttl", int{reply.ttl}).field("size", reply.size);
  json.field("rtt", milliseconds(reply.rtt));
  if (reply.quoted_ttl) json.field("ittl", int{*reply.quoted_ttl});
  if (reply.quoted_tos) json.field("itos", int{*reply.quoted_tos});
  if (reply.kind == ReplyKind::unreachable) write_unreachable(json, reply);
  if (reply.kind == ReplyKind::tcp_syn_ack) json.field("flags", "SA");
  if (reply.kind == ReplyKind::tcp_rst) json.field("flags", "R");
  if (!reply.mpls.empty()) write_labels(json, reply.mpls);
  write_icmp(json, reply);
  json.field("kind", to_string(reply.kind));
  if (reply.ip_id != 0) json.field("ip_id", reply.ip_id);
  if (reply.weak) json.field("weak", true);
  if (reply.rewritten) json.field("rewritten", true);
}

// One element of a traceroute hop's "result".
void write_outcome(JsonWriter& json, const Outcome& outcome) {
  json.begin_object();
  if (const Reply* reply = reply_of(outcome)) {
    write_reply(json, *reply);
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
    json.end_array();
    if (hop.measured) json.field("measured_ns", hop.measured->time_since_epoch().count());
    json.end_object();
  }
  json.end_array();
}

// Whether round-trip time and TTL say all of it, where the reply has the size that the head of the result gives.
bool is_plain_echo(const Reply& reply, const IpAddress& address, std::uint16_t size) {
  return reply == Reply{.from = address,
                        .kind = ReplyKind::echo_reply,
                        .icmp_type = static_cast<std::uint8_t>(address.is_v4() ? 0 : 129),
                        .rtt = reply.rtt,
                        .ttl = reply.ttl,
                        .size = size};
}

// One element of a ping's "result": only what shows that the address is there is an answer, any other packet an error.
void write_ping(JsonWriter& json, const Outcome& outcome, const IpAddress& address, std::uint16_t size) {
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
  if (reply != nullptr && !is_plain_echo(*reply, address, size)) {
    json.key("reply").begin_object();
    write_reply(json, *reply);
    json.end_object();
  }
  json.end_object();
}

// "ttl" to "avg": minimum, maximum and average are -1 without an answer, as the Atlas firmware has it. The size that
// answers have unless they say otherwise.
std::uint16_t write_summary(JsonWriter& json, const PingSeries& series) {
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
  return first == nullptr ? std::uint16_t{0} : first->size;
}

// Begins what isthmus adds; the caller ends it.
void begin_own(JsonWriter& json, const std::string& target, const IpAddress& seen_from) {
  json.key("isthmus").begin_object().field("target", target);
  if (!is_known(seen_from)) json.key("seen_from").null();
}

}  // namespace

std::string to_atlas_json(const Trace& trace, std::optional<std::uint32_t> prb_id) {
  JsonWriter json;
  json.begin_object();
  write_head(json, {"traceroute", trace.destination, trace.source, trace.seen_from});
  json.field("proto", upper_case_name(trace.protocol)).field("paris_id", trace.flow.value);
  json.field("timestamp", unix_seconds(trace.started)).field("endtime", unix_seconds(trace.ended));
  write_vantage(json, trace.vantage, prb_id);
  write_hops(json, trace.hops);
  begin_own(json, trace.target, trace.seen_from);
  json.field("stop", to_string(trace.stop));
  json.field("started_ns", trace.started.time_since_epoch().count());
  json.field("ended_ns", trace.ended.time_since_epoch().count()).end_object();
  return json.end_object().take();
}

std::string to_atlas_json(const PingSeries& series, std::optional<std::uint32_t> prb_id) {
  JsonWriter json;
  json.begin_object();
  write_head(json, {"ping", series.address, series.source, series.seen_from});
  json.field("proto", upper_case_name(series.protocol));
  const Timestamp sent = series.outcomes.empty() ? Timestamp{} : series.outcomes.front().sent;
  json.field("timestamp", unix_seconds(sent));
  const std::uint16_t size = write_summary(json, series);
  write_vantage(json, series.vantage, prb_id);
  json.key("result").begin_array();
  for (const PingOutcome& ping : series.outcomes) write_ping(json, ping.outcome, series.address, size);
  json.end_array();
  begin_own(json, series.target, series.seen_from);
  json.key("sent_ns").begin_array();
  for (const PingOutcome& ping : series.outcomes) json.value(ping.sent.time_since_epoch().count());
  json.end_array().end_object();
  return json.end_object().take();
}

std::string to_atlas_json(const Observation& observation, std::optional<std::uint32_t> prb_id) {
  return std::visit([&](const auto& o) { return to_atlas_json(o, prb_id); }, observation);
}

}  // namespace isthmus::formats
