// The other half of the trace codec: which probe a packet is about, and how sure that is.

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
  return payload.size() >= layout::kCompensationAt && (read_u64(payload) | read_u64(payload.subspan(8))) != 0;
}

// The first payload word of every probe, but for its code. A constant by name: inside a function it would be put
// together letter by letter for every answer.
constexpr std::uint64_t kTextWord = [] {
  std::uint64_t word = 0;
  for (const char letter : layout::kText) word = word << 8 | static_cast<std::uint8_t>(letter);
  return word << 8;
}();

// Precondition: it is quoted.
bool carries(Bytes payload, const Fields& fields) {
  static_assert(layout::kCodeAt == 7 && layout::kTagAt == 8);
  return read_u64(payload) == (kTextWord | fields.payload_code) &&
         read_u64(payload.subspan(layout::kTagAt)) == fields.tag;
}

std::uint32_t code_in(std::uint16_t word) { return std::uint32_t{word} >> 9; }
std::uint16_t swapped(std::uint16_t word) { return static_cast<std::uint16_t>(word << 8 | word >> 8); }

/// A packet that may answer a probe, read once for all that is asked of it. Filled where it stays: parts that are
/// written one by one and then copied as a whole stall the processor.
class Reading {
 public:
  Reading(const wire::DecodedPacket& packet, const CodecSettings& settings, const wire::SipKey& destination_key)
      : packet_(packet),
        error_(std::get_if<wire::IcmpError>(&packet.message)),
        destination_(error_ != nullptr ? error_->quoted.destination : packet.ip.source),
        secret_(destination_key, destination_),
        is_answer_(packet.ip.destination == settings.source && destination_.family() == settings.source.family() &&
                   read(settings)) {}

  /// Whether it looks like an answer; nothing else means anything otherwise.
  [[nodiscard]] bool is_answer() const { return is_answer_; }
  [[nodiscard]] const wire::DecodedPacket& packet() const { return packet_; }
  /// Null: the destination's own reply.
  [[nodiscard]] const wire::IcmpError* error() const { return error_; }
  [[nodiscard]] const IpAddress& destination() const { return destination_; }
  [[nodiscard]] const Secret& secret() const { return secret_; }
  /// False when the field it is read from was rewritten.
  [[nodiscard]] bool flow_known() const { return flow_known_; }
  [[nodiscard]] FlowId flow() const { return FlowId{flow_}; }
  /// As the transport header has it.
  [[nodiscard]] std::uint32_t code() const { return code_; }
  [[nodiscard]] Bytes payload() const { return payload_; }

