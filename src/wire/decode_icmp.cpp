#include <algorithm>

#include "wire/decode_layers.hpp"
#include "wire/native_sum.hpp"

namespace isthmus::wire::layers {
namespace {

constexpr std::size_t kIcmpHeader = 8;
constexpr std::size_t kQuotedTransport = 8;

// What differs between ICMP (RFC 792) and ICMPv6 (RFC 4443).
struct Version {
  std::uint8_t echo_reply;
  std::uint8_t unreachable;
  std::uint8_t time_exceeded;
  std::uint8_t quoted_icmp;      // Protocol number of our own echo requests.
  std::size_t length_attribute;  // Where RFC 4884 sections 4.1 to 4.5 put it, ...
  std::size_t length_unit;       // ... and what it counts.
};
constexpr Version kV4{0, 3, 11, kProtocolIcmp, 5, 4};
constexpr Version kV6{129, 1, 3, kProtocolIcmpV6, 4, 8};

// Raw sockets see ICMP before the kernel has verified it, packet sockets see everything so.
bool checksum_holds(Bytes message, const IpHeader& ip) {
  if (ip.source.is_v4()) return sums_up(message);
  const auto length = static_cast<std::uint16_t>(message.size());  // An IPv6 payload has no more than 65,535 bytes.
  return native_pseudo_sum(ip.source, ip.destination, kProtocolIcmpV6, length).add(message).folded() == 0xffff;
}

// What is quoted behind the eight bytes. A quoted length that leaves no room for them is a router's nonsense (some
// count without the header, some in their own byte order) and bounds nothing; otherwise what is behind it is padding.
Bytes quoted_payload(Bytes quote, const IpLayout& layout) {
  const std::size_t begin = layout.header_length + kQuotedTransport;
  const std::size_t end =
      layout.total_length < begin ? quote.size() : std::min<std::size_t>(layout.total_length, quote.size());
  return quote.subspan(begin, end - begin);
}

// RFC 792, RFC 4443 section 3: the header of the packet that did not arrive, and at least eight bytes behind it.
std::optional<InvalidReason> decode_quote(Bytes quote, const Version& version, IcmpError& error, Family family) {
  IpLayout layout;
  if (!parse_ip_header(quote, error.quoted, layout) || error.quoted.source.family() != family)
    return InvalidReason::malformed;
  // Only a first fragment has the transport header, and we never send fragments.
  if (!layout.first_fragment) return InvalidReason::not_ours;
  const Bytes transport = quote.subspan(layout.header_length);
  if (transport.size() < kQuotedTransport) return InvalidReason::malformed;
  if (error.quoted.protocol == kProtocolUdp) {
    error.transport = QuotedUdp{u16(transport, 0), u16(transport, 2), u16(transport, 4), u16(transport, 6),
                                quoted_payload(quote, layout)};
  } else if (error.quoted.protocol == kProtocolTcp) {
    error.transport = QuotedTcp{u16(transport, 0), u16(transport, 2), u32(transport, 4)};
  } else if (error.quoted.protocol == version.quoted_icmp) {
    error.transport = QuotedIcmp{u8(transport, 0),  u8(transport, 1),  u16(transport, 2),
                                 u16(transport, 4), u16(transport, 6), quoted_payload(quote, layout)};
  } else {
    return InvalidReason::not_ours;
  }
  return std::nullopt;
}

}  // namespace

std::optional<InvalidReason> decode_icmp(Bytes message, DecodedPacket& packet) {
  if (message.size() < kIcmpHeader || !checksum_holds(message, packet.ip)) return InvalidReason::malformed;
  packet.icmp_type = u8(message, 0);
  packet.icmp_code = u8(message, 1);
  const Family family = packet.ip.source.family();
  const Version& version = family == Family::ipv4 ? kV4 : kV6;
  const Bytes body = message.subspan(kIcmpHeader);
  if (packet.icmp_type == version.echo_reply) {
    packet.kind = ReplyKind::echo_reply;
    packet.message = EchoReply{u16(message, 4), u16(message, 6), body};
    return std::nullopt;
  }
  // Code 1 of time exceeded is about reassembly: not a TTL that ran out, and we never send fragments.
  const bool expired = packet.icmp_type == version.time_exceeded && packet.icmp_code == 0;
  if (!expired && packet.icmp_type != version.unreachable) return InvalidReason::not_ours;
  packet.kind = expired ? ReplyKind::time_exceeded : ReplyKind::unreachable;
  auto& error = packet.message.emplace<IcmpError>();
  const std::size_t announced = version.length_unit * u8(message, version.length_attribute);
  const Bytes quote = body.first(read_extensions(body, announced, error.mpls));
  return decode_quote(quote, version, error, family);
}

}  // namespace isthmus::wire::layers
