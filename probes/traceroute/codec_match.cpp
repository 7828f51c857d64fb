// The other half of the trace codec: which probe a packet is about, and how sure that is.

#include <algorithm>

#include "probes/bytes.hpp"
#include "probes/traceroute/codec.hpp"
#include "probes/traceroute/layout.hpp"

namespace isthmus::probes {
namespace {

using layout::Fields;
using layout::Secret;
using Bytes = std::span<const std::byte>;

// Bits of each field that nobody can know without having seen the probe; the count is in README.md of this folder.
constexpr int kMacBits = 9;        // of an IP-ID, a UDP checksum, an ICMP sequence
constexpr int kAgreementBits = 7;  // two codes under different pads name one probe
constexpr int kPortBits = 7;       // 256 of 32768 ports are a destination's
constexpr int kIcmpIdBits = 4;     // 4096 of 65536 ids
constexpr int kChecksumBits = 16;  // of ICMP, by flow
constexpr int kFlowLabelBits = 20;
constexpr int kSequenceBits = 25;  // of TCP
constexpr int kTagBits = 64;
constexpr int kLostFlowBits = 8;  // the caller had to guess the flow
constexpr int kStrong = 32;
constexpr int kWeak = 16;

// The sum of what was found right, and whether something was not. A part of the MAC has to be among it: all else is
// the same in every probe of a flow.
struct Evidence {
  int bits{0};
  bool has_mac{false};
  bool rewritten{false};

  bool weigh(bool right, int worth) {
    if (right) {
      bits += worth;
    } else {
      rewritten = true;
    }
    return right;
  }
  bool weigh_mac(bool right, int worth) {
    has_mac = has_mac || right;
    return weigh(right, worth);
  }
  [[nodiscard]] Verdict verdict() const {
    if (!has_mac) return {};
    if (bits >= kStrong) return {Verdict::Strength::strong, rewritten};
    if (bits >= kWeak) return {Verdict::Strength::weak, rewritten};
    return {};
  }
};

// Whether this much of the payload is there. A router that quotes little may fill up with zeros (RFC 4884 section 5.1).
bool is_quoted(Bytes payload) {
  if (payload.size() < layout::kCompensationAt) return false;
  const auto known = payload.first(layout::kCompensationAt);
  return std::ranges::any_of(known, [](std::byte b) { return b != std::byte{0}; });
}

bool carries(Bytes payload, const Fields& fields) {
  const auto text = std::as_bytes(std::span(layout::kText));
  return payload.size() >= layout::kCompensationAt && std::equal(text.begin(), text.end(), payload.begin()) &&
         payload[layout::kCodeAt] == static_cast<std::byte>(fields.payload_code) &&
         read_u64(payload.subspan(layout::kTagAt)) == fields.tag;
}

void add_claim(TraceClaims& claims, TraceProbe probe, std::optional<std::uint32_t> number) {
  if (!number) return;
  probe.ttl = static_cast<Ttl>(1 + *number / 2);
  probe.retry = *number % 2 != 0;
  if (std::ranges::find(claims.view(), probe) == claims.view().end()) claims.probes[claims.size++] = probe;
}

std::uint32_t code_in(std::uint16_t word) { return std::uint32_t{word} >> 9; }
std::uint16_t swapped(std::uint16_t word) { return static_cast<std::uint16_t>(word << 8 | word >> 8); }

/// The eight quoted bytes behind the IP header, whatever the protocol.
struct Quote {
  std::optional<std::uint16_t> flow;  // Nothing when the field it is read from was rewritten.
  std::uint32_t code{0};
  Bytes payload;
};

class Reader {
 public:
  Reader(const CodecSettings& settings, const Secret& secret) : settings_(settings), secret_(secret) {}

  [[nodiscard]] std::optional<Quote> read(const wire::IcmpError& error) const {
    if (const auto* udp = std::get_if<wire::QuotedUdp>(&error.transport)) return read(*udp);
    if (const auto* icmp = std::get_if<wire::QuotedIcmp>(&error.transport)) return read(*icmp);
    return read(std::get<wire::QuotedTcp>(error.transport));
  }
  [[nodiscard]] std::optional<Quote> read(const wire::EchoReply& reply) const {
    const auto flow = secret_.flow_of_icmp_id(reply.id);
    if (settings_.protocol != Protocol::icmp || !flow || reply.payload.size() != layout::kPayload) return std::nullopt;
    return Quote{flow, code_in(reply.sequence), reply.payload};
  }
  [[nodiscard]] std::optional<Quote> read(const wire::TcpReply& reply) const {
    const auto flow = secret_.flow_of_port(reply.destination_port);
    const bool answers_syn = reply.ack && (reply.syn || reply.rst);
    if (settings_.protocol != Protocol::tcp || !flow || !answers_syn ||
        reply.source_port != settings_.destination_port) {
      return std::nullopt;
    }
    return Quote{flow, (reply.acknowledgement - 1) >> 25, {}};
  }