 private:
  bool read(const CodecSettings& settings) {
    if (error_ == nullptr) {
      const auto* echo = std::get_if<wire::EchoReply>(&packet_.message);
      return echo != nullptr ? read(*echo, settings) : read(std::get<wire::TcpReply>(packet_.message), settings);
    }
    if (const auto* udp = std::get_if<wire::QuotedUdp>(&error_->transport)) return read(*udp, settings);
    if (const auto* icmp = std::get_if<wire::QuotedIcmp>(&error_->transport)) return read(*icmp, settings);
    return read(std::get<wire::QuotedTcp>(error_->transport), settings);
  }
  bool read(const wire::EchoReply& reply, const CodecSettings& settings) {
    take_flow(secret_.flow_of_icmp_id(reply.id));
    code_ = code_in(reply.sequence);
    payload_ = reply.payload;
    return settings.protocol == Protocol::icmp && flow_known_ && payload_.size() == layout::kPayload;
  }
  bool read(const wire::TcpReply& reply, const CodecSettings& settings) {
    take_flow(secret_.flow_of_port(reply.destination_port));
    code_ = (reply.acknowledgement - 1) >> 25;
    const bool answers_syn = reply.ack && (reply.syn || reply.rst);
    return settings.protocol == Protocol::tcp && flow_known_ && answers_syn &&
           reply.source_port == settings.destination_port;
  }
  bool read(const wire::QuotedUdp& udp, const CodecSettings& settings) {
    const auto high = static_cast<std::uint16_t>(udp.destination_port - settings.destination_port);
    take_flow(secret_.flow_of_port(udp.source_port));
    if (flow_known_) flow_ = static_cast<std::uint16_t>(flow_ + high * layout::kPortFlows);
    code_ = code_in(udp.checksum);
    payload_ = udp.payload;
    return settings.protocol == Protocol::udp && high < TraceCodec::kFlows / layout::kPortFlows &&
           udp.length == layout::kUdpLength;
  }
  bool read(const wire::QuotedIcmp& icmp, const CodecSettings& settings) {
    const std::uint8_t request = settings.source.is_v4() ? layout::kEchoRequestV4 : layout::kEchoRequestV6;
    take_flow(secret_.flow_of_icmp_id(icmp.id));
    code_ = code_in(icmp.sequence);
    payload_ = icmp.payload;
    return settings.protocol == Protocol::icmp && flow_known_ && icmp.type == request && icmp.code == 0;
  }
  bool read(const wire::QuotedTcp& tcp, const CodecSettings& settings) {
    take_flow(secret_.flow_of_port(tcp.source_port));
    code_ = tcp.sequence >> 25;
    return settings.protocol == Protocol::tcp && tcp.destination_port == settings.destination_port;
  }
  void take_flow(const std::optional<std::uint16_t>& flow) {
    flow_known_ = flow.has_value();
    flow_ = flow.value_or(0);
  }

  const wire::DecodedPacket& packet_;
  const wire::IcmpError* error_;
  const IpAddress& destination_;  // Of the probe.
  Secret secret_;
  bool flow_known_{false};
  std::uint16_t flow_{0};
  std::uint32_t code_{0};
  Bytes payload_;
  bool is_answer_;  // Last: reading fills the others.
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

Verdict judge_error(const Reading& reading, const Fields& fields, const CodecSettings& settings) {
  const wire::IcmpError& error = *reading.error();
  Evidence evidence;
  evidence.weigh(error.quoted.source == settings.source, 0);
  const bool is_v4 = settings.source.is_v4();
  const bool ip_id_right = is_v4 && evidence.weigh_mac(error.quoted.ip_id == fields.ip_id, kMacBits);
  if (!is_v4) evidence.weigh(error.quoted.flow_label == fields.flow_label, kFlowLabelBits);
  if (const auto* udp = std::get_if<wire::QuotedUdp>(&error.transport)) {
    if (udp->destination_port != fields.destination_port) return {};
    weigh(*udp, fields, ip_id_right, evidence);
  } else if (const auto* icmp = std::get_if<wire::QuotedIcmp>(&error.transport)) {
    weigh(*icmp, fields, ip_id_right, evidence);
  } else {
    weigh(std::get<wire::QuotedTcp>(error.transport), fields, ip_id_right, evidence);
  }
  if (is_quoted(reading.payload())) {
    // What is quoted at length has to be right at length.
    if (!carries(reading.payload(), fields)) return {};
    evidence.weigh_mac(true, kTagBits);
  }
  return evidence.verdict();
}

Verdict judge(const Reading& reading, const Fields& fields, const CodecSettings& settings) {
  if (reading.error() != nullptr) return judge_error(reading, fields, settings);
  bool right = false;
  if (const auto* echo = std::get_if<wire::EchoReply>(&reading.packet().message)) {
    right = echo->id == fields.icmp_id && echo->sequence == fields.icmp_sequence && is_quoted(echo->payload) &&
            carries(echo->payload, fields);
  } else {
    const auto& reply = std::get<wire::TcpReply>(reading.packet().message);
    right = reply.destination_port == fields.source_port && reply.acknowledgement - 1 == fields.tcp_sequence;
  }
  return right ? Verdict{Verdict::Strength::strong, false} : Verdict{};
}

/// The probes that the fields name, by their numbers; the most plausible first, each once.
class Numbers {
 public:
  explicit Numbers(const Reading& reading) {
    const auto by_transport = layout::number_of_code(reading.code(), reading.secret().transport_pad());
    if (reading.error() != nullptr && reading.destination().is_v4()) {
      const std::uint16_t ip_id = reading.error()->quoted.ip_id;
      const auto by_ip_id = layout::number_of_code(code_in(ip_id), reading.secret().ip_id_pad());
      // Some routers quote the IP-ID in their own byte order.
      const auto is_swapped = [&] {
        return by_transport &&
               by_transport == layout::number_of_code(code_in(swapped(ip_id)), reading.secret().ip_id_pad());
      };
      if (by_ip_id != by_transport && !is_swapped()) add(by_ip_id);
    }
    add(by_transport);
    if (is_quoted(reading.payload())) {
      const auto code = std::to_integer<std::uint32_t>(reading.payload()[layout::kCodeAt]);
      add(layout::number_of_code(code, reading.secret().payload_pad()));
    }
  }
  [[nodiscard]] std::span<const std::uint32_t> view() const { return std::span(values_).first(size_); }

