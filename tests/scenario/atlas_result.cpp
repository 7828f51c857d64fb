#include "scenario/atlas_result.hpp"

#include <algorithm>
#include <cmath>

#include "formats/json_writer.hpp"

namespace isthmus::scenario {
namespace {

using formats::JsonWriter;

std::int64_t seconds(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

struct Head {
  const char* type;
  const char* name;
  const char* protocol;
  const IpAddress& destination;
  int measurement;
};

void write_head(JsonWriter& json, const Head& head, const AtlasProbe& probe, Timestamp stored) {
  json.field("fw", 5080).field("mver", "2.6.2").field("lts", 18).field("dst_name", to_string(head.destination));
  json.field("af", 4).field("dst_addr", to_string(head.destination)).field("src_addr", "192.168.1.10");
  json.field("proto", head.protocol).field("msm_id", head.measurement).field("prb_id", probe.id);
  json.field("msm_name", head.name).field("from", to_string(probe.address)).field("type", head.type);
  json.field("group_id", head.measurement).field("stored_timestamp", seconds(stored));
}

// Replies with an ICMP error are an "error" in a ping, a letter in a trace.
void write_echo(JsonWriter& json, const Outcome& outcome) {
  json.begin_object();
  const Reply* reply = reply_of(outcome);
  if (reply == nullptr) {
    json.field("x", "*");
  } else if (reply->kind == ReplyKind::echo_reply) {
    json.field("rtt", milliseconds(reply->rtt));
  } else {
    json.field("error", "icmp error 3 code 0");
  }
  json.end_object();
}

std::string ping_result(const PingSeries& series, const AtlasProbe& probe, Timestamp stored) {
  JsonWriter json;
  json.begin_object();
  write_head(json, {"ping", "Ping", "ICMP", series.address, 1001}, probe, stored);
  json.field("timestamp", seconds(series.outcomes.front().sent)).field("step", 240).field("ttl", 48).field("size", 48);
  double low = -1;
  double high = -1;
  double sum = 0;
  int received = 0;
  json.key("result").begin_array();
  for (const PingOutcome& ping : series.outcomes) {
    write_echo(json, ping.outcome);
    const Reply* reply = reply_of(ping.outcome);
    if (reply == nullptr || reply->kind != ReplyKind::echo_reply) continue;
    const double rtt = milliseconds(reply->rtt);
    low = received == 0 ? rtt : std::min(low, rtt);
    high = std::max(high, rtt);
    sum += rtt;
    ++received;
  }
  json.end_array().field("dup", 0).field("rcvd", received).field("sent", series.outcomes.size());
  json.field("min", low).field("max", high).field("avg", received == 0 ? -1 : sum / received);
  return json.end_object().take();
}

void write_hop_outcome(JsonWriter& json, const Outcome& outcome, const IpAddress& destination) {
  json.begin_object();
  const Reply* reply = reply_of(outcome);
  if (reply == nullptr) {
    json.field("x", "*").end_object();
    return;
  }
  json.field("from", to_string(reply->from)).field("ttl", int{reply->ttl}).field("size", reply->size);
  if (reply->kind == ReplyKind::unreachable && reply->from != destination) json.field("err", "N");
  json.field("rtt", milliseconds(reply->rtt)).end_object();
}

std::string trace_result(const Trace& trace, const AtlasProbe& probe, Timestamp stored) {
  JsonWriter json;
  json.begin_object();
  write_head(json, {"traceroute", "Traceroute", "UDP", trace.destination, 5001}, probe, stored);
  json.field("timestamp", seconds(trace.started)).field("endtime", seconds(trace.ended));
  json.field("paris_id", trace.flow.value).field("size", 40).key("result").begin_array();
  const auto write_hop = [&](int ttl, const std::vector<Outcome>& outcomes) {
    json.begin_object().field("hop", ttl).key("result").begin_array();
    for (const Outcome& outcome : outcomes) write_hop_outcome(json, outcome, trace.destination);
    json.end_array().end_object();
  };
  for (const Hop& hop : trace.hops) write_hop(hop.ttl, hop.outcomes);
  // After five silent hops the firmware makes a last try at TTL 255.
  if (trace.stop == StopReason::gap_limit) write_hop(255, {3, Outcome{TimedOut{}}});
  return json.end_array().end_object().take();
}

}  // namespace

std::string atlas_result(const Observation& observation, const AtlasProbe& probe, Timestamp stored) {
  if (const auto* trace = std::get_if<Trace>(&observation)) return trace_result(*trace, probe, stored);
  return ping_result(std::get<PingSeries>(observation), probe, stored);
}

}  // namespace isthmus::scenario
