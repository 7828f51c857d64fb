#include <algorithm>
#include <variant>
#include <vector>

#include "formats/scamper_words.hpp"
#include "formats/warts_output.hpp"
#include "formats/warts_reader.hpp"
#include "formats/warts_writing.hpp"
#include "isthmus/formats/warts.hpp"

namespace isthmus::formats {
namespace {

// Probe methods, as warts numbers them: ICMP and UDP of the Paris kind, TCP SYN.
constexpr std::uint8_t kIcmpParis = 4;
constexpr std::uint8_t kUdpParis = 5;
constexpr std::uint8_t kTcp = 3;

constexpr std::uint8_t kAllAttempts = 0x01;
constexpr std::uint8_t kChecksumInPort = 0x20;
constexpr std::uint8_t kHasReplyTtl = 0x10;
constexpr std::uint8_t kReplyIsTcp = 0x20;
constexpr std::size_t kMostAttempts = 255;  // The number of a probe has eight bits.

std::uint8_t trace_method(Protocol protocol) {
  if (protocol == Protocol::icmp) return kIcmpParis;
  return protocol == Protocol::udp ? kUdpParis : kTcp;
}

std::size_t attempts_of(const Trace& trace) {
  std::size_t most = 1;
  for (const Hop& hop : trace.hops) most = std::max(most, std::min(hop.outcomes.size(), kMostAttempts));
  return most;
}

// Whether more probes were sent to a hop than up to its last answer: scamper then must be told that it sent them all.
bool sent_all(const Trace& trace) {
  return std::ranges::any_of(
      trace.hops, [](const Hop& hop) { return hop.answer() != nullptr && reply_of(hop.outcomes.back()) == nullptr; });
}

std::uint8_t stop_data(const Trace& trace) {
  if (trace.stop != StopReason::unreachable || trace.hops.empty()) return 0;
  for (const Outcome& outcome : trace.hops.back().outcomes) {
    const Reply* reply = reply_of(outcome);
    if (reply != nullptr && reply->kind == ReplyKind::unreachable) return reply->icmp_code;
  }
  return 0;
}

void append_hop(WartsFields& out, const Reply& reply, Ttl ttl, std::size_t probe, WartsDefined& defined) {
  WartsParameters hop;
  hop.field(2).u8(ttl);
  hop.field(3).u8(reply.ttl);
  hop.field(4).u8(static_cast<std::uint8_t>((reply.ttl > 0 ? kHasReplyTtl : 0) | (is_tcp(reply) ? kReplyIsTcp : 0)));
  hop.field(5).u8(static_cast<std::uint8_t>(probe));
  hop.field(6).round_trip(reply.rtt);
  if (!is_tcp(reply)) hop.field(7).u8(reply.icmp_type).u8(reply.icmp_code);
  hop.field(9).u16(reply.size);
  if (reply.ip_id != 0) hop.field(10).u16(reply.ip_id);
  if (reply.quoted_ttl) hop.field(14).u8(*reply.quoted_ttl);
  if (is_tcp(reply)) hop.field(15).u8(tcp_flags(reply));
  if (reply.quoted_tos) hop.field(16).u8(*reply.quoted_tos);
  if (!reply.mpls.empty()) hop.field(17).label_stack(reply.mpls);
  hop.field(18).address(reply.from, defined);
  hop.append_to(out);
}

// Replies only: silence follows from the number of attempts.
void append_hops(WartsFields& out, const Trace& trace, WartsDefined& defined) {
  WartsFields hops;
  std::uint16_t count = 0;
  for (const Hop& hop : trace.hops) {
    for (std::size_t i = 0; i < std::min(hop.outcomes.size(), kMostAttempts); ++i) {
      const Reply* reply = reply_of(hop.outcomes[i]);
      if (reply == nullptr) continue;
      append_hop(hops, *reply, hop.ttl, i, defined);
      ++count;
    }
  }
  out.u16(count).append(hops.bytes());
}

}  // namespace

std::uint32_t WartsWriter::list_of(const std::string& vantage, const std::string& target, Timestamp start) {
  const auto [known, is_new] = lists_.try_emplace({vantage, target}, static_cast<std::uint32_t>(lists_.size() + 1));
  const std::uint32_t number = known->second;
  if (!is_new) return number;
  WartsParameters of_list;
  of_list.field(1).string(kWartsOwnList);
  of_list.field(2).string(vantage);
  WartsFields list;
  list.u32(number).u32(number).string(target);
  of_list.append_to(list);
  sink_(warts_record(WartsType::list, list));
  WartsFields when;
  when.time(start);
  WartsParameters of_cycle;
  of_cycle.field(2).string(vantage);
  WartsFields cycle;
  cycle.u32(number).u32(number).u32(1).append(std::string_view(when.bytes()).substr(0, 4));  // In whole seconds.
  of_cycle.append_to(cycle);
  sink_(warts_record(WartsType::cycle_start, cycle));
  return number;
}

void WartsWriter::write(const Trace& trace) {
  const std::uint32_t list = list_of(trace.vantage, trace.target, trace.started);
  const bool is_icmp = trace.protocol == Protocol::icmp;
  std::size_t probes = 0;
  for (const Hop& hop : trace.hops) probes += hop.outcomes.size();
  WartsDefined defined;
  WartsParameters head;
  head.field(1).u32(list);
  head.field(2).u32(list);
  head.field(5).time(trace.started);
  head.field(6).u8(scamper_stop_number(trace.stop));
  head.field(7).u8(stop_data(trace));
  head.field(8).u8(static_cast<std::uint8_t>((sent_all(trace) ? kAllAttempts : 0) | (is_icmp ? kChecksumInPort : 0)));
  head.field(9).u8(static_cast<std::uint8_t>(attempts_of(trace)));
  head.field(11).u8(trace_method(trace.protocol));
  head.field(13).u16(is_icmp ? std::uint16_t{0} : trace.flow.value);
  head.field(14).u16(is_icmp ? trace.flow.value : scamper_default_port(trace.protocol));
  head.field(15).u8(trace.hops.empty() ? Ttl{1} : trace.hops.front().ttl);
  head.field(19).u16(trace.hops.empty() ? Ttl{0} : trace.hops.back().ttl);
  head.field(23).u16(static_cast<std::uint16_t>(std::min<std::size_t>(probes, 65535)));
  head.field(26).address(source_or_none(trace.source, trace.destination), defined);
  head.field(27).address(trace.destination, defined);
  WartsFields body;
  head.append_to(body);
  append_hops(body, trace, defined);
  body.u16(0);  // The end of what may follow.
  sink_(warts_record(WartsType::trace, body));
}

void WartsWriter::write(const Observation& observation) {
  std::visit([&](const auto& o) { write(o); }, observation);
}

}  // namespace isthmus::formats
