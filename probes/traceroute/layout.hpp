#pragma once
// What stands in which field of a trace probe: the keyed values that encoding writes and verifying expects. The table
// is in README.md of this folder. Pure functions; any thread.

#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include "probes/traceroute/codec.hpp"

namespace isthmus::probes::layout {

// Payload of UDP and ICMP: seven letters, so that who looks at the packet knows whom to ask; code, tag, and the word
// that makes the checksum come out as wanted.
inline constexpr std::array<char, 7> kText{'i', 's', 't', 'h', 'm', 'u', 's'};
inline constexpr std::size_t kCodeAt = 7;
inline constexpr std::size_t kTagAt = 8;
inline constexpr std::size_t kCompensationAt = 16;
inline constexpr std::size_t kPayload = 18;
inline constexpr std::size_t kTransportHeader = 8;  // of UDP and ICMP
inline constexpr std::uint16_t kUdpLength = kTransportHeader + kPayload;
inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv6Header = 40;
inline constexpr std::size_t kTcpHeader = 20;

inline constexpr std::uint8_t kEchoRequestV4 = 8;
inline constexpr std::uint8_t kEchoRequestV6 = 128;

// Source ports: the upper half, of which a destination uses 256 in a row from a keyed place on.
inline constexpr std::uint16_t kPorts = 32768;
inline constexpr std::uint16_t kPortFlows = 256;
// Any odd number of this size spreads consecutive flows over the flow label and, having no factor in common with
// 65534, over the checksum.
inline constexpr std::uint32_t kSpread = 40503;
inline constexpr std::uint32_t kChecksums = 65534;  // 1 to 65534; 0 and 65535 are one value in this arithmetic

/// What is secret about one destination: 64 bits of which every part of a probe's identity takes some.
class Secret {
 public:
  Secret(const wire::SipKey& key, const IpAddress& destination) : value_(hash(key, destination)) {}

  [[nodiscard]] std::uint64_t value() const { return value_; }
  [[nodiscard]] std::uint16_t port(FlowId flow) const {
    return static_cast<std::uint16_t>(kPorts + (value_ + flow.value % kPortFlows) % kPorts);
  }
  /// The low eight bits of the flow with this port.
  [[nodiscard]] std::optional<std::uint16_t> flow_of_port(std::uint16_t port) const {
    const auto offset = static_cast<std::uint16_t>((port - value_) % kPorts);
    return port >= kPorts && offset < kPortFlows ? std::optional(offset) : std::nullopt;
  }
  [[nodiscard]] std::uint16_t icmp_id(FlowId flow) const { return static_cast<std::uint16_t>(value_ + flow.value); }
  [[nodiscard]] std::optional<std::uint16_t> flow_of_icmp_id(std::uint16_t id) const {
    const auto offset = static_cast<std::uint16_t>(id - value_);
    return offset < TraceCodec::kFlows ? std::optional(offset) : std::nullopt;
  }
  [[nodiscard]] std::uint16_t icmp_checksum(FlowId flow) const {
    return static_cast<std::uint16_t>(1 + ((value_ >> 16 & 0xffff) + flow.value * kSpread) % kChecksums);
  }
  [[nodiscard]] std::uint32_t flow_label(FlowId flow) const {
    return static_cast<std::uint32_t>((value_ >> 32) + flow.value * kSpread) & 0xfffff;
  }
  /// What hides the code in each of its places, so that a stranger cannot even make two places agree.
  [[nodiscard]] std::uint32_t ip_id_pad() const { return value_ >> 52 & 0x7f; }
  [[nodiscard]] std::uint32_t transport_pad() const { return value_ >> 25 & 0x7f; }
  [[nodiscard]] std::uint32_t payload_pad() const { return value_ >> 41 & 0x7f; }

