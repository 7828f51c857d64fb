#include "formats/scamper_json.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "formats/scamper_fields.hpp"
#include "formats/scamper_hops.hpp"

namespace isthmus::formats {
namespace {

// What scamper does beside tracing and pinging.
constexpr std::array<std::string_view, 13> kOtherTypes{
    "cycle-start", "cycle-def", "cycle-stop", "dealias",  "neighbourdisc", "tbit", "sting",
    "sniff",       "host",      "http",       "udpprobe", "owamp",         "list"};

bool fail(std::string& why, const char* reason) {
  why = reason;
  return false;
}

bool has_ends(const ScamperFields& fields, std::string& why) {
  const IpAddress destination = known_or_none(fields.destination.value_or(IpAddress{}));
  if (destination == IpAddress{}) return fail(why, "\"dst\" is missing or no address");
  return fields.start ? true : fail(why, "\"start\" is missing or no time");
}

}  // namespace

RecordKind ScamperJsonReader::read(const JsonObject& root, Observation& into, std::vector<Trace>& more,
                                   std::string& why) {
  const ScamperFields fields = read_scamper_fields(root);
  if (fields.trace_part) {
    if (fields.cycle_part) host_ = read_scamper_fields(*fields.cycle_part).host;
    const RecordKind kind = read(*fields.trace_part, into, more, why);
    return kind == RecordKind::foreign ? RecordKind::bad : kind;
  }
  const auto kind = [](bool ok, RecordKind good) { return ok ? good : RecordKind::bad; };
  if (fields.type == "trace") return kind(read_trace(fields, reuse_as<Trace>(into), why), RecordKind::trace);
  if (fields.type == "ping") {
    PingSeries& series = reuse_as<PingSeries>(into);
    const bool ok = read_ping(fields, series, why);
    return kind(ok, series.outcomes.empty() ? RecordKind::other : RecordKind::ping);
  }
  if (fields.type == "tracelb") {
    const bool ok = read_mda(fields, more, why);
    return kind(ok, more.empty() ? RecordKind::other : RecordKind::trace);
  }
  if (fields.type == "cycle-start") host_ = fields.host;
  const bool is_other = fields.is_metadata || std::ranges::find(kOtherTypes, fields.type) != kOtherTypes.end();
  return is_other ? RecordKind::other : RecordKind::foreign;
}

std::string ScamperJsonReader::vantage_of(const ScamperFields& fields) const {
  if (!fields.monitor.empty()) return std::string(fields.monitor);
  return host_.empty() ? "scamper-" + to_string(fields.source.value_or(IpAddress{})) : host_;
}

bool ScamperJsonReader::read_trace(const ScamperFields& fields, Trace& into, std::string& why) const {
  const auto protocol = scamper_trace_protocol(fields.method);
  if (!protocol) return fail(why, "\"method\" is none that traces");
  if (!has_ends(fields, why)) return false;
  into.vantage = vantage_of(fields);
  into.target.clear();
  into.source = known_or_none(fields.source.value_or(IpAddress{}));
  into.destination = *fields.destination;
  into.seen_from = IpAddress{};
  into.protocol = *protocol;
  const auto port = [](std::optional<std::int64_t> number) { return static_cast<std::uint16_t>(number.value_or(0)); };
  into.flow = scamper_flow(*protocol, port(fields.source_port), port(fields.destination_port));
  if (*protocol == Protocol::icmp) into.flow.value = port(fields.icmp_sum);
  into.started = into.ended = *fields.start;
  const ScamperPlan plan{.first_hop = static_cast<Ttl>(fields.first_hop.value_or(1)),
                         .hop_count = static_cast<int>(fields.hop_count.value_or(0)),
                         .attempts = static_cast<std::uint8_t>(fields.attempts.value_or(1)),
                         .all_attempts = fields.all_attempts};
  ScamperHops hops(plan, into);
  if (fields.hops) {
    for (const JsonValue element : *fields.hops) {
      const auto object = object_of(element);
      if (!object) return fail(why, "\"hops\" holds something that is no hop");
      ScamperAnswer answer = read_scamper_answer(*object);
      // Traceroute-caller has hops whose address is "" or "*": nobody.
      if (answer.probe_ttl > 0 && !answer.has_from) continue;
      if (!answer.has_rtt) return fail(why, "a hop has no round-trip time");
      const bool added = hops.add({.reply = std::move(answer.reply),
                                   .ttl = answer.probe_ttl,
                                   .probe = static_cast<std::uint8_t>(std::max<std::int64_t>(answer.number, 1) - 1),
                                   .sent = answer.sent});
      if (!added) return fail(why, "hops go backwards");
    }
  }
  hops.finish();
  into.stop = scamper_stop(fields.stop).value_or(deduce_stop(into));
  return true;
}

bool ScamperJsonReader::read_ping(const ScamperFields& fields, PingSeries& into, std::string& why) const {
  const auto protocol = scamper_ping_protocol(fields.method);
  into.outcomes.clear();
  if (!protocol) return fail(why, "\"method\" is none that pings");
  if (!has_ends(fields, why)) return false;
  into.vantage = vantage_of(fields);
  into.target.clear();
  into.source = known_or_none(fields.source.value_or(IpAddress{}));
  into.address = *fields.destination;
  into.seen_from = IpAddress{};
  into.protocol = *protocol;
  const Duration wait = std::chrono::seconds(fields.wait_seconds.value_or(1)) +
                        std::chrono::microseconds(fields.wait_microseconds.value_or(0));
  for (int i = 0; i < fields.sent.value_or(0); ++i) into.outcomes.push_back({*fields.start + i * wait, TimedOut{}});
  if (!fields.responses) return true;
  for (const JsonValue element : *fields.responses) {
    const auto object = object_of(element);
    if (!object) return fail(why, "\"responses\" holds something that is no response");
    ScamperAnswer answer = read_scamper_answer(*object);
    const auto number = static_cast<std::size_t>(answer.number);
    if (!answer.has_from || !answer.has_rtt) return fail(why, "a response has no address or no round-trip time");
    if (number >= into.outcomes.size()) return fail(why, "a response to a probe that was not sent");
    PingOutcome& outcome = into.outcomes[number];
    if (answer.sent != Timestamp{}) outcome.sent = answer.sent;
    if (reply_of(outcome.outcome) == nullptr) outcome.outcome = std::move(answer.reply);
  }
  return true;
}

}  // namespace isthmus::formats
