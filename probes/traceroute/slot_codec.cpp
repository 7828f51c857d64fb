#include "probes/traceroute/slot_codec.hpp"

#include <tins/icmp.h>
#include <tins/ip.h>
#include <tins/rawpdu.h>
#include <tins/udp.h>

#include <array>
#include <string_view>

#include "isthmus/wire/checksum.hpp"
#include "probes/bytes.hpp"

namespace isthmus::probes {
namespace {

// A flow id is four bits of destination port and twelve of source port.
constexpr std::uint16_t kSourcePorts = 4096;
// Source ports start at a keyed place in here: above the ports of services, and with room for all flows.
constexpr std::uint16_t kLowestSourcePort = 24000;
constexpr std::uint16_t kSourcePortChoices = 37000;

constexpr std::string_view kUdpText = "isthmus ";  // so that who looks at the packet knows whom to ask
constexpr std::uint16_t kUdpHeader = 8;
constexpr auto kUdpLength = static_cast<std::uint16_t>(kUdpHeader + kUdpText.size() + 2);
constexpr std::size_t kIcmpPayload = 10;
constexpr std::uint8_t kEchoRequest = 8;

bool quotes_probe(const wire::QuotedUdp& quoted, const SlotProbe& probe) {
  return quoted.source_port == probe.source_port && quoted.destination_port == probe.destination_port &&
         quoted.length == kUdpLength && quoted.checksum == probe.checksum;
}

bool quotes_probe(const wire::QuotedIcmp& quoted, const SlotProbe& probe) {
  return quoted.type == kEchoRequest && quoted.code == 0 && quoted.id == probe.slot &&
         quoted.sequence == probe.icmp_sequence && quoted.checksum == probe.checksum;
}

bool answers_echo(const wire::DecodedPacket& packet, const wire::EchoReply& reply, const SlotProbe& probe) {
  return probe.request.protocol == Protocol::icmp && packet.ip.source == probe.request.destination &&
         reply.id == probe.slot && reply.sequence == probe.icmp_sequence && reply.payload.size() == kIcmpPayload &&
         read_u64(reply.payload) == probe.tag;
}

}  // namespace

SlotCodec::SlotCodec(const wire::KeySeed& seed)
    : probe_key_(seed, wire::TagKey::Purpose::traceroute),
      flow_key_(seed, wire::TagKey::Purpose::traceroute_flow),
      first_source_port_(static_cast<std::uint16_t>(kLowestSourcePort +
                                                    flow_key_.tag64(wire::TagInput().add(std::uint64_t{kSourcePorts})) %
                                                        kSourcePortChoices)) {}

SlotProbe SlotCodec::make(const TraceRequest& request, std::uint16_t slot, std::uint64_t number) const {
  SlotProbe probe;
  probe.request = request;
  probe.slot = slot;
  const auto input = [&](std::uint64_t part) {
    return wire::TagInput()
        .add(request.source)
        .add(request.destination)
        .add(std::uint64_t{request.flow.value} << 32 | std::uint64_t{request.ttl} << 24 | std::uint64_t{slot})
        .add(number)
        .add(part);
  };
  const std::uint16_t flow = request.flow.value;
  if (request.protocol == Protocol::udp) {
    probe.ip_id = slot;
    probe.source_port = static_cast<std::uint16_t>(first_source_port_ + flow % kSourcePorts);
    probe.destination_port = static_cast<std::uint16_t>(request.destination_port + flow / kSourcePorts);
    probe.checksum = probe_key_.tag16(input(0));
  } else {
    probe.ip_id = probe_key_.tag16(input(1));
    probe.icmp_sequence = probe_key_.tag16(input(2));
    probe.tag = probe_key_.tag64(input(3));
    probe.checksum = flow_key_.tag16(wire::TagInput().add(std::uint64_t{flow}));
  }
  return probe;
}

std::vector<std::byte> SlotCodec::encode(const SlotProbe& probe) const {
  Tins::IP ip(Tins::IPv4Address(to_string(probe.request.destination)),
              Tins::IPv4Address(to_string(probe.request.source)));
  ip.id(probe.ip_id);
  ip.ttl(probe.request.ttl);
  if (probe.request.protocol == Protocol::udp) {
    ip /= Tins::UDP(probe.destination_port, probe.source_port) / Tins::RawPDU(udp_payload(probe));
  } else {
    Tins::ICMP icmp(Tins::ICMP::ECHO_REQUEST);
    icmp.id(probe.slot);
    icmp.sequence(probe.icmp_sequence);
    ip /= icmp / Tins::RawPDU(icmp_payload(probe));
  }
  return to_bytes(ip.serialize());
}

// libtins computes the checksum over what it is given; the last two bytes make it come out as wanted (RFC 768:
// pseudo header, ports, length, payload).
std::vector<std::uint8_t> SlotCodec::udp_payload(const SlotProbe& probe) const {
  std::vector<std::uint8_t> payload(kUdpText.begin(), kUdpText.end());
  auto sum = wire::pseudo_header_sum(probe.request.source, probe.request.destination, wire::kProtocolUdp, kUdpLength);
  sum.add(probe.source_port).add(probe.destination_port).add(kUdpLength).add(std::as_bytes(std::span(payload)));
  append_big_endian(payload, wire::compensation_for(sum, probe.checksum));
  return payload;
}

std::vector<std::uint8_t> SlotCodec::icmp_payload(const SlotProbe& probe) const {
  std::vector<std::uint8_t> payload;
  payload.reserve(kIcmpPayload);
  append_big_endian(payload, probe.tag);
  wire::OnesComplementSum sum;
  sum.add(std::uint16_t{kEchoRequest << 8}).add(probe.slot).add(probe.icmp_sequence);
  sum.add(std::as_bytes(std::span(payload)));
  append_big_endian(payload, wire::compensation_for(sum, probe.checksum));
  return payload;
}

std::optional<std::uint16_t> SlotCodec::slot_of(const wire::DecodedPacket& packet) const {
  if (const auto* reply = std::get_if<wire::EchoReply>(&packet.message)) {
    return reply->payload.size() == kIcmpPayload ? std::optional(reply->id) : std::nullopt;
  }
  const auto& error = std::get<wire::IcmpError>(packet.message);
  if (const auto* udp = std::get_if<wire::QuotedUdp>(&error.transport)) {
    // Modulo 2^16, so one comparison does for both ends of the range.
    const bool ours = static_cast<std::uint16_t>(udp->source_port - first_source_port_) < kSourcePorts;
    return ours ? std::optional(error.quoted.ip_id) : std::nullopt;
  }
  const auto* icmp = std::get_if<wire::QuotedIcmp>(&error.transport);
  return icmp != nullptr && icmp->type == kEchoRequest ? std::optional(icmp->id) : std::nullopt;
}

// The total length is not compared: some routers quote it without the header or in their own byte order.
bool SlotCodec::answers(const wire::DecodedPacket& packet, const SlotProbe& probe) {
  if (packet.ip.destination != probe.request.source) return false;
  if (const auto* reply = std::get_if<wire::EchoReply>(&packet.message)) return answers_echo(packet, *reply, probe);
  const auto& error = std::get<wire::IcmpError>(packet.message);
  if (error.quoted.source != probe.request.source || error.quoted.destination != probe.request.destination ||
      error.quoted.ip_id != probe.ip_id) {
    return false;
  }
  if (const auto* udp = std::get_if<wire::QuotedUdp>(&error.transport)) {
    return probe.request.protocol == Protocol::udp && quotes_probe(*udp, probe);
  }
  const auto* icmp = std::get_if<wire::QuotedIcmp>(&error.transport);
  return icmp != nullptr && probe.request.protocol == Protocol::icmp && quotes_probe(*icmp, probe);
}

}  // namespace isthmus::probes