 private:
  static std::uint64_t hash(const wire::SipKey& key, const IpAddress& destination) {
    // A key has destinations of one family.
    if (destination.is_v4()) return wire::siphash_1_3_fixed<1>(key, {destination.v4_value()});
    return wire::siphash_1_3_fixed(key, std::bit_cast<std::array<std::uint64_t, 2>>(destination.bytes()));
  }
  std::uint64_t value_;
};

// TTL and parity as a number, and that number on the wire: 1 to 127, so that no field with a code is ever 0, which
// often means "absent" (RFC 768 checksum; an IP-ID that the kernel fills in).
inline constexpr std::uint32_t kCodes = 127;

[[nodiscard]] inline std::uint32_t number_of(const TraceProbe& probe) {
  return (probe.ttl - 1U) % kMaxTraceTtl * 2 + (probe.retry ? 1 : 0);
}
// Pads are no larger than kCodes: one subtraction does for the remainder, which a reply would be waiting for.
[[nodiscard]] inline std::uint32_t code_of(std::uint32_t number, std::uint32_t pad) {
  const std::uint32_t sum = number + pad;
  return 1 + (sum < kCodes ? sum : sum - kCodes);
}
/// Nothing for a code that no probe has.
[[nodiscard]] inline std::optional<std::uint32_t> number_of_code(std::uint32_t code, std::uint32_t pad) {
  if (code == 0 || code > kCodes) return std::nullopt;
  const std::uint32_t number = code - 1 < pad ? code - 1 + kCodes - pad : code - 1 - pad;
  return number < 2 * kMaxTraceTtl ? std::optional(number) : std::nullopt;
}

/// The fields of one probe, in host order.
struct Fields {
  std::uint16_t ip_id{0};             // IPv4
  std::uint32_t flow_label{0};        // IPv6
  std::uint16_t source_port{0};       // UDP, TCP
  std::uint16_t destination_port{0};  // UDP, TCP
  std::uint16_t checksum{0};          // UDP: code and MAC; ICMP: by flow
  std::uint16_t icmp_id{0};
  std::uint16_t icmp_sequence{0};  // code and MAC
  std::uint32_t tcp_sequence{0};   // code and MAC
  std::uint8_t payload_code{0};    // UDP, ICMP
  std::uint64_t tag{0};            // UDP, ICMP: the whole MAC
};

// Nine bits of MAC behind a code of seven.
[[nodiscard]] inline std::uint16_t coded_word(std::uint32_t code, std::uint64_t mac) {
  return static_cast<std::uint16_t>(code << 9 | (mac & 0x1ff));
}

// What only this probe has. Of the destination itself instead of its secret, so that the processor works on both at
// once; what is known first comes first.
[[nodiscard]] inline std::uint64_t mac_of(const TraceProbe& probe, std::uint32_t number, std::uint64_t generation,
                                          const wire::SipKey& key) {
  const std::uint64_t rest = number | std::uint64_t{probe.flow.value} << 8;
  if (probe.destination.is_v4()) {
    return wire::siphash_1_3_fixed<2>(key, {generation, probe.destination.v4_value() | rest << 32});
  }
  const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(probe.destination.bytes());
  return wire::siphash_1_3_fixed<4>(key, {generation, words[0], words[1], rest});
}

[[nodiscard]] inline Fields fields_of(const TraceProbe& probe, std::uint64_t generation, const Secret& secret,
                                      const wire::SipKey& mac_key, const CodecSettings& settings) {
  const std::uint32_t number = number_of(probe);
  const std::uint64_t mac = mac_of(probe, number, generation, mac_key);
  const std::uint32_t code = code_of(number, secret.transport_pad());
  Fields fields;
  fields.ip_id = coded_word(code_of(number, secret.ip_id_pad()), mac);
  fields.flow_label = secret.flow_label(probe.flow);
  fields.payload_code = static_cast<std::uint8_t>(code_of(number, secret.payload_pad()));
  fields.tag = mac;
  switch (settings.protocol) {
    case Protocol::udp:
      fields.source_port = secret.port(probe.flow);
      fields.destination_port = static_cast<std::uint16_t>(settings.destination_port + probe.flow.value / kPortFlows);
      fields.checksum = coded_word(code, mac >> 9);
      break;
    case Protocol::icmp:
      fields.icmp_id = secret.icmp_id(probe.flow);
      fields.icmp_sequence = coded_word(code, mac >> 9);
      fields.checksum = secret.icmp_checksum(probe.flow);
      break;
    case Protocol::tcp:
      fields.source_port = secret.port(probe.flow);
      fields.destination_port = settings.destination_port;
      fields.tcp_sequence = code << 25 | (static_cast<std::uint32_t>(mac >> 9) & 0x1ffffff);
      break;
  }
  return fields;
}

}  // namespace isthmus::probes::layout