 private:
  void add(const std::optional<std::uint32_t>& number) {
    if (!number) return;
    for (const std::uint32_t known : view()) {
      if (known == *number) return;
    }
    values_[size_++] = *number;
  }
  std::array<std::uint32_t, 3> values_{};
  std::size_t size_{0};
};

// Where it stays, for the same reason as Reading.
void fill(TraceProbe& probe, const Reading& reading, std::uint32_t number) {
  probe.destination = reading.destination();
  probe.flow = reading.flow();
  probe.ttl = static_cast<Ttl>(1 + number / 2);
  probe.retry = number % 2 != 0;
}

}  // namespace

std::optional<TraceProbe> TraceCodec::claim(const wire::DecodedPacket& packet) const {
  const TraceClaims all = claims(packet);
  return all.size > 0 && all.flow_known ? std::optional(all.probes[0]) : std::nullopt;
}

TraceClaims TraceCodec::claims(const wire::DecodedPacket& packet) const {
  TraceClaims claims;
  const Reading reading(packet, settings_, destination_key_);
  if (!reading.is_answer()) return claims;
  claims.flow_known = reading.flow_known();
  const Numbers numbers(reading);
  for (const std::uint32_t number : numbers.view()) fill(claims.probes[claims.size++], reading, number);
  return claims;
}

Verdict TraceCodec::verify(const wire::DecodedPacket& packet, const TraceProbe& probe, std::uint64_t generation) const {
  const Reading reading(packet, settings_, destination_key_);
  if (!reading.is_answer() || reading.destination() != probe.destination) return {};
  return judge(reading, layout::fields_of(probe, generation, reading.secret(), mac_key_, settings_), settings_);
}

std::optional<TraceMatch> TraceCodec::identify(const wire::DecodedPacket& packet, std::uint64_t generation) const {
  std::optional<TraceMatch> match;
  const Reading reading(packet, settings_, destination_key_);
  if (!reading.is_answer() || !reading.flow_known()) return match;
  const Numbers numbers(reading);
  TraceProbe probe;
  for (const std::uint32_t number : numbers.view()) {
    fill(probe, reading, number);
    const Fields fields = layout::fields_of(probe, generation, reading.secret(), mac_key_, settings_);
    const Verdict verdict = judge(reading, fields, settings_);
    if (verdict.strength == Verdict::Strength::none) continue;
    const bool strong = verdict.strength == Verdict::Strength::strong;
    const bool again = match.has_value();
    match.reset();
    if (strong || !again) {
      TraceMatch& found = match.emplace();
      fill(found.probe, reading, number);
      found.verdict = verdict;
    }
    // Two that fit weakly are none: which one it was is anybody's guess.
    if (strong || again) break;
  }
  return match;
}

}  // namespace isthmus::probes
