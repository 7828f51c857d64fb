#include "probes/traceroute/codec.hpp"

#include <tins/icmp.h>
#include <tins/icmpv6.h>
#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/rawpdu.h>
#include <tins/tcp.h>
#include <tins/udp.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include "isthmus/wire/checksum.hpp"
#include "probes/bytes.hpp"
#include "probes/traceroute/layout.hpp"

namespace isthmus::probes {
namespace {

using layout::Fields;
using layout::Secret;

wire::TagInput identity_of(const CodecSettings& settings) {
  return wire::TagInput().add(settings.source).add(static_cast<std::uint64_t>(settings.protocol));
}

std::uint8_t protocol_number(const CodecSettings& settings) {
  switch (settings.protocol) {
    case Protocol::udp: return wire::kProtocolUdp;
    case Protocol::tcp: return wire::kProtocolTcp;
    case Protocol::icmp: break;
  }
  return settings.source.is_v4() ? wire::kProtocolIcmp : wire::kProtocolIcmpV6;
}

std::unique_ptr<Tins::PDU> transport_of(const CodecSettings& settings) {
  const Tins::RawPDU payload(Tins::RawPDU::payload_type(layout::kPayload, 0));
  if (settings.protocol == Protocol::tcp) {
    auto tcp = std::make_unique<Tins::TCP>(settings.destination_port, std::uint16_t{0});
    tcp->flags(Tins::TCP::SYN);
    return tcp;
  }
  std::unique_ptr<Tins::PDU> pdu;
  if (settings.protocol == Protocol::udp) {
    pdu = std::make_unique<Tins::UDP>(settings.destination_port, std::uint16_t{0});
  } else if (settings.source.is_v4()) {
    pdu = std::make_unique<Tins::ICMP>(Tins::ICMP::ECHO_REQUEST);
  } else {
    pdu = std::make_unique<Tins::ICMPv6>(Tins::ICMPv6::ECHO_REQUEST);
  }
  pdu->inner_pdu(payload.clone());
  return pdu;
}

// libtins fills in versions, lengths and protocol numbers; checksums are what remains to be patched.
std::vector<std::uint8_t> serialize(const CodecSettings& settings) {
  const auto transport = transport_of(settings);
  if (settings.source.is_v4()) {
    Tins::IP ip(Tins::IPv4Address(), Tins::IPv4Address(to_string(settings.source)));
    return (ip / *transport).serialize();
  }
  Tins::IPv6 ip(Tins::IPv6Address(), Tins::IPv6Address(to_string(settings.source)));
  return (ip / *transport).serialize();
}

// The 16-bit words of a number add up to its value modulo 0xffff, so whole words are added at once.
std::uint64_t word_sum(std::uint64_t value) { return (value >> 32) + (value & 0xffffffff); }

std::uint16_t fold(std::uint64_t sum) {
  sum = word_sum(sum);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16));
}

std::uint64_t sum_of(const IpAddress& address) {
  if (address.is_v4()) return address.v4_value();
  const auto bytes = std::as_bytes(std::span(address.bytes()));
  return word_sum(read_u64(bytes)) + word_sum(read_u64(bytes.subspan(8)));
}

// UDP (RFC 768) and ICMP (RFC 792, RFC 4443) end alike. `sum` is that of everything before the payload, with the
// checksum that is wanted.
void write_payload(std::span<std::byte> payload, const Fields& fields, std::uint64_t sum) {
  payload[layout::kCodeAt] = static_cast<std::byte>(fields.payload_code);
  store_big_endian(payload.subspan(layout::kTagAt), fields.tag);
  // Everything together has to give 0xffff; minus is the complement.
  const std::uint16_t rest = fold(sum + fields.payload_code + word_sum(fields.tag));
  store_big_endian(payload.subspan(layout::kCompensationAt), static_cast<std::uint16_t>(~rest));
}

void write_udp(std::span<std::byte> udp, const Fields& fields, std::uint64_t sum) {
  store_big_endian(udp, fields.source_port);
  store_big_endian(udp.subspan(2), fields.destination_port);
  store_big_endian(udp.subspan(6), fields.checksum);
  write_payload(udp.subspan(layout::kTransportHeader), fields,
                sum + fields.source_port + fields.destination_port + fields.checksum);
}

void write_icmp(std::span<std::byte> icmp, const Fields& fields, std::uint64_t sum) {
  store_big_endian(icmp.subspan(2), fields.checksum);
  store_big_endian(icmp.subspan(4), fields.icmp_id);
  store_big_endian(icmp.subspan(6), fields.icmp_sequence);
  write_payload(icmp.subspan(layout::kTransportHeader), fields,
                sum + fields.checksum + fields.icmp_id + fields.icmp_sequence);
}