 private:
  [[nodiscard]] std::optional<Quote> read(const wire::QuotedUdp& udp) const {
    const auto high = static_cast<std::uint16_t>(udp.destination_port - settings_.destination_port);
    if (settings_.protocol != Protocol::udp || high >= TraceCodec::kFlows / layout::kPortFlows ||
        udp.length != layout::kUdpLength) {
      return std::nullopt;
    }
    auto flow = secret_.flow_of_port(udp.source_port);
    if (flow) *flow = static_cast<std::uint16_t>(*flow + high * layout::kPortFlows);
    return Quote{flow, code_in(udp.checksum), udp.payload};
  }
  [[nodiscard]] std::optional<Quote> read(const wire::QuotedIcmp& icmp) const {
    const std::uint8_t request = settings_.source.is_v4() ? layout::kEchoRequestV4 : layout::kEchoRequestV6;
    const auto flow = secret_.flow_of_icmp_id(icmp.id);
    if (settings_.protocol != Protocol::icmp || icmp.type != request || icmp.code != 0 || !flow) return std::nullopt;
    return Quote{flow, code_in(icmp.sequence), icmp.payload};
  }
  [[nodiscard]] std::optional<Quote> read(const wire::QuotedTcp& tcp) const {
    if (settings_.protocol != Protocol::tcp || tcp.destination_port != settings_.destination_port) return std::nullopt;
    return Quote{secret_.flow_of_port(tcp.source_port), tcp.sequence >> 25, {}};
  }

