#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "wire/decode_layers.hpp"

namespace isthmus::wire::layers {
namespace {

constexpr std::size_t kMinHeaderV4 = 20;
constexpr std::size_t kHeaderV6 = 40;
constexpr std::size_t kMinExtensionHeader = 8;

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kDestinationOptions = 60;
// RFC 8200 section 4.1 has no use for more than seven.
constexpr int kMaxExtensionHeaders = 8;

// Built where it stays: an assigned address is first written to the stack in parts and then copied as a whole, for
// which the processor has to wait.
template <typename Make>
void place(IpAddress& into, Make make) {
  ::new (static_cast<void*>(&into)) IpAddress(make());
}

// RFC 791 section 3.1: version and IHL, TOS, total length, id, flags and offset, TTL, protocol, checksum, addresses.
bool parse_v4(Bytes bytes, IpHeader& header, IpLayout& layout) {
  if (bytes.size() < kMinHeaderV4) return false;
  layout.header_length = 4 * (u8(bytes, 0) & 0x0fU);
  if (layout.header_length < kMinHeaderV4 || layout.header_length > bytes.size()) return false;
  header.tos = u8(bytes, 1);
  header.total_length = u16(bytes, 2);
  layout.total_length = header.total_length;
  header.ip_id = u16(bytes, 4);
  const std::uint16_t fragment = u16(bytes, 6);
  layout.first_fragment = (fragment & 0x1fff) == 0;
  layout.whole = layout.first_fragment && (fragment & 0x2000) == 0;
  header.ttl = u8(bytes, 8);
  header.protocol = u8(bytes, 9);
  place(header.source, [&] { return IpAddress::v4(u32(bytes, 12)); });
  place(header.destination, [&] { return IpAddress::v4(u32(bytes, 16)); });
  return true;
}

IpAddress address_v6(Bytes bytes, std::size_t at) {
  std::array<std::uint8_t, 16> address;
  std::memcpy(address.data(), bytes.subspan(at, address.size()).data(), address.size());
  return IpAddress::v6(address);
}

// RFC 8200 section 4: each extension header begins with the number of the next one. Where the chain is longer than any
// sensible one, `protocol` stays that of an extension header, which is nobody's message.
bool skip_extension_headers(Bytes bytes, IpHeader& header, IpLayout& layout) {
  for (int i = 0; i < kMaxExtensionHeaders; ++i) {
    const std::uint8_t kind = header.protocol;
    if (kind != kHopByHop && kind != kRouting && kind != kFragment && kind != kDestinationOptions) return true;
    const Bytes rest = bytes.subspan(layout.header_length);
    if (rest.size() < kMinExtensionHeader) return false;
    std::uint32_t length = kMinExtensionHeader;
    if (kind == kFragment) {
      // Section 4.5: offset (13 bits), two reserved, more fragments.
      const std::uint16_t fragment = u16(rest, 2);
      layout.first_fragment = (fragment & 0xfff8) == 0;
      layout.whole = layout.whole && layout.first_fragment && (fragment & 1) == 0;
    } else {
      length += 8U * u8(rest, 1);
      if (length > rest.size()) return false;
    }
    header.protocol = u8(rest, 0);
    layout.header_length += length;
    // In a later fragment the middle of some message follows, not a header.
    if (!layout.first_fragment) return true;
  }
  return true;
}

// RFC 8200 section 3: version, traffic class, flow label; payload length, next header, hop limit; addresses.
bool parse_v6(Bytes bytes, IpHeader& header, IpLayout& layout) {
  if (bytes.size() < kHeaderV6) return false;
  const std::uint32_t first = u32(bytes, 0);
  header.tos = static_cast<std::uint8_t>(first >> 20);
  header.flow_label = first & 0xfffff;
  layout.header_length = kHeaderV6;
  layout.total_length = kHeaderV6 + u16(bytes, 4);
  header.total_length = static_cast<std::uint16_t>(std::min<std::uint32_t>(layout.total_length, 0xffff));
  header.protocol = u8(bytes, 6);
  header.ttl = u8(bytes, 7);
  place(header.source, [&] { return address_v6(bytes, 8); });
  place(header.destination, [&] { return address_v6(bytes, 24); });
  return skip_extension_headers(bytes, header, layout);
}

}  // namespace

bool parse_ip_header(Bytes bytes, IpHeader& header, IpLayout& layout) {
  if (bytes.empty()) return false;
  switch (u8(bytes, 0) >> 4) {
    case 4: return parse_v4(bytes, header, layout);
    case 6: return parse_v6(bytes, header, layout);
    default: return false;
  }
}

}  // namespace isthmus::wire::layers
