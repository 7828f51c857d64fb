#include "wire/decode_layers.hpp"
#include "wire/native_sum.hpp"

namespace isthmus::wire::layers {
namespace {

constexpr std::size_t kMinTcpHeader = 20;
constexpr std::size_t kChecksumAt = 16;

constexpr std::uint8_t kFin = 0x01;
constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kRst = 0x04;
constexpr std::uint8_t kAck = 0x10;

// Where the sender's kernel leaves checksums to the hardware and the link is a virtual one, nobody ever completes them:
// a packet socket then sees the sum of the pseudo header alone, uncomplemented. That is as good as a sum over all.
bool checksum_holds(Bytes segment, const IpHeader& ip) {
  auto sum = native_pseudo_sum(ip.source, ip.destination, kProtocolTcp, static_cast<std::uint16_t>(segment.size()));
  return u16(segment, kChecksumAt) == to_network_order(sum.folded()) || sum.add(segment).folded() == 0xffff;
}

}  // namespace

// RFC 9293 section 3.1: ports, sequence, acknowledgement, data offset and flags, window, checksum, urgent pointer.
std::optional<InvalidReason> decode_tcp(Bytes segment, DecodedPacket& packet) {
  if (segment.size() < kMinTcpHeader) return InvalidReason::malformed;
  const std::size_t header_length = std::size_t{4} * (u8(segment, 12) >> 4);
  if (header_length < kMinTcpHeader || header_length > segment.size()) return InvalidReason::malformed;
  const std::uint8_t flags = u8(segment, 13);
  const bool syn = (flags & kSyn) != 0;
  const bool ack = (flags & kAck) != 0;
  const bool rst = (flags & kRst) != 0;
  // The rest of the machine's traffic passes here on a packet socket: it ends before anything is summed.
  if (!rst && !(syn && ack)) return InvalidReason::not_ours;
  if (syn && (flags & (kRst | kFin)) != 0) return InvalidReason::malformed;
  if (!checksum_holds(segment, packet.ip)) return InvalidReason::malformed;
  packet.kind = rst ? ReplyKind::tcp_rst : ReplyKind::tcp_syn_ack;
  packet.message = TcpReply{.source_port = u16(segment, 0),
                            .destination_port = u16(segment, 2),
                            .sequence = u32(segment, 4),
                            .acknowledgement = u32(segment, 8),
                            .syn = syn,
                            .ack = ack,
                            .rst = rst};
  return std::nullopt;
}

}  // namespace isthmus::wire::layers
