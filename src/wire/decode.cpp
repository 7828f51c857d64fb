#include "isthmus/wire/decode.hpp"

#include <optional>

#include "isthmus/wire/checksum.hpp"

namespace isthmus::wire {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t kMinIpHeader = 20;
constexpr std::size_t kIcmpHeader = 8;
constexpr std::size_t kQuotedTransport = 8;

constexpr std::uint8_t kIcmpEchoReply = 0;
constexpr std::uint8_t kIcmpUnreachable = 3;
constexpr std::uint8_t kIcmpTimeExceeded = 11;

// Callers check the size once for a whole header; these only assemble.
std::uint8_t u8(Bytes bytes, std::size_t at) { return std::to_integer<std::uint8_t>(bytes[at]); }
std::uint16_t u16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>((u8(bytes, at) << 8) | u8(bytes, at + 1));
}
std::uint32_t u32(Bytes bytes, std::size_t at) { return (std::uint32_t{u16(bytes, at)} << 16) | u16(bytes, at + 2); }

struct ParsedHeader {
  IpHeader header;
  std::size_t header_length{0};
  bool first_fragment{true};
  bool whole{true};
};

// RFC 791 section 3.1: version and IHL, TOS, total length, id, flags and offset, TTL, protocol, checksum, addresses.
std::optional<ParsedHeader> parse_ip_header(Bytes bytes) {
  if (bytes.size() < kMinIpHeader || u8(bytes, 0) >> 4 != 4) return std::nullopt;
  ParsedHeader parsed;
  parsed.header_length = std::size_t{4} * (u8(bytes, 0) & 0x0fU);
  if (parsed.header_length < kMinIpHeader || parsed.header_length > bytes.size()) return std::nullopt;
  IpHeader& h = parsed.header;
  h.tos = u8(bytes, 1);
  h.total_length = u16(bytes, 2);
  h.ip_id = u16(bytes, 4);
  const std::uint16_t fragment = u16(bytes, 6);
  parsed.first_fragment = (fragment & 0x1fff) == 0;
  parsed.whole = parsed.first_fragment && (fragment & 0x2000) == 0;
  h.ttl = u8(bytes, 8);
  h.protocol = u8(bytes, 9);
  h.source = IpAddress::v4(u32(bytes, 12));
  h.destination = IpAddress::v4(u32(bytes, 16));
  return parsed;
}

// The quote of RFC 792: the header of the packet that did not arrive, and at least eight bytes behind it.
DecodeResult decode_error(DecodedPacket packet, Bytes quote) {
  const auto parsed = parse_ip_header(quote);
  if (!parsed) return InvalidReason::malformed;
  // Only a first fragment has the transport header, and we never send fragments.
  if (!parsed->first_fragment) return InvalidReason::not_ours;
  const Bytes transport = quote.subspan(parsed->header_length);
  if (transport.size() < kQuotedTransport) return InvalidReason::malformed;
  IcmpError error;
  error.quoted = parsed->header;
  switch (parsed->header.protocol) {
    case kProtocolUdp:
      error.transport = QuotedUdp{u16(transport, 0), u16(transport, 2), u16(transport, 4), u16(transport, 6), {}};
      break;
    case kProtocolIcmp:
      error.transport =
          QuotedIcmp{u8(transport, 0), u8(transport, 1), u16(transport, 2), u16(transport, 4), u16(transport, 6), {}};
      break;
    case kProtocolTcp: error.transport = QuotedTcp{u16(transport, 0), u16(transport, 2), u32(transport, 4)}; break;
    default: return InvalidReason::not_ours;
  }
  packet.message = error;
  return packet;
}

}  // namespace

DecodeResult decode_packet(std::span<const std::byte> bytes) {
  const auto parsed = parse_ip_header(bytes);
  if (!parsed) return InvalidReason::malformed;
  const std::size_t total = parsed->header.total_length;
  if (total < parsed->header_length || total > bytes.size()) return InvalidReason::malformed;
  // The kernel reassembles before it delivers; a fragment here has no message of its own.
  if (!parsed->whole || parsed->header.protocol != kProtocolIcmp) return InvalidReason::not_ours;

  const Bytes icmp = bytes.subspan(parsed->header_length, total - parsed->header_length);
  if (icmp.size() < kIcmpHeader) return InvalidReason::malformed;
  // Raw sockets see ICMP before the kernel has verified it.
  if (internet_checksum(icmp) != 0) return InvalidReason::malformed;

  DecodedPacket packet;
  packet.ip = parsed->header;
  packet.icmp_type = u8(icmp, 0);
  packet.icmp_code = u8(icmp, 1);
  const Bytes body = icmp.subspan(kIcmpHeader);
  switch (packet.icmp_type) {
    case kIcmpEchoReply:
      packet.kind = ReplyKind::echo_reply;
      packet.message = EchoReply{u16(icmp, 4), u16(icmp, 6), body};
      return packet;
    case kIcmpTimeExceeded: packet.kind = ReplyKind::time_exceeded; return decode_error(packet, body);
    case kIcmpUnreachable: packet.kind = ReplyKind::unreachable; return decode_error(packet, body);
    default: return InvalidReason::not_ours;
  }
}

}  // namespace isthmus::wire