// RFC 9293 section 3.1: a SYN has no payload to bend, so its checksum is what comes out.
void write_tcp(std::span<std::byte> tcp, const Fields& fields, std::uint64_t sum) {
  store_big_endian(tcp, fields.source_port);
  store_big_endian(tcp.subspan(4), fields.tcp_sequence);
  const std::uint16_t rest = fold(sum + fields.source_port + fields.tcp_sequence);
  store_big_endian(tcp.subspan(16), static_cast<std::uint16_t>(~rest));
}

}  // namespace

TraceCodec::TraceCodec(const wire::KeySeed& seed, const CodecSettings& settings)
    : settings_(settings),
      destination_key_(wire::TagKey(seed, wire::TagKey::Purpose::traceroute_flow).derive(identity_of(settings))),
      mac_key_(wire::TagKey(seed, wire::TagKey::Purpose::traceroute).derive(identity_of(settings))) {
  build_template();
}

void TraceCodec::build_template() {
  const std::vector<std::uint8_t> packet = serialize(settings_);
  size_ = packet.size();
  transport_at_ = settings_.source.is_v4() ? layout::kIpv4Header : layout::kIpv6Header;
  if (size_ > kMaxPacket) throw std::logic_error("a trace probe is larger than its buffer");
  std::ranges::copy(std::as_bytes(std::span(packet)), template_.begin());

  const auto zero = [this](std::size_t at, std::size_t size) {
    std::fill_n(template_.begin() + static_cast<std::ptrdiff_t>(at), size, std::byte{0});
  };
  if (settings_.source.is_v4()) {
    zero(4, 2);   // IP-ID,
    zero(8, 1);   // TTL,
    zero(10, 2);  // header checksum (RFC 791 section 3.1)
    header_sum_ = wire::OnesComplementSum().add(std::span(template_).first(layout::kIpv4Header)).folded();
  } else {
    zero(7, 1);  // hop limit (RFC 8200 section 3)
  }
  switch (settings_.protocol) {
    case Protocol::udp:
      zero(transport_at_ + 2, 2);  // the destination port is that of the first flows
      zero(transport_at_ + 6, 2);
      break;
    case Protocol::icmp: zero(transport_at_ + 2, 2); break;
    case Protocol::tcp: zero(transport_at_ + 16, 2); break;
  }
  if (settings_.protocol != Protocol::tcp) {
    std::ranges::copy(std::as_bytes(std::span(layout::kText)),
                      template_.begin() + static_cast<std::ptrdiff_t>(transport_at_ + layout::kTransportHeader));
  }
  const auto transport = std::span<const std::byte>(template_).subspan(transport_at_, size_ - transport_at_);
  wire::OnesComplementSum sum;
  // Only ICMP over IPv4 has no pseudo header.
  if (settings_.protocol != Protocol::icmp || !settings_.source.is_v4()) {
    const IpAddress nowhere = settings_.source.is_v4() ? IpAddress() : IpAddress::v6({});
    sum = wire::pseudo_header_sum(settings_.source, nowhere, protocol_number(settings_),
                                  static_cast<std::uint16_t>(transport.size()));
  }
  transport_sum_ = sum.add(transport).folded();
}

std::span<const std::byte> TraceCodec::encode(const TraceProbe& probe, std::uint64_t generation,
                                              std::span<std::byte, kMaxPacket> out) const {
  const Secret secret(destination_key_, probe.destination);
  const Fields fields = layout::fields_of(probe, generation, secret, mac_key_, settings_);
  std::memcpy(out.data(), template_.data(), kMaxPacket);
  const std::uint64_t destination_sum = sum_of(probe.destination);
  std::uint64_t sum = transport_sum_;
  if (settings_.source.is_v4()) {
    store_big_endian(out.subspan(4), fields.ip_id);
    out[8] = static_cast<std::byte>(probe.ttl);
    store_big_endian(out.subspan(16), probe.destination.v4_value());
    const std::uint16_t rest = fold(header_sum_ + fields.ip_id + (std::uint64_t{probe.ttl} << 8) + destination_sum);
    store_big_endian(out.subspan(10), static_cast<std::uint16_t>(~rest));
    if (settings_.protocol != Protocol::icmp) sum += destination_sum;
  } else {
    store_big_endian(out, 0x60000000U | fields.flow_label);
    out[7] = static_cast<std::byte>(probe.ttl);
    std::memcpy(out.data() + 24, probe.destination.bytes().data(), 16);
    sum += destination_sum;
  }
  const auto transport = out.subspan(transport_at_);
  switch (settings_.protocol) {
    case Protocol::udp: write_udp(transport, fields, sum); break;
    case Protocol::icmp: write_icmp(transport, fields, sum); break;
    case Protocol::tcp: write_tcp(transport, fields, sum); break;
  }
  return out.first(size_);
}

}  // namespace isthmus::probes
