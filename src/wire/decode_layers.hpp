#pragma once
// The layers of decode_packet(), one file each. Nothing here trusts a byte: every function takes exactly the bytes that
// are there and says so when they are too few. Private to wire; pure functions, any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "isthmus/wire/decode.hpp"

namespace isthmus::wire::layers {

using Bytes = std::span<const std::byte>;

// Callers check the size once for a whole header; these only assemble.
inline std::uint8_t u8(Bytes bytes, std::size_t at) { return std::to_integer<std::uint8_t>(bytes[at]); }
inline std::uint16_t u16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>((u8(bytes, at) << 8) | u8(bytes, at + 1));
}
inline std::uint32_t u32(Bytes bytes, std::size_t at) {
  return (std::uint32_t{u8(bytes, at)} << 24) | (std::uint32_t{u8(bytes, at + 1)} << 16) |
         (std::uint32_t{u8(bytes, at + 2)} << 8) | std::uint32_t{u8(bytes, at + 3)};
}

/// What an IP header says of the bytes behind it.
struct IpLayout {
  std::uint32_t header_length{0};  ///< With IPv4 options, IPv6 extension headers; never more than there are bytes.
  std::uint32_t total_length{0};   ///< As the header says; unchecked.
  bool first_fragment{true};       ///< What follows the header is the beginning of a message.
  bool whole{true};                ///< It is the end of it, too.
};

/// Fills both; false when the bytes are no IP header or end within it.
bool parse_ip_header(Bytes bytes, IpHeader& header, IpLayout& layout);

/// The rest of a packet whose `ip` is filled already. Nothing: `packet` is complete.
std::optional<InvalidReason> decode_icmp(Bytes message, DecodedPacket& packet);
std::optional<InvalidReason> decode_tcp(Bytes segment, DecodedPacket& packet);

/// The body of an ICMP error: a quote, perhaps padded, perhaps with extensions behind (RFC 4884 section 5). Reads the
/// label stack, if there is one, and returns the length of the quote. `announced` is what the message's length
/// attribute says, in bytes; 0 when it says nothing.
std::size_t read_extensions(Bytes body, std::size_t announced, MplsStack& stack);

}  // namespace isthmus::wire::layers
