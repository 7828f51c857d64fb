#include "formats/scamper_fields.hpp"

#include <array>
#include <limits>

#include "formats/atlas_answer.hpp"
#include "formats/json_keys.hpp"
#include "formats/record.hpp"

namespace isthmus::formats {
namespace {

using Value = JsonValue;
using Fields = ScamperFields;
using Answer = ScamperAnswer;

constexpr std::int64_t kMaxCount = std::numeric_limits<std::uint32_t>::max();

std::string_view view_of(const Value& value) { return text_of(value).value_or(""); }

std::int64_t number_in(const Value& value, std::int64_t high) { return integer_of(value, 0, high).value_or(0); }

// "flags":["all-attempts", ...], where scamper writes them.
bool has_all_attempts(const Value& flags) {
  const auto list = array_of(flags);
  if (!list) return false;
  for (const Value flag : *list) {
    if (view_of(flag) == "allattempts" || view_of(flag) == "all-attempts") return true;
  }
  return false;
}

constexpr JsonKeys<Fields, 27> kFieldKeys{{{
    {"type", [](Fields& f, const Value& value) { f.type = view_of(value); }},
    {"method", [](Fields& f, const Value& value) { f.method = view_of(value); }},
    {"src", [](Fields& f, const Value& value) { f.source = address_of(value); }},
    {"dst", [](Fields& f, const Value& value) { f.destination = address_of(value); }},
    {"start", [](Fields& f, const Value& value) { f.start = scamper_time(value); }},
    {"sport", [](Fields& f, const Value& value) { f.source_port = integer_of(value, 0, 65535); }},
    {"dport", [](Fields& f, const Value& value) { f.destination_port = integer_of(value, 0, 65535); }},
    {"icmp_sum", [](Fields& f, const Value& value) { f.icmp_sum = integer_of(value, 0, 65535); }},
    {"stop_reason", [](Fields& f, const Value& value) { f.stop = view_of(value); }},
    {"hop_count", [](Fields& f, const Value& value) { f.hop_count = integer_of(value, 0, 65535); }},
    {"attempts", [](Fields& f, const Value& value) { f.attempts = integer_of(value, 0, 255); }},
    {"firsthop", [](Fields& f, const Value& value) { f.first_hop = integer_of(value, 0, 255); }},
    {"flags", [](Fields& f, const Value& value) { f.all_attempts = has_all_attempts(value); }},
    {"hops", [](Fields& f, const Value& value) { f.hops = array_of(value); }},
    {"ping_sent", [](Fields& f, const Value& value) { f.sent = integer_of(value, 0, 65535); }},
    {"wait", [](Fields& f, const Value& value) { f.wait_seconds = integer_of(value, 0, kMaxCount); }},
    {"wait_us", [](Fields& f, const Value& value) { f.wait_microseconds = integer_of(value, 0, kMaxCount); }},
    {"responses", [](Fields& f, const Value& value) { f.responses = array_of(value); }},
    {"nodes", [](Fields& f, const Value& value) { f.nodes = array_of(value); }},
    {"monitor", [](Fields& f, const Value& value) { f.monitor = view_of(value); }},
    {"hostname", [](Fields& f, const Value& value) { f.host = view_of(value); }},
    {"CycleStart", [](Fields& f, const Value& value) { f.cycle_part = object_of(value); }},
    {"Trace", [](Fields& f, const Value& value) { f.trace_part = object_of(value); }},
    {"Tracelb", [](Fields& f, const Value& value) { f.trace_part = object_of(value); }},
    {"UUID", [](Fields& f, const Value&) { f.is_metadata = true; }},
    {"Metadata", [](Fields& f, const Value&) { f.is_metadata = true; }},
    {"TracerouteCallerVersion", [](Fields& f, const Value&) { f.is_metadata = true; }},
}}};

void set_from(Answer& answer, const Value& value) {
  answer.reply.from = known_or_none(address_of(value).value_or(IpAddress{}));
  answer.has_from = answer.reply.from != IpAddress{};
}

void set_rtt(Answer& answer, const Value& value) {
  const auto milliseconds = number_of(value);
  const auto rtt = milliseconds ? rtt_from_milliseconds(*milliseconds) : std::nullopt;
  answer.has_rtt = rtt.has_value();
  answer.reply.rtt = rtt.value_or(Duration{});
}

void set_carrier(Answer& answer, const Value& value) {
  if (view_of(value) == "tcp") answer.what.carrier = ScamperReply::Carrier::tcp;
  if (view_of(value) == "udp") answer.what.carrier = ScamperReply::Carrier::udp;
}

// [{"ie_cn":1,"ie_ct":1,"ie_dl":4,"mpls_labels":[{"mpls_ttl":1,"mpls_s":1,"mpls_exp":0,"mpls_label":16}]}]
void add_labels(Answer& answer, const Value& extensions) {
  const auto objects = array_of(extensions);
  if (!objects) return;
  for (const Value object : *objects) {
    JsonArray labels;
    if (object["mpls_labels"].get(labels) != simdjson::SUCCESS) continue;
    for (const Value label : labels) {
      MplsLabel& entry = answer.reply.mpls.emplace_back();
      const auto object_label = object_of(label);
      if (!object_label) continue;
      static constexpr JsonKeys<MplsLabel, 4> kLabelKeys{{{
          {"mpls_ttl", [](MplsLabel& l, const Value& v) { l.ttl = static_cast<Ttl>(number_in(v, 255)); }},
          {"mpls_s", [](MplsLabel& l, const Value& v) { l.bottom = number_in(v, 1) == 1; }},
          {"mpls_exp",
           [](MplsLabel& l, const Value& v) { l.experimental = static_cast<std::uint8_t>(number_in(v, 7)); }},
          {"mpls_label",
           [](MplsLabel& l, const Value& v) { l.label = static_cast<std::uint32_t>(number_in(v, 0xFFFFF)); }},
      }}};
      read_keys(*object_label, kLabelKeys, entry);
    }
  }
}

void set_ttl(Answer& a, const Value& value) { a.reply.ttl = static_cast<Ttl>(number_in(value, 255)); }
void set_ip_id(Answer& a, const Value& value) {
  a.reply.ip_id = static_cast<std::uint16_t>(number_in(value, kMaxCount));
}

constexpr JsonKeys<Answer, 19> kAnswerKeys{{{
    {"addr", set_from},
    {"from", set_from},
    {"rtt", set_rtt},
    {"probe_ttl", [](Answer& a, const Value& value) { a.probe_ttl = static_cast<Ttl>(number_in(value, 255)); }},
    {"probe_id", [](Answer& a, const Value& value) { a.number = number_in(value, 255); }},
    {"seq", [](Answer& a, const Value& value) { a.number = number_in(value, 65535); }},
    {"reply_ttl", set_ttl},
    {"ttl", set_ttl},
    {"reply_size",
     [](Answer& a, const Value& value) { a.reply.size = static_cast<std::uint16_t>(number_in(value, 65535)); }},
    {"reply_ipid", set_ip_id},
    {"ipid", set_ip_id},
    {"icmp_type",
     [](Answer& a, const Value& value) { a.what.icmp_type = static_cast<std::uint8_t>(number_in(value, 255)); }},
    {"icmp_code",
     [](Answer& a, const Value& value) { a.what.icmp_code = static_cast<std::uint8_t>(number_in(value, 255)); }},
    {"icmp_q_ttl", [](Answer& a, const Value& value) { a.reply.quoted_ttl = static_cast<Ttl>(number_in(value, 255)); }},
    {"icmp_q_tos",
     [](Answer& a, const Value& value) { a.reply.quoted_tos = static_cast<std::uint8_t>(number_in(value, 255)); }},
    {"tx", [](Answer& a, const Value& value) { a.sent = scamper_time(value).value_or(Timestamp{}); }},
    {"tcp_flags",
     [](Answer& a, const Value& value) {
       a.what.carrier = ScamperReply::Carrier::tcp;
       a.what.tcp_flags = static_cast<std::uint8_t>(number_in(value, 255));
     }},
    {"reply_proto", set_carrier},
    {"icmpext", add_labels},
}}};

}  // namespace

ScamperFields read_scamper_fields(const JsonObject& object) {
  ScamperFields fields;
  read_keys(object, kFieldKeys, fields);
  return fields;
}

ScamperAnswer read_scamper_answer(const JsonObject& object, const IpAddress& from) {
  ScamperAnswer answer;
  answer.reply.from = from;
  answer.has_from = from != IpAddress{};
  read_keys(object, kAnswerKeys, answer);
  set_scamper_kind(answer.reply, answer.what);
  return answer;
}

std::optional<Timestamp> scamper_time(const JsonValue& value) {
  JsonValue seconds;
  JsonValue microseconds;
  if (value["sec"].get(seconds) != simdjson::SUCCESS || value["usec"].get(microseconds) != simdjson::SUCCESS)
    return std::nullopt;
  const auto whole = integer_of(seconds, 0, kMaxCount);
  const auto part = integer_of(microseconds, 0, kMaxCount);
  if (!whole || !part) return std::nullopt;
  return Timestamp(std::chrono::seconds(*whole) + std::chrono::microseconds(*part));
}

}  // namespace isthmus::formats
