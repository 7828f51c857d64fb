#pragma once
// What the writers of traces and pings as warts share. Pure functions; any thread.

#include <cstdint>
#include <string>

#include "formats/warts_output.hpp"
#include "formats/warts_reader.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::formats {

[[nodiscard]] inline std::string warts_record(WartsType type, const WartsFields& body) {
  WartsFields out;
  out.u16(kWartsMagic).u16(static_cast<std::uint16_t>(type)).u32(static_cast<std::uint32_t>(body.bytes().size()));
  return out.append(body.bytes()).bytes();
}

[[nodiscard]] inline bool is_tcp(const Reply& reply) {
  return reply.kind == ReplyKind::tcp_syn_ack || reply.kind == ReplyKind::tcp_rst;
}

/// SYN and ACK, or RST and ACK.
[[nodiscard]] inline std::uint8_t tcp_flags(const Reply& reply) {
  return reply.kind == ReplyKind::tcp_syn_ack ? std::uint8_t{0x12} : std::uint8_t{0x14};
}

/// An unknown source is the address of no host, of the destination's family: older tools expect one.
[[nodiscard]] inline IpAddress source_or_none(const IpAddress& source, const IpAddress& destination) {
  return source != IpAddress{} || destination.is_v4() ? source : IpAddress::v6({});
}

}  // namespace isthmus::formats
