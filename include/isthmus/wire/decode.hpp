#pragma once
// Reads received IP packets. Every byte comes from strangers: all reads are bounds-checked, nothing throws, nothing
// allocates. The result copies what it needs except payloads, which view the caller's buffer.
// Pure functions and value types; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "isthmus/model/observation.hpp"

namespace isthmus::wire {

/// IANA protocol numbers.
inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolIcmpV6 = 58;

/// The IPv4 (RFC 791 section 3.1) or IPv6 header (RFC 8200 section 3), as far as probing needs it. In IPv6,
/// extension headers are skipped: `protocol` is that of the message behind them.
struct IpHeader {
  IpAddress source;
  IpAddress destination;
  std::uint16_t total_length{0};  ///< With the header, in both versions; as quoted it may be nonsense.
  std::uint16_t ip_id{0};         ///< IPv4 only.
  std::uint32_t flow_label{0};    ///< IPv6 only, 20 bits.
  std::uint8_t tos{0};            ///< IPv6: traffic class.
  Ttl ttl{0};                     ///< IPv6: hop limit.
  std::uint8_t protocol{0};
};

/// First eight bytes of a quoted UDP datagram (RFC 768), and what is quoted behind them.
struct QuotedUdp {
  std::uint16_t source_port{0};
  std::uint16_t destination_port{0};
  std::uint16_t length{0};
  std::uint16_t checksum{0};
  std::span<const std::byte> payload{};
};

/// First eight bytes of a quoted ICMP echo (RFC 792, RFC 4443), and what is quoted behind them.
struct QuotedIcmp {
  std::uint8_t type{0};
  std::uint8_t code{0};
  std::uint16_t checksum{0};
  std::uint16_t id{0};
  std::uint16_t sequence{0};
  std::span<const std::byte> payload{};
};

/// First eight bytes of a quoted TCP segment (RFC 9293): no more is promised by RFC 792.
struct QuotedTcp {
  std::uint16_t source_port{0};
  std::uint16_t destination_port{0};
  std::uint32_t sequence{0};
};

struct EchoReply {
  std::uint16_t id{0};
  std::uint16_t sequence{0};
  std::span<const std::byte> payload;
};

/// The first labels of an MPLS stack (RFC 4950), outermost first. More than `kCapacity` labels are cut off.
struct MplsStack {
  static constexpr std::size_t kCapacity = 8;
  std::array<MplsLabel, kCapacity> labels{};
  std::size_t size{0};
};

/// Time exceeded or destination unreachable with the packet it is about, as its sender quotes it.
struct IcmpError {
  IcmpError() noexcept {
  }  // Written out: an implicit one is value-initialised, which zeroes everything once more before.
  IpHeader quoted;
  std::variant<QuotedUdp, QuotedIcmp, QuotedTcp> transport;
  MplsStack mpls;
};

/// SYN-ACK or RST (RFC 9293 section 3.1).
struct TcpReply {
  std::uint16_t source_port{0};
  std::uint16_t destination_port{0};
  std::uint32_t sequence{0};
  std::uint32_t acknowledgement{0};
  bool syn{false};
  bool ack{false};
  bool rst{false};
};

struct DecodedPacket {
  DecodedPacket() noexcept {}  // As in IcmpError.
  IpHeader ip;
  ReplyKind kind{ReplyKind::echo_reply};
  std::uint8_t icmp_type{0};  ///< 0 in a TCP reply.
  std::uint8_t icmp_code{0};
  std::variant<EchoReply, IcmpError, TcpReply> message;
};

/// The packet, or why it is none: `malformed` when bytes are missing or contradict each other, `not_ours` when it is
/// well-formed as far as read but of a kind that cannot answer a probe.
using DecodeResult = std::variant<DecodedPacket, InvalidReason>;

/// `bytes` start with the IP header, of either version; bytes behind its total length are ignored (link-layer padding).
[[nodiscard]] DecodeResult decode_packet(std::span<const std::byte> bytes);

}  // namespace isthmus::wire
