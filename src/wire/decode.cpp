#include "isthmus/wire/decode.hpp"

#include "wire/decode_layers.hpp"
#include "wire/native_sum.hpp"

namespace isthmus::wire {
namespace {

using layers::Bytes;

std::optional<InvalidReason> decode_into(Bytes bytes, DecodedPacket& packet) {
  layers::IpLayout layout;
  if (!layers::parse_ip_header(bytes, packet.ip, layout)) return InvalidReason::malformed;
  if (layout.total_length < layout.header_length || layout.total_length > bytes.size()) {
    return InvalidReason::malformed;
  }
  const Bytes message = bytes.subspan(layout.header_length, layout.total_length - layout.header_length);
  const bool v4 = packet.ip.source.is_v4();
  // Packet sockets hand out what no kernel has checked yet.
  if (v4 && !sums_up(bytes.first(layout.header_length))) return InvalidReason::malformed;
  // The kernel reassembles before it delivers; a fragment here has no message of its own.
  if (!layout.whole) return InvalidReason::not_ours;
  if (packet.ip.protocol == (v4 ? kProtocolIcmp : kProtocolIcmpV6)) return layers::decode_icmp(message, packet);
  if (packet.ip.protocol == kProtocolTcp) return layers::decode_tcp(message, packet);
  return InvalidReason::not_ours;
}

}  // namespace

DecodeResult decode_packet(std::span<const std::byte> bytes) {
  // Filled where it will be returned: the packet is too large to copy on the hot path.
  DecodeResult result;
  if (const auto reason = decode_into(bytes, *std::get_if<DecodedPacket>(&result))) result = *reason;
  return result;
}

}  // namespace isthmus::wire
