#include "support/mrt_writer.hpp"

namespace isthmus::support::mrt {
namespace {

constexpr std::uint16_t kTableDumpV2 = 13;

void put_address(std::string& bytes, const IpAddress& address, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(address.bytes()[i]);
}

void put_prefix(std::string& bytes, const Prefix& prefix) {
  bytes += static_cast<char>(prefix.length());
  put_address(bytes, prefix.address(), static_cast<std::size_t>(prefix.length() + 7) / 8);
}

bool has_path_ids(std::uint16_t subtype) { return subtype >= kRibIpv4UnicastAddpath; }
bool is_generic(std::uint16_t subtype) { return subtype == kRibGeneric || subtype == kRibGenericAddpath; }

}  // namespace

void put16(std::string& bytes, std::uint32_t value) {
  bytes += static_cast<char>(value >> 8);
  bytes += static_cast<char>(value);
}

void put32(std::string& bytes, std::uint32_t value) {
  put16(bytes, value >> 16);
  put16(bytes, value & 0xFFFF);
}

std::string record(std::uint32_t time, std::uint16_t type, std::uint16_t subtype, std::string_view body) {
  std::string bytes;
  put32(bytes, time);
  put16(bytes, type);
  put16(bytes, subtype);
  put32(bytes, static_cast<std::uint32_t>(body.size()));
  return bytes.append(body);
}

std::string peer_index(std::uint32_t time, std::uint32_t collector, std::string_view view,
                       const std::vector<Peer>& peers) {
  std::string body;
  put32(body, collector);
  put16(body, static_cast<std::uint32_t>(view.size()));
  body.append(view);
  put16(body, static_cast<std::uint32_t>(peers.size()));
  for (const Peer& peer : peers) {
    body += static_cast<char>((peer.address.is_v4() ? 0 : 1) | (peer.wide ? 2 : 0));
    put32(body, 0x0A000001);  // The peer's BGP identifier.
    put_address(body, peer.address, peer.address.is_v4() ? 4 : 16);
    peer.wide ? put32(body, peer.asn) : put16(body, peer.asn);
  }
  return record(time, kTableDumpV2, kPeerIndexTable, body);
}

std::string rib(std::uint32_t time, std::uint16_t subtype, const Prefix& prefix, const std::vector<Entry>& entries) {
  std::string body;
  put32(body, 7);  // Sequence number, which nobody needs.
  if (is_generic(subtype)) {
    put16(body, prefix.address().is_v4() ? 1 : 2);  // AFI
    body += static_cast<char>(1);                   // SAFI: unicast
  }
  put_prefix(body, prefix);
  put16(body, static_cast<std::uint32_t>(entries.size()));
  for (const Entry& entry : entries) {
    put16(body, entry.peer);
    put32(body, entry.originated);
    if (has_path_ids(subtype)) put32(body, entry.path_id.value_or(0));
    put16(body, static_cast<std::uint32_t>(entry.attributes.size()));
    body += entry.attributes;
  }
  return record(time, kTableDumpV2, subtype, body);
}

std::string attribute(std::uint8_t flags, std::uint8_t type, std::string_view value) {
  const bool extended = value.size() > 255;
  std::string bytes;
  bytes += static_cast<char>(extended ? flags | 0x10 : flags);
  bytes += static_cast<char>(type);
  if (extended) bytes += static_cast<char>(value.size() >> 8);
  bytes += static_cast<char>(value.size());
  return bytes.append(value);
}

std::string as_path(const std::vector<Segment>& segments, std::uint8_t type, bool wide) {
  std::string value;
  for (const Segment& segment : segments) {
    value += static_cast<char>(segment.type);
    value += static_cast<char>(segment.asns.size());
    for (const std::uint32_t asn : segment.asns) wide ? put32(value, asn) : put16(value, asn);
  }
  return attribute(type == 2 ? 0x40 : 0xC0, type, value);
}

std::string plain_attributes(const std::vector<std::uint32_t>& path) {
  return attribute(0x40, 1, std::string(1, '\0')) + as_path({{kSequence, path}}) +
         attribute(0x40, 3, std::string_view("\x0A\0\0\1", 4));
}

}  // namespace isthmus::support::mrt
