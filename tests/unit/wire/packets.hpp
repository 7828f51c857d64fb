#pragma once
// Packets as routers and hosts send them, put together field by field, for the tests of the decoder. Lengths and
// checksums are right; a test breaks what it is about.

#include <initializer_list>
#include <string>
#include <vector>

#include "isthmus/model/address.hpp"
#include "support/path_simulator.hpp"

namespace isthmus::wire::packets {

using support::Packet;

inline constexpr std::uint8_t kIcmp4 = 1;
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kIcmp6 = 58;

/// Addresses of the documentation ranges: the router that answers, our own one, and the host that was probed.
[[nodiscard]] IpAddress router(Family family);
[[nodiscard]] IpAddress us(Family family);
[[nodiscard]] IpAddress host(Family family);

struct Field {
  std::uint32_t value;
  std::size_t size;
};
[[nodiscard]] Packet bytes_of(std::initializer_list<Field> fields);
[[nodiscard]] Packet operator+(Packet first, const Packet& second);

/// An IP packet: TOS 0xb8, TTL 61, and IP-ID 0xbeef or flow label 0xabcde.
[[nodiscard]] Packet ip(const IpAddress& from, const IpAddress& to, std::uint8_t protocol, const Packet& body);
/// The same with four bytes of options (IPv4), or a hop-by-hop, a routing and a destination options header (IPv6).
[[nodiscard]] Packet with_options(const Packet& packet);

/// A whole probe of ours as it arrives at its last router, TTL 1, with `payload` bytes counting up from 1.
[[nodiscard]] Packet probe(Family family, std::uint8_t protocol, std::size_t payload = 4);
[[nodiscard]] Packet cut(Packet packet, std::size_t size);

[[nodiscard]] Packet echo_reply(Family family, std::size_t payload = 10);
/// `rest` is the word behind the checksum, in which RFC 4884 keeps its length attribute.
[[nodiscard]] Packet icmp_error(Family family, std::uint8_t type, std::uint8_t code, const Packet& body,
                                std::uint32_t rest = 0);
[[nodiscard]] Packet time_exceeded(Family family, const Packet& body, std::uint32_t rest = 0);

/// An extension structure of objects (RFC 4884 section 7); its checksum comes with that of the whole packet.
[[nodiscard]] Packet extensions(const Packet& objects);
[[nodiscard]] Packet extension_object(std::uint8_t class_number, std::uint8_t type, const Packet& payload);
/// An MPLS stack object (RFC 4950) of entries: label, traffic class, bottom, TTL in one word.
[[nodiscard]] Packet mpls_object(std::initializer_list<std::uint32_t> entries);
/// A quote of 128 bytes with extensions behind it.
[[nodiscard]] Packet padded_quote(const Packet& quote, const Packet& structure, std::size_t size = 128);

/// Flags as in RFC 9293: 0x12 is SYN-ACK, 0x14 RST-ACK.
[[nodiscard]] Packet tcp_reply(Family family, std::uint8_t flags, const Packet& options = {});

struct Named {
  std::string name;
  Packet bytes;
};
/// Every kind of packet that decodes, in both families.
[[nodiscard]] std::vector<Named> valid_packets();

}  // namespace isthmus::wire::packets
