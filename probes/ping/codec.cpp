#include "probes/ping/codec.hpp"

#include <tins/icmp.h>
#include <tins/icmpv6.h>
#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/rawpdu.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "isthmus/wire/checksum.hpp"
#include "probes/bytes.hpp"

namespace isthmus::probes {
namespace {

constexpr Ttl kTtl = 64;
constexpr std::size_t kPayload = 18;  // number, tag, compensation
constexpr std::size_t kEcho = 8 + kPayload;
constexpr std::size_t kHeaderV4 = 20;
constexpr std::size_t kHeaderV6 = 40;
constexpr std::uint8_t kEchoRequestV4 = 8;
constexpr std::uint8_t kEchoRequestV6 = 128;

constexpr std::uint8_t echo_type(Family family) { return family == Family::ipv4 ? kEchoRequestV4 : kEchoRequestV6; }

// A sum of 16-bit words taken 32 bits at a time: folding in the end gives the same (RFC 1071 section 2 B).
class WordSum {
 public:
  WordSum& add(std::uint64_t words) {
    sum_ += (words >> 32) + (words & 0xffffffff);
    return *this;
  }
  [[nodiscard]] std::uint16_t checksum() const {
    std::uint64_t sum = sum_;
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
  }

 private:
  std::uint64_t sum_{0};
};

std::uint64_t half(const IpAddress& address, std::size_t index) {
  std::uint64_t word;
  std::memcpy(&word, address.bytes().data() + 8 * index, sizeof word);
  return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
}

// Both addresses, as the pseudo header (RFC 8200 section 8.1) and the IPv4 header checksum have them.
WordSum address_sum(const IpAddress& source, const IpAddress& destination) {
  WordSum sum;
  sum.add(half(source, 0)).add(half(destination, 0));
  if (!source.is_v4()) sum.add(half(source, 1)).add(half(destination, 1));
  return sum;
}

template <typename Packet>
void build(Packet packet, std::span<std::byte> out) {
  const auto bytes = to_bytes(packet.serialize());
  std::copy_n(bytes.begin(), out.size(), out.begin());
}

// All but what differs between probes. The addresses are patched, too; without any, libtins would look a route up.
Tins::IP packet_v4(std::uint16_t id) {
  Tins::IP ip(Tins::IPv4Address("192.0.2.1"), Tins::IPv4Address("192.0.2.1"));
  ip.ttl(kTtl);
  Tins::ICMP icmp(Tins::ICMP::ECHO_REQUEST);
  icmp.id(id);
  return ip / icmp / Tins::RawPDU(std::vector<std::uint8_t>(kPayload));
}

Tins::IPv6 packet_v6(std::uint16_t id) {
  Tins::IPv6 ip(Tins::IPv6Address("2001:db8::1"), Tins::IPv6Address("2001:db8::1"));
  ip.hop_limit(kTtl);
  Tins::ICMPv6 icmp(Tins::ICMPv6::ECHO_REQUEST);
  icmp.identifier(id);
  return ip / icmp / Tins::RawPDU(std::vector<std::uint8_t>(kPayload));
}

}  // namespace

EchoCodec::EchoCodec(const wire::KeySeed& seed, wire::TagKey::Purpose purpose, std::uint16_t id)
    : key_(seed, purpose),
      flow_key_v4_(key_.derive(wire::TagInput().add(std::uint64_t{0}))),
      flow_key_v6_(key_.derive(wire::TagInput().add(std::uint64_t{3}))),
      probe_key_(key_.derive(wire::TagInput().add(std::uint64_t{1}))),
      id_(id) {
  build(packet_v4(id), template_v4_);
  build(packet_v6(id), template_v6_);
}

wire::KeySeed EchoCodec::derive_seed() const {
  wire::KeySeed seed{};
  for (std::size_t word = 0; word < seed.size() / 8; ++word) {
    store_big_endian(std::span(seed).subspan(8 * word), key_.tag64(wire::TagInput().add(std::uint64_t{2}).add(word)));
  }
  return seed;
}

EchoCodec::Flow EchoCodec::flow_to(const IpAddress& destination) const {
  Flow flow;
  flow.secret = destination.is_v4()
                    ? wire::siphash_1_3_fixed<1>(flow_key_v4_, {destination.v4_value()})
                    : wire::siphash_1_3_fixed<2>(flow_key_v6_, {half(destination, 0), half(destination, 1)});
  flow.label = static_cast<std::uint32_t>(flow.secret & 0xfffff);
  // A label of 0 would mean that there is none (RFC 6437), and checksums of 0 and 0xffff are hard to tell apart.
  if (flow.label == 0) flow.label = 1;
  flow.checksum = static_cast<std::uint16_t>(1 + ((flow.secret >> 20) & 0xffff) % 0xfffe);
  return flow;
}

EchoCodec::Fields EchoCodec::fields_of(const PingProbe& probe, const Flow& flow) const {
  Fields fields;
  fields.tag = wire::siphash_1_3_fixed<2>(probe_key_, {flow.secret, probe.number});
  // Errors quote eight bytes of ICMP: with the checksum, 32 bits that depend on the key. 0: the kernel would fill it
  // in.
  fields.ip_id = static_cast<std::uint16_t>(fields.tag);
  if (fields.ip_id == 0) fields.ip_id = 0xffff;
  const bool v4 = probe.destination.is_v4();
  // RFC 792 sums the message alone, RFC 4443 section 2.3 the pseudo header as well.
  WordSum sum = v4 ? WordSum() : address_sum(probe.source, probe.destination);
  if (!v4) sum.add(std::uint64_t{kEcho} << 16 | wire::kProtocolIcmpV6);
  sum.add(std::uint64_t{echo_type(probe.destination.family())} << 56 | std::uint64_t{flow.checksum} << 32 |
          std::uint64_t{id_} << 16 | (probe.number & 0xffff));
  fields.compensation = sum.add(probe.number).add(fields.tag).checksum();
  return fields;
}

std::span<const std::byte> EchoCodec::encode(const PingProbe& probe, std::span<std::byte, kMaxPacket> out) const {
  const bool v4 = probe.destination.is_v4();
  const Flow flow = flow_to(probe.destination);
  const Fields fields = fields_of(probe, flow);
  std::byte* const packet = out.data();
  if (v4) {
    std::memcpy(packet, template_v4_.data(), template_v4_.size());
    store_big_endian(out.subspan(4), fields.ip_id);
    std::memcpy(packet + 12, probe.source.bytes().data(), 4);
    std::memcpy(packet + 16, probe.destination.bytes().data(), 4);
    // RFC 791: everything but the ID and the addresses is the template's.
    constexpr std::uint64_t kConstant = 0x4500 + kPacketV4 + (std::uint64_t{kTtl} << 8) + wire::kProtocolIcmp;
    const auto checksum = address_sum(probe.source, probe.destination).add(kConstant).add(fields.ip_id).checksum();
    store_big_endian(out.subspan(10), checksum);
  } else {
    std::memcpy(packet, template_v6_.data(), template_v6_.size());
    store_big_endian(out, std::uint32_t{0x60000000} | flow.label);
    std::memcpy(packet + 8, probe.source.bytes().data(), 16);
    std::memcpy(packet + 24, probe.destination.bytes().data(), 16);
  }
  const std::size_t header = v4 ? kHeaderV4 : kHeaderV6;
  const auto echo = out.subspan(header);
  store_big_endian(echo.subspan(2), flow.checksum);
  store_big_endian(echo.subspan(6), static_cast<std::uint16_t>(probe.number));
  store_big_endian(echo.subspan(8), probe.number);
  store_big_endian(echo.subspan(16), fields.tag);
  store_big_endian(echo.subspan(24), fields.compensation);
  return out.first(header + kEcho);
}

bool EchoCodec::is_own(const wire::QuotedIcmp& quoted, Family family) const {
  return quoted.type == echo_type(family) && quoted.code == 0 && quoted.id == id_;
}

std::optional<PingClaim> EchoCodec::claim(const wire::DecodedPacket& packet) const {
  if (const auto* reply = std::get_if<wire::EchoReply>(&packet.message)) {
    if (reply->id != id_) return std::nullopt;
    const bool whole = reply->payload.size() >= 8;
    return PingClaim{packet.ip.source, whole ? read_u64(reply->payload) : reply->sequence,
                     whole ? kWholeNumber : 0xffff};
  }
  const auto* error = std::get_if<wire::IcmpError>(&packet.message);
  const auto* quoted = error == nullptr ? nullptr : std::get_if<wire::QuotedIcmp>(&error->transport);
  if (quoted == nullptr || !is_own(*quoted, error->quoted.destination.family())) return std::nullopt;
  if (quoted->payload.size() >= 16)
    return PingClaim{error->quoted.destination, read_u64(quoted->payload), kWholeNumber};
  return PingClaim{error->quoted.destination, quoted->sequence, 0xffff};
}

Verdict EchoCodec::verify(const wire::DecodedPacket& packet, const PingProbe& probe) const {
  // Who gets the answer must be who sent the probe.
  if (packet.ip.destination != probe.source) return {};
  if (const auto* reply = std::get_if<wire::EchoReply>(&packet.message)) {
    return packet.ip.source == probe.destination ? verify_reply(*reply, probe) : Verdict{};
  }
  const auto* error = std::get_if<wire::IcmpError>(&packet.message);
  return error == nullptr ? Verdict{} : verify_error(*error, probe);
}

Verdict EchoCodec::verify_reply(const wire::EchoReply& reply, const PingProbe& probe) const {
  if (reply.id != id_ || reply.payload.size() != kPayload) return {};
  const Fields fields = fields_of(probe, flow_to(probe.destination));
  const auto compensation = static_cast<std::uint16_t>(std::to_integer<unsigned>(reply.payload[16]) << 8 |
                                                       std::to_integer<unsigned>(reply.payload[17]));
  const bool same = reply.sequence == static_cast<std::uint16_t>(probe.number) &&
                    read_u64(reply.payload) == probe.number && read_u64(reply.payload.subspan(8)) == fields.tag &&
                    compensation == fields.compensation;
  return {same ? Verdict::Strength::strong : Verdict::Strength::none, false};
}

// Keyed bits of a short quote: 16 of IP-ID (IPv4) or 20 of flow label (IPv6), and 16 of checksum. A long one returns
// the whole tag, which then has to be right.
Verdict EchoCodec::verify_error(const wire::IcmpError& error, const PingProbe& probe) const {
  const auto* quoted = std::get_if<wire::QuotedIcmp>(&error.transport);
  if (quoted == nullptr || !is_own(*quoted, error.quoted.destination.family())) return {};
  if (error.quoted.destination != probe.destination || quoted->sequence != static_cast<std::uint16_t>(probe.number))
    return {};
  const Flow flow = flow_to(probe.destination);
  const Fields fields = fields_of(probe, flow);
  const bool same_header =
      probe.destination.is_v4() ? error.quoted.ip_id == fields.ip_id : error.quoted.flow_label == flow.label;
  const bool same_checksum = quoted->checksum == flow.checksum;
  const bool rewritten = !same_header || !same_checksum || error.quoted.source != probe.source;
  if (quoted->payload.size() >= 16) {
    const bool same = read_u64(quoted->payload) == probe.number && read_u64(quoted->payload.subspan(8)) == fields.tag;
    return same ? Verdict{Verdict::Strength::strong, rewritten} : Verdict{};
  }
  if (same_header && same_checksum) return {Verdict::Strength::strong, rewritten};
  if (same_header || same_checksum) return {Verdict::Strength::weak, true};
  return {};
}

}  // namespace isthmus::probes
