#include <algorithm>
#include <chrono>

#include "formats/atlas_answer.hpp"
#include "formats/atlas_common.hpp"
#include "formats/atlas_result.hpp"

namespace isthmus::formats {
namespace {

// The firmware sends an echo request each second; results do not say when.
constexpr std::chrono::seconds kInterval{1};
// More than anybody sends in one measurement: a number beyond it is an error, not a reason to run out of memory.
constexpr std::int64_t kMostSent = 65536;

bool fail(std::string& why, const char* reason) {
  why = reason;
  return false;
}

// Times of sending in nanoseconds, when isthmus wrote the result.
void set_times(const AtlasFields& fields, PingSeries& into) {
  Timestamp sent(std::chrono::seconds(*fields.timestamp));
  for (PingOutcome& ping : into.outcomes) {
    ping.sent = sent;
    if (sent < Timestamp::max() - kInterval) sent += kInterval;
  }
  JsonArray exact;
  if (!fields.own || fields.own->at_key("sent_ns").get(exact) != simdjson::SUCCESS) return;
  std::size_t index = 0;
  for (const JsonValue value : exact) {
    const auto time = integer_of(value, 0, kMaxUnixNanoseconds);
    if (index == into.outcomes.size() || !time) break;
    into.outcomes[index++].sent = Timestamp(Duration(*time));
  }
  std::ranges::stable_sort(into.outcomes, {}, &PingOutcome::sent);
}

bool read_elements(const AtlasFields& fields, const JsonArray& elements, PingSeries& into, std::string& why) {
  const ProbedBy probed{into.address, into.protocol};
  const PingDefaults defaults{.ttl = static_cast<Ttl>(fields.ttl.value_or(0)),
                              .size = static_cast<std::uint16_t>(fields.size.value_or(0))};
  for (const JsonValue element : elements) {
    const auto item = object_of(element);
    if (!item) return fail(why, "\"result\" holds something that is no object");
    const AnswerKind kind = read_atlas_echo(*item, probed, defaults, into.outcomes.emplace_back().outcome, why);
    if (kind == AnswerKind::bad) return false;
    if (kind == AnswerKind::no_outcome) into.outcomes.pop_back();
  }
  return true;
}

// Firmware 1 gives minimum, maximum and average alone: answers that have these, and silence for the rest.
bool make_elements(const AtlasFields& fields, PingSeries& into, std::string& why) {
  const std::int64_t sent = fields.sent.value_or(0);
  const std::int64_t received = fields.received.value_or(0);
  if (sent < 1 || sent > kMostSent || received > sent) return fail(why, "\"sent\" and \"rcvd\" do not fit");
  const double low = fields.minimum.value_or(-1);
  const double high = fields.maximum.value_or(-1);
  const double average = fields.average.value_or(-1);
  const double between = (average * static_cast<double>(received) - low - high) / static_cast<double>(received - 2);
  for (std::int64_t i = 0; i < received; ++i) {
    const double last_or_first = i == 0 ? low : high;
    const auto rtt = rtt_from_milliseconds(received == 1 ? average : i < 2 ? last_or_first : between);
    if (!rtt) return fail(why, "\"min\", \"max\" and \"avg\" do not fit");
    into.outcomes.push_back({.outcome = Reply{.from = into.address,
                                              .icmp_type = static_cast<std::uint8_t>(into.address.is_v4() ? 0 : 129),
                                              .rtt = *rtt,
                                              .ttl = static_cast<Ttl>(fields.ttl.value_or(0)),
                                              .size = static_cast<std::uint16_t>(fields.size.value_or(0))}});
  }
  into.outcomes.resize(static_cast<std::size_t>(sent), {.outcome = TimedOut{}});
  return true;
}

}  // namespace

bool read_atlas_ping(const AtlasFields& fields, PingSeries& into, std::string& why) {
  const auto protocol = fields.protocol.empty() ? Protocol::icmp : parse_atlas_protocol(fields.protocol);
  if (!protocol) return fail(why, "\"proto\" is none of ICMP, UDP, TCP");
  set_common(fields, into);
  into.address = fields.destination.value_or(IpAddress{});
  into.protocol = *protocol;
  into.outcomes.clear();
  const auto elements = fields.result ? array_of(*fields.result) : std::nullopt;
  if (elements && !read_elements(fields, *elements, into, why)) return false;
  if (into.outcomes.empty() && !make_elements(fields, into, why)) return false;
  set_times(fields, into);
  return true;
}

}  // namespace isthmus::formats
