#include <algorithm>

#include "config/deny_file.hpp"
#include "config/file_text.hpp"
#include "config/sections.hpp"
#include "config/values.hpp"

namespace isthmus::config {
namespace {

constexpr std::uint32_t kMaxRate = 100000;
constexpr std::uint32_t kMaxRouterRate = 1000;
constexpr std::uint32_t kMaxFlows = 64;
constexpr std::uint32_t kMaxAttempts = 10;
constexpr std::uint32_t kMaxPort = 65520;  // UDP uses sixteen from here on
constexpr std::uint32_t kMaxTtl = 63;

void read_protocol(Reader& reader, const Value& value, Protocol& into) {
  const auto text = reader.text(value);
  if (!text) return;
  if (*text == "udp") {
    into = Protocol::udp;
  } else if (*text == "icmp") {
    into = Protocol::icmp;
  } else if (*text == "tcp") {
    into = Protocol::tcp;
  } else {
    reader.note(value.mark, value.name + " '" + *text + "' is not supported", "write udp, icmp or tcp");
  }
}

void read_ping(Reader& reader, const Value& value, PingConfig& ping) {
  const Section section(reader, value, {"interval", "timeout", "protocol", "port", "rotate"});
  read_into(reader, section.find("interval"), ping.interval);
  read_into(reader, section.find("timeout"), ping.timeout);
  if (const auto protocol = section.find("protocol")) read_protocol(reader, *protocol, ping.protocol);
  read_into(reader, section.find("port"), 1, kMaxPort, ping.port);
  read_into(reader, section.find("rotate"), ping.rotate);
}

// With sentinels alone whole traces are the ground truth beneath them, and need not be as frequent.
constexpr Duration kWholeBesideSentinels = std::chrono::hours(4);

void read_sentinel(Reader& reader, const Value& value, bool has_interval, TraceConfig& trace) {
  const Section section(reader, value, {"interval"});
  if (!trace.sentinel) trace.sentinel.emplace();
  SentinelConfig& sentinel = *trace.sentinel;
  const auto interval = section.find("interval");
  read_into(reader, interval, sentinel.interval);
  if (!has_interval) trace.interval = std::max({kWholeBesideSentinels, trace.interval, 10 * sentinel.interval});
  if (sentinel.interval < trace.interval) return;
  reader.note(interval ? interval->mark : value.mark, value.name + " looks at paths no more often than whole traces do",
              "make probing.trace.interval longer, 4h for example, or leave the sentinel out");
}

void read_trace(Reader& reader, const Value& value, TraceConfig& trace) {
  const Section section(
      reader, value,
      {"interval", "protocol", "port", "flows", "timeout", "attempts", "max_ttl", "gap_limit", "sentinel"});
  const auto interval = section.find("interval");
  read_into(reader, interval, trace.interval);
  read_into(reader, section.find("timeout"), trace.timeout);
  if (const auto protocol = section.find("protocol")) read_protocol(reader, *protocol, trace.protocol);
  read_into(reader, section.find("port"), 1, kMaxPort, trace.port);
  read_into(reader, section.find("flows"), 1, kMaxFlows, trace.flows);
  read_into(reader, section.find("attempts"), 1, kMaxAttempts, trace.attempts);
  read_into(reader, section.find("max_ttl"), 1, kMaxTtl, trace.max_ttl);
  read_into(reader, section.find("gap_limit"), 1, 255, trace.gap_limit);
  if (const auto sentinel = section.find("sentinel")) {
    read_sentinel(reader, *sentinel, interval.has_value(), trace);
  } else if (trace.sentinel && trace.sentinel->interval >= trace.interval) {
    trace.sentinel.reset();  // Quiet's default makes no sense with whole traces that are this frequent.
  }
}

// At most twenty probes an hour and block, pings, traces and the census together, of a vantage point: what Trinocular
// found that networks bear. tests/bench/resilience/README.md has what it comes to.
void be_quiet(ProbingConfig& probing) {
  probing.ping.interval = std::chrono::minutes(10);
  probing.ping.rotate = true;
  probing.trace.interval = std::chrono::hours(24);
  probing.trace.flows = 3;
  probing.trace.sentinel = SentinelConfig{std::chrono::hours(1)};
}

}  // namespace

void read_limits(Reader& reader, const Section& section, const Limits& limits) {
  read_into(reader, section.require("rate_limit", "rate_limit: 50, in packets a second per vantage point"), 1, kMaxRate,
            limits.rate_limit);
  read_into(reader, section.find("router_limit"), 1, kMaxRouterRate, limits.router_limit);
  const auto deny = section.find("deny");
  if (!deny) return;
  for (const auto& [path, place] : read_list<std::string>(reader, *deny, read_file_path)) {
    limits.deny_files.push_back(path);
    const auto text = read_text_file(path);
    if (!text) {
      reader.note(place.mark, "the deny file '" + path + "' cannot be read: " + text.error().detail,
                  "nothing is probed without its deny list; make it readable");
      continue;
    }
    std::vector<Problem> problems;
    parse_deny_file(*text, path, limits.deny, problems);
    for (Problem& problem : problems) reader.note(std::move(problem));
  }
}

ProbingConfig read_probing(Reader& reader, const Section& document, std::size_t blocks) {
  ProbingConfig probing;
  probing.quiet = blocks >= kQuietFrom;
  const auto value = document.require("probing", "probing: {rate_limit: 50}, in packets a second per vantage point");
  if (!value) return probing;
  const Section section(reader, *value, {"rate_limit", "router_limit", "quiet", "ping", "trace", "deny"});
  read_limits(reader, section, {probing.rate_limit, probing.router_limit, probing.deny_files, probing.deny});
  read_into(reader, section.find("quiet"), probing.quiet);
  if (probing.quiet) be_quiet(probing);
  if (const auto ping = section.find("ping")) read_ping(reader, *ping, probing.ping);
  if (const auto trace = section.find("trace")) read_trace(reader, *trace, probing.trace);
  return probing;
}

}  // namespace isthmus::config
