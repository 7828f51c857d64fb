#include "probes/ping/codec.hpp"

#include <tins/icmp.h>
#include <tins/ip.h>
#include <tins/rawpdu.h>

#include "isthmus/wire/checksum.hpp"
#include "probes/bytes.hpp"

namespace isthmus::probes {
namespace {

constexpr Ttl kTtl = 64;
constexpr std::size_t kPayload = 16;
constexpr std::uint8_t kEchoRequest = 8;

void add_words(wire::OnesComplementSum& sum, std::uint64_t value) {
  for (int shift = 48; shift >= 0; shift -= 16) sum.add(static_cast<std::uint16_t>(value >> shift));
}

}  // namespace

// RFC 792: type 8 and code 0, id, sequence, then the payload.
std::uint16_t EchoProbe::icmp_checksum() const {
  wire::OnesComplementSum sum;
  sum.add(std::uint16_t{kEchoRequest << 8}).add(id).add(sequence);
  add_words(sum, number);
  add_words(sum, tag);
  return sum.checksum();
}

EchoProbe EchoCodec::make(std::uint64_t number, const IpAddress& source, const IpAddress& destination) const {
  EchoProbe probe;
  probe.number = number;
  probe.source = source;
  probe.destination = destination;
  probe.id = id_;
  probe.sequence = static_cast<std::uint16_t>(number);
  const auto input = wire::TagInput().add(destination).add(id_).add(probe.sequence).add(number);
  probe.tag = key_.tag64(input);
  // A second tag for errors, which quote eight bytes of ICMP: with the checksum, 32 bits that depend on the key.
  probe.ip_id = key_.tag16(wire::TagInput().add(destination).add(number));
  return probe;
}

std::vector<std::byte> EchoCodec::encode(const EchoProbe& probe) const {
  Tins::IP ip(Tins::IPv4Address(to_string(probe.destination)), Tins::IPv4Address(to_string(probe.source)));
  ip.id(probe.ip_id);
  ip.ttl(kTtl);
  Tins::ICMP icmp(Tins::ICMP::ECHO_REQUEST);
  icmp.id(probe.id);
  icmp.sequence(probe.sequence);
  std::vector<std::uint8_t> payload;
  payload.reserve(kPayload);
  append_big_endian(payload, probe.number);
  append_big_endian(payload, probe.tag);
  Tins::IP packet = ip / icmp / Tins::RawPDU(payload);
  return to_bytes(packet.serialize());
}

std::variant<std::uint64_t, InvalidReason> EchoCodec::match(const wire::DecodedPacket& packet,
                                                            std::uint64_t next_number) const {
  if (const auto* reply = std::get_if<wire::EchoReply>(&packet.message)) return match_reply(packet, *reply);
  const auto* quoting = std::get_if<wire::IcmpError>(&packet.message);
  if (quoting == nullptr) return InvalidReason::not_ours;
  const auto& error = *quoting;
  const auto match = match_error(error, next_number);
  // Who gets the error must be who sent the probe.
  const bool to_sender = error.quoted.source == packet.ip.destination;
  return to_sender || std::holds_alternative<InvalidReason>(match) ? match : InvalidReason::bad_tag;
}

std::variant<std::uint64_t, InvalidReason> EchoCodec::match_reply(const wire::DecodedPacket& packet,
                                                                  const wire::EchoReply& reply) const {
  if (reply.id != id_) return InvalidReason::not_ours;
  if (reply.payload.size() != kPayload) return InvalidReason::bad_tag;
  const std::uint64_t number = read_u64(reply.payload);
  const EchoProbe probe = make(number, packet.ip.destination, packet.ip.source);
  if (reply.sequence != probe.sequence || read_u64(reply.payload.subspan(8)) != probe.tag)
    return InvalidReason::bad_tag;
  return number;
}

std::variant<std::uint64_t, InvalidReason> EchoCodec::match_error(const wire::IcmpError& error,
                                                                  std::uint64_t next_number) const {
  const auto* quoted = std::get_if<wire::QuotedIcmp>(&error.transport);
  if (quoted == nullptr || quoted->type != kEchoRequest || quoted->id != id_) return InvalidReason::not_ours;
  // The latest number below next_number with these low bits.
  std::uint64_t number = (next_number & ~std::uint64_t{0xffff}) | quoted->sequence;
  if (number >= next_number) {
    if (number < 0x10000) return InvalidReason::bad_tag;
    number -= 0x10000;
  }
  const EchoProbe probe = make(number, error.quoted.source, error.quoted.destination);
  if (error.quoted.ip_id != probe.ip_id || quoted->checksum != probe.icmp_checksum()) return InvalidReason::bad_tag;
  return number;
}

}  // namespace isthmus::probes
