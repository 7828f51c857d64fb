#pragma once
// IP packets taken apart and built by hand, for both families, without the project's codecs: a mistake there must not
// cancel out in a test. Pure functions; any thread.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "isthmus/model/address.hpp"

namespace isthmus::support {

using Packet = std::vector<std::byte>;

inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kIcmpV6 = 58;

/// A big-endian number in a packet.
[[nodiscard]] inline std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = (value << 8) | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

inline void put_number(Packet& bytes, std::size_t at, std::uint32_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * (size - 1 - i)));
}

/// One packet taken apart, enough to route it.
struct SeenPacket {
  IpAddress source;
  IpAddress destination;
  std::uint8_t ttl{0};
  std::uint8_t protocol{0};
  std::uint16_t ip_id{0};
  std::uint32_t flow_label{0};
  /// What a load balancer hashes behind the addresses: ports, or ICMP type, code and checksum.
  std::uint32_t flow_word{0};
  std::size_t header{20};  ///< Size of the IP header.
  Packet bytes;
};

[[nodiscard]] inline IpAddress address_at(std::span<const std::byte> bytes, std::size_t at, bool v4) {
  if (v4) return IpAddress::v4(number_at(bytes, at, 4));
  std::array<std::uint8_t, 16> raw{};
  for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = std::to_integer<std::uint8_t>(bytes[at + i]);
  return IpAddress::v6(raw);
}

inline void put_address(Packet& bytes, std::size_t at, const IpAddress& address) {
  const std::size_t size = address.is_v4() ? 4 : 16;
  for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<std::byte>(address.bytes()[i]);
}

/// Throws std::invalid_argument when it is not a whole packet without options or extension headers.
[[nodiscard]] inline SeenPacket dissect(std::span<const std::byte> packet) {
  SeenPacket seen;
  seen.bytes.assign(packet.begin(), packet.end());
  const bool v4 = packet.size() >= 28 && number_at(packet, 0, 1) == 0x45;
  const bool v6 = packet.size() >= 48 && number_at(packet, 0, 1) == 0x60;
  if ((!v4 && !v6) || (v4 && number_at(packet, 2, 2) != packet.size()) ||
      (v6 && number_at(packet, 4, 2) + 40 != packet.size())) {
    throw std::invalid_argument("not a whole packet without options");
  }
  seen.header = v4 ? 20 : 40;
  seen.source = address_at(packet, v4 ? 12 : 8, v4);
  seen.destination = address_at(packet, v4 ? 16 : 24, v4);
  seen.ttl = static_cast<std::uint8_t>(number_at(packet, v4 ? 8 : 7, 1));
  seen.protocol = static_cast<std::uint8_t>(number_at(packet, v4 ? 9 : 6, 1));
  if (v4) seen.ip_id = static_cast<std::uint16_t>(number_at(packet, 4, 2));
  if (v6) seen.flow_label = number_at(packet, 0, 4) & 0xfffff;
  seen.flow_word = number_at(packet, seen.header, 4);
  return seen;
}

[[nodiscard]] inline std::uint32_t sum_of_words(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum;
}

/// What the words of the transport and, but for ICMP over IPv4, of its pseudo header add up to: 0xffff when the
/// checksum in there is right.
[[nodiscard]] inline std::uint16_t transport_sum(const Packet& packet) {
  const SeenPacket seen = dissect(packet);
  const auto transport = std::span(packet).subspan(seen.header);
  std::uint32_t sum = sum_of_words(transport);
  if (seen.protocol != kIcmp) {
    const std::size_t addresses = seen.header == 20 ? 12 : 8;
    sum += sum_of_words(std::span(packet).subspan(addresses, seen.header - addresses));
    sum += seen.protocol + static_cast<std::uint32_t>(transport.size());
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

/// Writes the checksum of the transport anew, after bytes of it were changed.
inline void fix_checksum(Packet& packet) {
  const SeenPacket seen = dissect(packet);
  const std::size_t at = seen.header + (seen.protocol == kTcp ? 16 : seen.protocol == kUdp ? 6 : 2);
  put_number(packet, at, 0, 2);
  put_number(packet, at, static_cast<std::uint16_t>(~transport_sum(packet)), 2);
}

/// The same for anything whose first bytes are to be read as IPv4 without options and ICMP.
inline void fix_icmp_checksum(Packet& packet) {
  put_number(packet, 22, 0, 2);
  put_number(packet, 22, static_cast<std::uint16_t>(~sum_of_words(std::span(packet).subspan(20))), 2);
}

/// A packet with room for a transport of this size. Precondition: one family.
[[nodiscard]] inline Packet make_ip(const IpAddress& from, const IpAddress& to, std::uint8_t protocol,
                                    std::size_t body) {
  const bool v4 = from.is_v4();
  Packet packet((v4 ? 20 : 40) + body);
  put_number(packet, 0, v4 ? 0x4500 : 0x6000, 2);
  put_number(packet, v4 ? 2 : 4, static_cast<std::uint32_t>(v4 ? packet.size() : body), 2);
  put_number(packet, v4 ? 8 : 7, 61, 1);
  put_number(packet, v4 ? 9 : 6, protocol, 1);
  put_address(packet, v4 ? 12 : 8, from);
  put_address(packet, v4 ? 16 : 24, to);
  if (v4) put_number(packet, 10, static_cast<std::uint16_t>(~sum_of_words(std::span(packet).first(20))), 2);
  return packet;
}

/// An ICMP or ICMPv6 error. `quote` is the packet as the responder saw it, as much of it as it returns.
[[nodiscard]] inline Packet make_icmp_error(const IpAddress& from, const IpAddress& to, std::uint8_t type,
                                            std::uint8_t code, std::span<const std::byte> quote) {
  Packet packet = make_ip(from, to, from.is_v4() ? kIcmp : kIcmpV6, 8 + quote.size());
  const std::size_t header = packet.size() - 8 - quote.size();
  put_number(packet, header, type, 1);
  put_number(packet, header + 1, code, 1);
  std::copy(quote.begin(), quote.end(), packet.begin() + static_cast<std::ptrdiff_t>(header + 8));
  fix_checksum(packet);
  return packet;
}

/// The echo reply to a whole echo request.
[[nodiscard]] inline Packet make_echo_reply(std::span<const std::byte> request) {
  const SeenPacket seen = dissect(request);
  Packet packet = make_ip(seen.destination, seen.source, seen.protocol, request.size() - seen.header);
  const auto skipped = static_cast<std::ptrdiff_t>(seen.header);
  std::copy(request.begin() + skipped, request.end(), packet.begin() + skipped);
  put_number(packet, seen.header, seen.protocol == kIcmp ? 0 : 129, 1);
  fix_checksum(packet);
  return packet;
}

/// The answer to a SYN: SYN-ACK from an open port, RST from a closed one (RFC 9293 section 3.10.7).
[[nodiscard]] inline Packet make_tcp_answer(std::span<const std::byte> syn, bool open) {
  const SeenPacket seen = dissect(syn);
  Packet packet = make_ip(seen.destination, seen.source, kTcp, 20);
  put_number(packet, seen.header, number_at(syn, seen.header + 2, 2), 2);
  put_number(packet, seen.header + 2, number_at(syn, seen.header, 2), 2);
  if (open) put_number(packet, seen.header + 4, 0x12345678, 4);
  put_number(packet, seen.header + 8, number_at(syn, seen.header + 4, 4) + 1, 4);
  put_number(packet, seen.header + 12, open ? 0x5012 : 0x5014, 2);
  fix_checksum(packet);
  return packet;
}

}  // namespace isthmus::support
