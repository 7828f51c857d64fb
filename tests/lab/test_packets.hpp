#pragma once
// Hand-made probes for tests of the sockets: whole IP packets of either version with correct checksums.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "isthmus/model/address.hpp"
#include "isthmus/wire/checksum.hpp"
#include "isthmus/wire/decode.hpp"

namespace isthmus::lab {

using Packet = std::vector<std::byte>;

struct ProbeHeader {
  IpAddress source;
  IpAddress destination;
  std::uint8_t ttl{64};
};

inline void put16(Packet& packet, std::size_t at, std::uint16_t value) {
  packet.at(at) = static_cast<std::byte>(value >> 8);
  packet.at(at + 1) = static_cast<std::byte>(value);
}

// RFC 791 section 3.1 or RFC 8200 section 3, in front of `transport`.
inline Packet with_ip_header(const ProbeHeader& header, std::uint8_t protocol, const Packet& transport) {
  const bool v4 = header.destination.is_v4();
  const std::size_t width = v4 ? 4 : 16;
  Packet packet(v4 ? 20 : 40);
  packet[0] = std::byte{static_cast<unsigned char>(v4 ? 0x45 : 0x60)};
  if (v4) {
    put16(packet, 2, static_cast<std::uint16_t>(20 + transport.size()));
    put16(packet, 4, 0x1234);
    packet[8] = std::byte{header.ttl};
    packet[9] = std::byte{protocol};
  } else {
    put16(packet, 4, static_cast<std::uint16_t>(transport.size()));
    packet[6] = std::byte{protocol};
    packet[7] = std::byte{header.ttl};
  }
  for (std::size_t i = 0; i < width; ++i) {
    packet[(v4 ? 12 : 8) + i] = std::byte{header.source.bytes()[i]};
    packet[(v4 ? 16 : 24) + i] = std::byte{header.destination.bytes()[i]};
  }
  if (v4) put16(packet, 10, wire::internet_checksum(packet));
  packet.insert(packet.end(), transport.begin(), transport.end());
  return packet;
}

inline void fill_checksum(Packet& transport, std::size_t at, const ProbeHeader& header, std::uint8_t protocol) {
  auto sum = wire::pseudo_header_sum(header.source, header.destination, protocol,
                                     static_cast<std::uint16_t>(transport.size()));
  put16(transport, at, sum.add(transport).checksum());
}

/// An echo request (RFC 792, RFC 4443 section 4.1).
inline Packet echo_request(const ProbeHeader& header, std::uint16_t id, std::uint16_t sequence, std::size_t size = 64) {
  const bool v4 = header.destination.is_v4();
  Packet icmp(size - (v4 ? 20 : 40));
  icmp[0] = std::byte{static_cast<unsigned char>(v4 ? 8 : 128)};
  put16(icmp, 4, id);
  put16(icmp, 6, sequence);
  if (v4) {
    put16(icmp, 2, wire::internet_checksum(icmp));
  } else {
    fill_checksum(icmp, 2, header, wire::kProtocolIcmpV6);
  }
  return with_ip_header(header, v4 ? wire::kProtocolIcmp : wire::kProtocolIcmpV6, icmp);
}

inline Packet udp_datagram(const ProbeHeader& header, std::uint16_t from, std::uint16_t to) {
  Packet udp(16);
  put16(udp, 0, from);
  put16(udp, 2, to);
  put16(udp, 4, 16);
  fill_checksum(udp, 6, header, wire::kProtocolUdp);
  return with_ip_header(header, wire::kProtocolUdp, udp);
}

/// A SYN (RFC 9293 section 3.1).
inline Packet tcp_syn(const ProbeHeader& header, std::uint16_t from, std::uint16_t to, std::uint16_t sequence_low) {
  Packet tcp(20);
  put16(tcp, 0, from);
  put16(tcp, 2, to);
  put16(tcp, 6, sequence_low);
  tcp[12] = std::byte{0x50};
  tcp[13] = std::byte{0x02};
  put16(tcp, 14, 65535);
  fill_checksum(tcp, 16, header, wire::kProtocolTcp);
  return with_ip_header(header, wire::kProtocolTcp, tcp);
}

}  // namespace isthmus::lab
