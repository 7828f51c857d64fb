#pragma once
// Reads received IPv4 packets. Every byte comes from strangers: all reads are bounds-checked, nothing throws, nothing
// allocates. The result copies what it needs except the echo payload, which views the caller's buffer.
// Pure functions and value types; any thread.

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

/// The IPv4 header (RFC 791 section 3.1), as far as probing needs it.
struct IpHeader {
  IpAddress source;
  IpAddress destination;
  std::uint16_t total_length{0};
  std::uint16_t ip_id{0};
  std::uint8_t tos{0};
  Ttl ttl{0};
  std::uint8_t protocol{0};
};

/// First eight bytes of a quoted UDP datagram (RFC 768).
struct QuotedUdp {
  std::uint16_t source_port{0};
  std::uint16_t destination_port{0};
  std::uint16_t length{0};
  std::uint16_t checksum{0};
};

/// First eight bytes of a quoted ICMP echo (RFC 792).
struct QuotedIcmp {
  std::uint8_t type{0};
  std::uint8_t code{0};
  std::uint16_t checksum{0};
  std::uint16_t id{0};
  std::uint16_t sequence{0};
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

/// Time exceeded or destination unreachable with the packet it is about, as its sender quotes it.
struct IcmpError {
  IpHeader quoted;
  std::variant<QuotedUdp, QuotedIcmp, QuotedTcp> transport;
};

struct DecodedPacket {
  IpHeader ip;
  ReplyKind kind{ReplyKind::echo_reply};
  std::uint8_t icmp_type{0};
  std::uint8_t icmp_code{0};
  std::variant<EchoReply, IcmpError> message;
};

/// The packet, or why it is none: `malformed` when bytes are missing or contradict each other, `not_ours` when it is
/// well-formed as far as read but of a kind that cannot answer a probe.
using DecodeResult = std::variant<DecodedPacket, InvalidReason>;

/// `bytes` start with the IPv4 header; bytes behind its total length are ignored (link-layer padding).
[[nodiscard]] DecodeResult decode_ipv4(std::span<const std::byte> bytes);

}  // namespace isthmus::wire
