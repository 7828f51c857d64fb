#include <algorithm>
#include <cmath>
#include <limits>

#include "formats/atlas_words.hpp"
#include "formats/json_reader.hpp"
#include "isthmus/formats/atlas.hpp"

namespace isthmus::formats {
namespace {

namespace json = boost::json;

constexpr std::int64_t kMaxInt64 = std::numeric_limits<std::int64_t>::max();
// Seconds since 1970 that still fit nanoseconds in 64 bits.
constexpr std::int64_t kMaxUnixSeconds = kMaxInt64 / 1'000'000'000;
// A round trip beyond this is no measurement; also keeps the conversion to nanoseconds in range.
constexpr double kMaxRttMilliseconds = 3.6e6;

Error bad_trace(std::string detail) { return json_error("traceroute result", std::move(detail)); }

std::optional<Protocol> parse_protocol(std::string_view word) {
  if (word == "ICMP") return Protocol::icmp;
  if (word == "UDP") return Protocol::udp;
  if (word == "TCP") return Protocol::tcp;
  return std::nullopt;
}

std::optional<StopReason> parse_stop(std::string_view word) {
  for (const auto stop : {StopReason::reached, StopReason::unreachable, StopReason::gap_limit, StopReason::max_ttl,
                          StopReason::loop, StopReason::send_failed}) {
    if (word == to_string(stop)) return stop;
  }
  return std::nullopt;
}

std::optional<ReplyKind> parse_reply_kind(std::string_view word) {
  for (const auto kind : {ReplyKind::echo_reply, ReplyKind::time_exceeded, ReplyKind::unreachable}) {
    if (word == to_string(kind)) return kind;
  }
  return std::nullopt;
}

// A foreign result does not say which ICMP message it was; "err", the sender and the protocol do (RFC 792,
// RFC 4443).
void deduce_icmp(Reply& reply, const json::object& item, const Trace& trace) {
  const bool v4 = reply.from.is_v4();
  const auto set = [&](ReplyKind kind, int type, int code) {
    reply.kind = kind;
    reply.icmp_type = static_cast<std::uint8_t>(type);
    reply.icmp_code = static_cast<std::uint8_t>(code);
  };
  const auto code_number = find_integer(item, "err", 0, 255);
  const auto word = find_string(item, "err");
  if (code_number || word) {
    const auto code = word && word->size() == 1 ? error_code_of(reply.from.family(), word->front()) : std::nullopt;
    set(ReplyKind::unreachable, v4 ? 3 : 1, static_cast<int>(code_number.value_or(code.value_or(0))));
  } else if (reply.from != trace.destination) {
    set(ReplyKind::time_exceeded, v4 ? 11 : 3, 0);
  } else if (trace.protocol == Protocol::udp) {
    set(ReplyKind::unreachable, v4 ? 3 : 1, v4 ? 3 : 4);
  } else {
    set(ReplyKind::echo_reply, v4 ? 0 : 129, 0);
  }
  if (reply.kind != ReplyKind::echo_reply && !reply.quoted_ttl) reply.quoted_ttl = Ttl{1};
}

Result<Outcome> read_outcome(const json::object& item, const Trace& trace) {
  if (find(item, "error") != nullptr) {
    const auto number = find_integer(item, "errno", 0, std::numeric_limits<int>::max()).value_or(0);
    return Outcome(SendFailed{static_cast<int>(number)});
  }
  // An answer without a round-trip time came after its probe had been given up.
  const auto rtt = find_number(item, "rtt");
  if (find(item, "x") != nullptr || !rtt) return Outcome(TimedOut{});
  const auto from = find_address(item, "from");
  if (!from) return bad_trace("an answer has no readable \"from\" address");
  if (!(*rtt >= 0 && *rtt <= kMaxRttMilliseconds)) return bad_trace("an answer has an impossible \"rtt\"");
  Reply reply;
  reply.from = *from;
  reply.rtt = Duration(std::llround(*rtt * 1e6));
  reply.ttl = static_cast<Ttl>(find_integer(item, "ttl", 0, 255).value_or(0));
  reply.size = static_cast<std::uint16_t>(find_integer(item, "size", 0, 65535).value_or(0));
  if (const auto quoted = find_integer(item, "ittl", 0, 255)) reply.quoted_ttl = static_cast<Ttl>(*quoted);
  const auto type = find_integer(item, "icmp_type", 0, 255);
  const auto code = find_integer(item, "icmp_code", 0, 255);
  const auto kind = parse_reply_kind(find_string(item, "kind").value_or(""));
  if (type && code && kind) {
    reply.icmp_type = static_cast<std::uint8_t>(*type);
    reply.icmp_code = static_cast<std::uint8_t>(*code);
    reply.kind = *kind;
  } else {
    deduce_icmp(reply, item, trace);
  }
  return Outcome(reply);
}

Result<Hop> read_hop(const json::value& value, const Trace& trace) {
  const auto* object = value.if_object();
  const auto ttl = object == nullptr ? std::nullopt : find_integer(*object, "hop", 1, 255);
  if (!ttl) return bad_trace("a hop has no number from 1 to 255");
  Hop hop;
  hop.ttl = static_cast<Ttl>(*ttl);
  if (find(*object, "error") != nullptr) {
    hop.outcomes.emplace_back(SendFailed{});
    return hop;
  }
  const auto* results = find_array(*object, "result");
  if (results == nullptr) return bad_trace("a hop has no \"result\" list");
  for (const json::value& element : *results) {
    const auto* item = element.if_object();
    if (item == nullptr) return bad_trace("a hop's \"result\" holds something that is no object");
    if (find(*item, "dup") != nullptr) continue;  // A second answer to one probe.
    auto outcome = read_outcome(*item, trace);
    if (!outcome) return outcome.error();
    hop.outcomes.push_back(*outcome);
  }
  if (hop.outcomes.empty()) hop.outcomes.emplace_back(TimedOut{});
  return hop;
}

Result<void> read_hops(const json::array& hops, Trace& trace) {
  for (const json::value& value : hops) {
    auto hop = read_hop(value, trace);
    if (!hop) return hop.error();
    // The firmware ends a trace that met silence with one probe at TTL 255: it says nothing about a path.
    if (hop->ttl == 255 && !trace.hops.empty() && trace.hops.back().ttl != 254) continue;
    if (!trace.hops.empty() && hop->ttl != trace.hops.back().ttl + 1) {
      return bad_trace("hop " + std::to_string(hop->ttl) + " follows hop " + std::to_string(trace.hops.back().ttl) +
                       "; hops must ascend one by one");
    }
    trace.hops.push_back(std::move(*hop));
  }
  return {};
}

StopReason deduce_stop(const Trace& trace) {
  if (trace.hops.empty()) return StopReason::send_failed;
  const Reply* last = trace.hops.back().answer();
  if (last == nullptr) return StopReason::gap_limit;
  if (last->from == trace.destination) return StopReason::reached;
  return last->kind == ReplyKind::unreachable ? StopReason::unreachable : StopReason::max_ttl;
}

// Times in nanoseconds, target and stop reason when isthmus wrote the result, what can be deduced otherwise.
void read_extension(const json::object& root, Trace& trace) {
  static const json::object kNone;
  const auto* own = find_object(root, "isthmus");
  const json::object& extension = own == nullptr ? kNone : *own;
  trace.target = find_string(extension, "target").value_or("");
  trace.stop = parse_stop(find_string(extension, "stop").value_or("")).value_or(deduce_stop(trace));
  const auto time = [&](const char* key, Timestamp coarse) {
    // From 1970 on, like the seconds beside it: what is read must be writable again.
    const auto exact = find_integer(extension, key, 0, kMaxInt64);
    return exact ? Timestamp(Duration(*exact)) : coarse;
  };
  trace.started = time("started_ns", trace.started);
  trace.ended = time("ended_ns", trace.ended);
}

}  // namespace

Result<Trace> trace_from_atlas_json(std::string_view text) {
  const auto document = parse_object(text, "traceroute result");
  if (!document) return document.error();
  const json::object& root = document->get_object();
  if (find_string(root, "type").value_or("traceroute") != "traceroute") return bad_trace("its \"type\" is another");
  Trace trace;
  const auto destination = find_address(root, "dst_addr");
  if (!destination) return bad_trace("\"dst_addr\" is missing or no address");
  trace.destination = *destination;
  const auto source = find_address(root, "src_addr");
  if (source) trace.source = *source;
  const auto protocol = parse_protocol(find_string(root, "proto").value_or(""));
  if (!protocol) return bad_trace("\"proto\" is none of ICMP, UDP, TCP");
  trace.protocol = *protocol;
  trace.flow.value = static_cast<std::uint16_t>(find_integer(root, "paris_id", 0, 65535).value_or(0));
  const auto started = find_integer(root, "timestamp", 0, kMaxUnixSeconds);
  if (!started) return bad_trace("\"timestamp\" is missing or no Unix time");
  trace.started = Timestamp(std::chrono::seconds(*started));
  trace.ended = Timestamp(std::chrono::seconds(find_integer(root, "endtime", 0, kMaxUnixSeconds).value_or(*started)));
  trace.vantage = find_string(root, "vantage").value_or("");
  const auto prb_id = find_integer(root, "prb_id", 0, std::numeric_limits<std::uint32_t>::max());
  if (trace.vantage.empty() && prb_id) trace.vantage = "atlas-" + std::to_string(*prb_id);
  const auto* hops = find_array(root, "result");
  if (hops == nullptr) return bad_trace("\"result\" is missing or no list");
  if (const auto read = read_hops(*hops, trace); !read) return read.error();
  read_extension(root, trace);
  return trace;
}

}  // namespace isthmus::formats
