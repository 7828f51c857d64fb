#include <array>
#include <limits>
#include <optional>

#include "formats/atlas_answer.hpp"
#include "formats/atlas_common.hpp"
#include "formats/atlas_result.hpp"
#include "formats/json_keys.hpp"

namespace isthmus::formats {
namespace {

std::optional<StopReason> parse_stop(std::string_view word) {
  for (const auto stop : {StopReason::reached, StopReason::unreachable, StopReason::gap_limit, StopReason::max_ttl,
                          StopReason::loop, StopReason::send_failed}) {
    if (word == to_string(stop)) return stop;
  }
  return std::nullopt;
}

// A hop as it stands there.
struct HopFields {
  std::optional<std::int64_t> ttl{}, measured_ns{};
  std::optional<JsonValue> result{}, error{};
};

constexpr JsonKeys<HopFields, 4> kHopKeys{{{
    {"hop", [](HopFields& hop, const JsonValue& value) { hop.ttl = integer_of(value, 1, 255); }},
    {"result", [](HopFields& hop, const JsonValue& value) { hop.result = value; }},
    {"error", [](HopFields& hop, const JsonValue& value) { hop.error = value; }},
    {"measured_ns",
     [](HopFields& hop, const JsonValue& value) {
       hop.measured_ns = integer_of(value, 0, std::numeric_limits<std::int64_t>::max());
     }},
}}};

bool read_elements(const JsonArray& elements, const ProbedBy& probed, AddressReader& addresses,
                   std::vector<Outcome>& outcomes, std::string& why) {
  for (const JsonValue element : elements) {
    const auto item = object_of(element);
    if (!item) {
      why = "a hop's \"result\" holds something that is no object";
      return false;
    }
    const AnswerKind kind = read_atlas_answer(*item, probed, addresses, outcomes.emplace_back(), why);
    if (kind == AnswerKind::bad) return false;
    if (kind == AnswerKind::no_outcome) outcomes.pop_back();
  }
  return true;
}

bool read_outcomes(const HopFields& fields, const ProbedBy& probed, AddressReader& addresses,
                   std::vector<Outcome>& outcomes, std::string& why) {
  const auto elements = fields.result ? array_of(*fields.result) : std::nullopt;
  if (!elements && !fields.error) why = "a hop has no \"result\" list";
  if (!elements && !fields.error) return false;
  if (elements && !read_elements(*elements, probed, addresses, outcomes, why)) return false;
  if (fields.error) outcomes.emplace_back(send_failure(text_of(*fields.error).value_or("")));
  // Nothing but late answers and duplicates: its own probes were not answered.
  if (outcomes.empty()) outcomes.emplace_back(TimedOut{});
  return true;
}

class HopReader {
 public:
  HopReader(Trace& trace, std::string& why)
      : trace_(trace), hops_(trace.hops), probed_{trace.destination, trace.protocol}, why_(why) {}

  bool read(const JsonArray& elements) {
    for (const JsonValue element : elements) {
      const auto object = object_of(element);
      if (!object) return fail("\"result\" holds something that is no hop");
      HopFields fields;
      read_keys(*object, kHopKeys, fields);
      // Instead of hops: why nothing could be sent at all.
      if (!fields.ttl && fields.error && !fields.result) continue;
      if (!fields.ttl) return fail("a hop has no number from 1 to 255");
      if (!read_hop(static_cast<Ttl>(*fields.ttl), fields)) return false;
    }
    hops_.finish();
    return true;
  }
  /// Whether the destination answered the probe at TTL 255 that ends a trace which met silence.
  [[nodiscard]] bool reached_beyond() const { return reached_beyond_; }

 private:
  bool read_hop(Ttl ttl, const HopFields& fields) {
    if (!hops_.empty() && ttl < hops_.last().ttl) return fail("hops go backwards");
    if (ttl == 255 && !hops_.empty() && hops_.last().ttl < 254) return read_last_try(fields);
    hops_.fill_up_to(ttl);
    const bool again = !hops_.empty() && hops_.last().ttl == ttl;
    Hop& hop = again ? hops_.last() : hops_.add(ttl);
    if (fields.measured_ns) hop.measured = Timestamp(std::chrono::nanoseconds(*fields.measured_ns));
    return read_outcomes(fields, probed_, addresses_, hop.outcomes, why_);
  }
  // It says nothing about a path, only whether the destination is there.
  bool read_last_try(const HopFields& fields) {
    if (!read_outcomes(fields, probed_, addresses_, hops_.add(255).outcomes, why_)) return false;
    for (const Outcome& outcome : hops_.last().outcomes) {
      const Reply* reply = reply_of(outcome);
      reached_beyond_ |= reply != nullptr && reply->from == trace_.destination;
    }
    hops_.remove_last();
    return true;
  }
  bool fail(const char* why) {
    why_ = why;
    return false;
  }

  Trace& trace_;
  HopList hops_;
  ProbedBy probed_;
  AddressReader addresses_;
  std::string& why_;
  bool reached_beyond_{false};
};

bool read_hops(const AtlasFields& fields, Trace& into, std::string& why) {
  const auto text = fields.result ? text_of(*fields.result) : std::nullopt;
  if (text && !read_atlas_text(*text, into, why)) return false;
  const auto elements = fields.result ? array_of(*fields.result) : std::nullopt;
  if (!elements && !text) why = "\"result\" is missing or no list";
  if (!elements && !text) return false;
  HopReader hops(into, why);
  if (elements && !hops.read(*elements)) return false;
  into.stop = hops.reached_beyond() ? StopReason::reached : deduce_stop(into);
  return true;
}

}  // namespace

bool read_atlas_trace(const AtlasFields& fields, Trace& into, std::string& why) {
  // Who does not say probes with UDP, which is what the firmware does when it is not told otherwise.
  const auto protocol = fields.protocol.empty() ? Protocol::udp : parse_atlas_protocol(fields.protocol);
  if (!protocol) why = "\"proto\" is none of ICMP, UDP, TCP";
  if (!protocol) return false;
  set_common(fields, into);
  into.destination = fields.destination.value_or(IpAddress{});
  into.protocol = *protocol;
  into.flow.value = static_cast<std::uint16_t>(fields.paris_id.value_or(0));
  into.started = Timestamp(std::chrono::seconds(*fields.timestamp));
  into.ended = Timestamp(std::chrono::seconds(fields.end_time.value_or(*fields.timestamp)));
  if (!read_hops(fields, into, why)) return false;
  if (!fields.own) return true;
  into.stop = parse_stop(own_text(fields, "stop")).value_or(into.stop);
  into.started = own_time(fields, "started_ns").value_or(into.started);
  into.ended = own_time(fields, "ended_ns").value_or(into.ended);
  return true;
}

}  // namespace isthmus::formats