  const CodecSettings& settings_;
  const Secret& secret_;
};

void weigh(const wire::QuotedUdp& udp, const Fields& fields, bool ip_id_right, Evidence& evidence) {
  if (!evidence.weigh(udp.source_port == fields.source_port, kPortBits)) evidence.bits -= kLostFlowBits;
  const bool right = evidence.weigh_mac(udp.checksum == fields.checksum, kMacBits);
  if (right && ip_id_right) evidence.bits += kAgreementBits;
}

void weigh(const wire::QuotedIcmp& icmp, const Fields& fields, bool ip_id_right, Evidence& evidence) {
  evidence.weigh(icmp.id == fields.icmp_id, kIcmpIdBits);
  evidence.weigh(icmp.checksum == fields.checksum, kChecksumBits);
  const bool right = evidence.weigh_mac(icmp.sequence == fields.icmp_sequence, kMacBits);
  if (right && ip_id_right) evidence.bits += kAgreementBits;
}

void weigh(const wire::QuotedTcp& tcp, const Fields& fields, bool ip_id_right, Evidence& evidence) {
  if (!evidence.weigh(tcp.source_port == fields.source_port, kPortBits)) evidence.bits -= kLostFlowBits;
  const bool right = evidence.weigh_mac(tcp.sequence == fields.tcp_sequence, kSequenceBits);
  if (right && ip_id_right) evidence.bits += kAgreementBits;
}

Verdict judge(const wire::IcmpError& error, const Fields& fields, const Quote& quote, const CodecSettings& settings) {
  Evidence evidence;
  evidence.weigh(error.quoted.source == settings.source, 0);
  const bool is_v4 = settings.source.is_v4();
  const bool ip_id_right = is_v4 && evidence.weigh_mac(error.quoted.ip_id == fields.ip_id, kMacBits);
  if (!is_v4) evidence.weigh(error.quoted.flow_label == fields.flow_label, kFlowLabelBits);
  if (const auto* udp = std::get_if<wire::QuotedUdp>(&error.transport)) {
    if (udp->destination_port != fields.destination_port) return {};
  }
  std::visit([&](const auto& transport) { weigh(transport, fields, ip_id_right, evidence); }, error.transport);
  if (is_quoted(quote.payload)) {
    // What is quoted at length has to be right at length.
    if (!carries(quote.payload, fields)) return {};
    evidence.weigh_mac(true, kTagBits);
  }
  return evidence.verdict();
}

}  // namespace

std::optional<TraceProbe> TraceCodec::claim(const wire::DecodedPacket& packet) const {
  const TraceClaims all = claims(packet);
  return all.size > 0 && all.flow_known ? std::optional(all.probes[0]) : std::nullopt;
}

TraceClaims TraceCodec::claims(const wire::DecodedPacket& packet) const {
  TraceClaims claims;
  if (packet.ip.destination != settings_.source) return claims;
  const auto* error = std::get_if<wire::IcmpError>(&packet.message);
  TraceProbe probe;
  probe.destination = error != nullptr ? error->quoted.destination : packet.ip.source;
  if (probe.destination.family() != settings_.source.family()) return claims;
  const Secret secret(destination_key_, probe.destination);
  const Reader reader(settings_, secret);
  std::optional<Quote> quote;
  if (error != nullptr) {
    quote = reader.read(*error);
  } else if (const auto* echo = std::get_if<wire::EchoReply>(&packet.message)) {
    quote = reader.read(*echo);
  } else {
    quote = reader.read(std::get<wire::TcpReply>(packet.message));
  }
  if (!quote) return claims;
  claims.flow_known = quote->flow.has_value();
  probe.flow.value = quote->flow.value_or(0);
  const auto by_transport = layout::number_of_code(quote->code, secret.transport_pad());
  if (error != nullptr && settings_.source.is_v4()) {
    const auto by_ip_id = layout::number_of_code(code_in(error->quoted.ip_id), secret.ip_id_pad());
    // Some routers quote the IP-ID in their own byte order.
    const bool is_swapped =
        by_transport &&
        by_transport == layout::number_of_code(code_in(swapped(error->quoted.ip_id)), secret.ip_id_pad());
    if (by_ip_id != by_transport && !is_swapped) add_claim(claims, probe, by_ip_id);
  }
  add_claim(claims, probe, by_transport);
  if (is_quoted(quote->payload)) {
    const auto code = std::to_integer<std::uint32_t>(quote->payload[layout::kCodeAt]);
    add_claim(claims, probe, layout::number_of_code(code, secret.payload_pad()));
  }
  return claims;
}

Verdict TraceCodec::verify(const wire::DecodedPacket& packet, const TraceProbe& probe, std::uint64_t generation) const {
  if (packet.ip.destination != settings_.source) return {};
  const auto* error = std::get_if<wire::IcmpError>(&packet.message);
  if ((error != nullptr ? error->quoted.destination : packet.ip.source) != probe.destination) return {};
  const Secret secret(destination_key_, probe.destination);
  const Reader reader(settings_, secret);
  const Fields fields = layout::fields_of(probe, generation, secret, mac_key_, settings_);
  if (error != nullptr) {
    const auto quote = reader.read(*error);
    return quote ? judge(*error, fields, *quote, settings_) : Verdict{};
  }
  if (const auto* echo = std::get_if<wire::EchoReply>(&packet.message)) {
    const bool right = reader.read(*echo) && echo->id == fields.icmp_id && echo->sequence == fields.icmp_sequence &&
                       carries(echo->payload, fields);
    return right ? Verdict{Verdict::Strength::strong, false} : Verdict{};
  }
  const auto& reply = std::get<wire::TcpReply>(packet.message);
  const bool right = reader.read(reply) && reply.destination_port == fields.source_port &&
                     reply.acknowledgement - 1 == fields.tcp_sequence;
  return right ? Verdict{Verdict::Strength::strong, false} : Verdict{};
}

std::optional<TraceMatch> TraceCodec::identify(const wire::DecodedPacket& packet, std::uint64_t generation) const {
  const TraceClaims all = claims(packet);
  if (!all.flow_known) return std::nullopt;
  std::optional<TraceMatch> weak;
  for (const TraceProbe& probe : all.view()) {
    const Verdict verdict = verify(packet, probe, generation);
    if (verdict.strength == Verdict::Strength::strong) return TraceMatch{probe, verdict};
    if (verdict.strength != Verdict::Strength::weak) continue;
    if (weak) return std::nullopt;
    weak = TraceMatch{probe, verdict};
  }
  return weak;
}

}  // namespace isthmus::probes
