#include "unit/wire/packets.hpp"

#include "fuzz/mend.hpp"

namespace isthmus::wire::packets {
namespace {

using support::put_number;

IpAddress address(Family family, const char* v4, const char* v6) {
  return *IpAddress::parse(family == Family::ipv4 ? v4 : v6);
}

Packet bytes_of(const IpAddress& address) {
  Packet bytes;
  for (int i = 0; i < address.width() / 8; ++i) {
    bytes.push_back(static_cast<std::byte>(address.bytes()[static_cast<std::size_t>(i)]));
  }
  return bytes;
}

std::uint32_t size_of(const Packet& packet) { return static_cast<std::uint32_t>(packet.size()); }

Packet mended(Packet packet) {
  fuzz::mend(packet);
  return packet;
}

std::uint8_t icmp_of(Family family) { return family == Family::ipv4 ? kIcmp4 : kIcmp6; }

}  // namespace

IpAddress router(Family family) { return address(family, "198.51.100.1", "2001:db8:1::1"); }
IpAddress us(Family family) { return address(family, "192.0.2.1", "2001:db8:2::2"); }
IpAddress host(Family family) { return address(family, "203.0.113.7", "2001:db8:3::3"); }

Packet bytes_of(std::initializer_list<Field> fields) {
  Packet bytes;
  for (const Field& field : fields) {
    bytes.resize(bytes.size() + field.size);
    put_number(bytes, bytes.size() - field.size, field.value, field.size);
  }
  return bytes;
}

Packet operator+(Packet first, const Packet& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// RFC 791 section 3.1 and RFC 8200 section 3.
Packet ip(const IpAddress& from, const IpAddress& to, std::uint8_t protocol, const Packet& body) {
  const Packet addresses = bytes_of(from) + bytes_of(to);
  if (from.is_v4()) {
    return mended(
        bytes_of({{0x45b8, 2}, {20 + size_of(body), 2}, {0xbeef, 2}, {0, 2}, {61, 1}, {protocol, 1}, {0, 2}}) +
        addresses + body);
  }
  return mended(bytes_of({{0x6b8abcde, 4}, {size_of(body), 2}, {protocol, 1}, {61, 1}}) + addresses + body);
}

Packet with_options(const Packet& packet) {
  Packet longer = packet;
  if (support::number_at(packet, 0, 1) >> 4 == 4) {
    const Packet options = bytes_of({{0x94040000, 4}});  // RFC 2113: router alert
    longer.insert(longer.begin() + 20, options.begin(), options.end());
    put_number(longer, 0, 0x46, 1);
    return mended(longer);
  }
  const std::uint32_t next = support::number_at(packet, 6, 1);
  // Hop by hop, 8 bytes; routing with no segments left, 24 bytes; destination, 16 bytes: padding but for the routing.
  const Packet headers = bytes_of({{43, 1}, {0, 1}, {0x0104, 2}, {0, 4}}) +
                         bytes_of({{60, 1}, {2, 1}, {0, 2}, {0, 4}, {0, 4}, {0, 4}, {0, 4}, {0, 4}}) +
                         bytes_of({{next, 1}, {1, 1}, {0x010c, 2}, {0, 4}, {0, 4}, {0, 4}});
  longer.insert(longer.begin() + 40, headers.begin(), headers.end());
  put_number(longer, 6, 0, 1);
  return mended(longer);
}

Packet probe(Family family, std::uint8_t protocol, std::size_t payload) {
  Packet body;
  if (protocol == kTcp) {
    body = bytes_of({{0x0800, 2}, {0x1234, 2}, {0x5678abcd, 4}, {0, 4}, {0x5002ffff, 4}, {0, 4}});
  } else {
    body = bytes_of({{0x0800, 2}, {0x1234, 2}, {0x5678, 2}, {0xabcd, 2}});
    if (protocol == kIcmp6) put_number(body, 0, 128, 1);
    for (std::size_t i = 0; i < payload; ++i) body.push_back(static_cast<std::byte>(i + 1));
  }
  Packet packet = ip(us(family), host(family), protocol, body);
  put_number(packet, family == Family::ipv4 ? 8 : 7, 1, 1);
  // A router quotes checksums as they were; these are marks that the tests look for.
  if (protocol != kTcp) put_number(packet, (family == Family::ipv4 ? 20U : 40U) + 2, 0x1234, 2);
  return packet;
}

Packet cut(Packet packet, std::size_t size) {
  packet.resize(size);
  return packet;
}

Packet echo_reply(Family family, std::size_t payload) {
  Packet body = bytes_of({{family == Family::ipv4 ? 0U : 129U, 1}, {0, 1}, {0, 2}, {0x5678, 2}, {0xabcd, 2}});
  for (std::size_t i = 0; i < payload; ++i) body.push_back(static_cast<std::byte>(i + 1));
  return ip(host(family), us(family), icmp_of(family), body);
}

Packet icmp_error(Family family, std::uint8_t type, std::uint8_t code, const Packet& body, std::uint32_t rest) {
  return ip(router(family), us(family), icmp_of(family), bytes_of({{type, 1}, {code, 1}, {0, 2}, {rest, 4}}) + body);
}

Packet time_exceeded(Family family, const Packet& body, std::uint32_t rest) {
  return icmp_error(family, family == Family::ipv4 ? 11 : 3, 0, body, rest);
}

Packet extensions(const Packet& objects) { return bytes_of({{0x20000000, 4}}) + objects; }

Packet extension_object(std::uint8_t class_number, std::uint8_t type, const Packet& payload) {
  return bytes_of({{4 + size_of(payload), 2}, {class_number, 1}, {type, 1}}) + payload;
}

Packet mpls_object(std::initializer_list<std::uint32_t> entries) {
  Packet payload;
  for (const std::uint32_t entry : entries) payload = payload + bytes_of({{entry, 4}});
  return extension_object(1, 1, payload);
}

Packet padded_quote(const Packet& quote, const Packet& structure, std::size_t size) {
  return cut(quote, size) + structure;
}

Packet tcp_reply(Family family, std::uint8_t flags, const Packet& options) {
  const auto offset = static_cast<std::uint32_t>((20 + options.size()) / 4);
  return ip(host(family), us(family), kTcp,
            bytes_of({{443, 2},
                      {0x8765, 2},
                      {0x01020304, 4},
                      {0x5678abce, 4},
                      {offset << 4, 1},
                      {flags, 1},
                      {0xffff, 2},
                      {0, 2},
                      {0, 2}}) +
                options);
}

std::vector<Named> valid_packets() {
  std::vector<Named> all;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const std::string f = family == Family::ipv4 ? "v4 " : "v6 ";
    const std::size_t header = family == Family::ipv4 ? 20 : 40;
    const std::uint8_t unreachable = family == Family::ipv4 ? 3 : 1;
    const Packet udp = probe(family, kUdp);
    const Packet labels = extensions(mpls_object({0x12345a3f, 0xabcdef01}));
    const std::uint32_t length = family == Family::ipv4 ? 32U << 16 : 16U << 24;
    all.push_back({f + "echo reply", echo_reply(family)});
    all.push_back({f + "expired UDP", time_exceeded(family, cut(udp, header + 8))});
    all.push_back({f + "expired TCP, 8 bytes", time_exceeded(family, cut(probe(family, kTcp), header + 8))});
    all.push_back({f + "expired echo", time_exceeded(family, probe(family, icmp_of(family)))});
    all.push_back({f + "unreachable", icmp_error(family, unreachable, 1, udp)});
    all.push_back({f + "options in the quote", time_exceeded(family, with_options(udp))});
    all.push_back({f + "options outside", with_options(time_exceeded(family, udp))});
    all.push_back({f + "labels", time_exceeded(family, padded_quote(udp, labels), length)});
    all.push_back({f + "labels, old form", time_exceeded(family, padded_quote(udp, labels))});
    all.push_back({f + "SYN-ACK", tcp_reply(family, 0x12, bytes_of({{0x020405b4, 4}}))});
    all.push_back({f + "RST", tcp_reply(family, 0x14)});
  }
  return all;
}

}  // namespace isthmus::wire::packets
