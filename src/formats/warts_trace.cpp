#include <utility>

#include "formats/scamper_hops.hpp"
#include "formats/scamper_words.hpp"
#include "formats/warts_reader.hpp"

namespace isthmus::formats {

struct WartsReader::TraceHead : Head {
  std::uint8_t stop{0};
  std::uint8_t flags{0};
  std::uint8_t type{0};
  std::uint16_t source_port{0};
  std::uint16_t destination_port{0};
  ScamperPlan plan{};
};

namespace {

constexpr std::uint8_t kAllAttempts = 0x01;
constexpr std::uint8_t kDoubletree = 0x10;
constexpr std::uint8_t kChecksumInPort = 0x20;  // Of ICMP probes.

constexpr std::uint8_t kReplyIsTcp = 0x20;
constexpr std::uint8_t kReplyIsUdp = 0x40;

}  // namespace

WartsReader::TraceHead WartsReader::read_trace_head(WartsInput& in) const {
  TraceHead head;
  in.parameters([&](int flag) {
    if (take_head(in, flag, head)) return true;
    switch (flag) {
      case 6: head.stop = in.u8(); return true;
      case 8: head.flags = in.u8(); return true;
      case 9: head.plan.attempts = in.u8(); return true;
      case 11: head.type = in.u8(); return true;
      case 13: head.source_port = in.u16(); return true;
      case 14: head.destination_port = in.u16(); return true;
      case 15: head.plan.first_hop = in.u8(); return true;
      case 19: head.plan.hop_count = in.u16(); return true;
      case 26: head.source = in.address(); return true;
      case 27: head.destination = in.address(); return true;
      // Stop data, hop limit, TOS, wait, loops, gap limit, gap action, loop action, wait between probes, confidence.
      case 7:
      case 10:
      case 16:
      case 17:
      case 18:
      case 20:
      case 21:
      case 22:
      case 24:
      case 25: in.u8(); return true;
      case 12:
      case 23: in.u16(); return true;  // Probe size, probes sent.
      default: return false;
    }
  });
  head.plan.all_attempts = (head.flags & kAllAttempts) != 0;
  head.plan.doubletree = (head.flags & kDoubletree) != 0;
  return head;
}

ScamperHop WartsReader::read_hop(WartsInput& in) const {
  ScamperHop hop;
  ScamperReply what;
  std::uint8_t flags = 0;
  Reply& reply = hop.reply;
  in.parameters([&](int flag) {
    switch (flag) {
      case 1: reply.from = old_address(in); return true;
      case 2: hop.ttl = in.u8(); return true;
      case 3: reply.ttl = in.u8(); return true;
      case 4: flags = in.u8(); return true;
      case 5: hop.probe = in.u8(); return true;
      case 6: reply.rtt = in.round_trip(); return true;
      case 7:
        what.icmp_type = in.u8();
        what.icmp_code = in.u8();
        return true;
      case 9: reply.size = in.u16(); return true;
      case 10: reply.ip_id = in.u16(); return true;
      case 14: reply.quoted_ttl = in.u8(); return true;
      case 15: what.tcp_flags = in.u8(); return true;
      case 16: reply.quoted_tos = in.u8(); return true;
      case 17: in.icmp_extensions(reply.mpls); return true;
      case 18: reply.from = in.address(); return true;
      case 19: hop.sent = in.time(); return true;
      case 11: in.u8(); return true;  // TOS of the reply.
      case 8:
      case 12:
      case 13: in.u16(); return true;  // Probe size, next MTU, quoted length.
      default: return false;
    }
  });
  if ((flags & kReplyIsTcp) != 0) what.carrier = ScamperReply::Carrier::tcp;
  if ((flags & kReplyIsUdp) != 0) what.carrier = ScamperReply::Carrier::udp;
  set_scamper_kind(reply, what);
  return hop;
}

bool WartsReader::read_trace(std::string_view bytes, Trace& into) {
  WartsInput in(bytes, defined_);
  const TraceHead head = read_trace_head(in);
  const auto protocol = scamper_trace_protocol(head.type);
  if (!in.ok() || !protocol || known_or_none(head.destination) == IpAddress{}) return false;
  into.vantage = vantage_of(head);
  into.target = target_of(head);
  into.source = known_or_none(head.source);
  into.destination = head.destination;
  into.seen_from = IpAddress{};
  into.protocol = *protocol;
  into.flow = scamper_flow(*protocol, head.source_port, head.destination_port);
  // ICMP probes have a checksum that load balancers hash, if scamper says which, and a number in the source port's
  // place.
  const bool has_checksum = (head.flags & kChecksumInPort) != 0;
  if (*protocol == Protocol::icmp) into.flow.value = has_checksum ? head.destination_port : head.source_port;
  into.started = into.ended = head.start;
  ScamperHops hops(head.plan, into);
  for (int left = in.u16(); left > 0 && in.ok(); --left) {
    ScamperHop hop = read_hop(in);
    if (!in.ok() || !hops.add(std::move(hop))) return false;
  }
  if (!in.ok()) return false;
  hops.finish();
  into.stop = scamper_stop(head.stop).value_or(deduce_stop(into));
  return true;
}

}  // namespace isthmus::formats
