#pragma once
// The Paris traceroute probe on the wire, over UDP, ICMP and TCP, IPv4 and IPv6. A packet is a template that libtins
// built once, patched: every field that a router quotes carries part of a keyed code, so that the quote alone says
// which probe it answers and proves that its sender saw it. The layout is in README.md of this folder.
// Immutable; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "isthmus/model/observation.hpp"
#include "isthmus/wire/decode.hpp"
#include "isthmus/wire/tag.hpp"

namespace isthmus::probes {

/// The code on the wire has six bits for the TTL.
inline constexpr Ttl kMaxTraceTtl = 63;

/// What identifies one probe.
struct TraceProbe {
  IpAddress destination;
  FlowId flow;        ///< Below TraceCodec::flows().
  Ttl ttl{1};         ///< 1 to kMaxTraceTtl.
  bool retry{false};  ///< Parity of the attempt: a late answer to the first is not one to the second.
  friend bool operator==(const TraceProbe&, const TraceProbe&) = default;
};

struct CodecSettings {
  Protocol protocol{Protocol::udp};
  IpAddress source;                       ///< Its family is that of all probes.
  std::uint16_t destination_port{33434};  ///< UDP: the first of sixteen; TCP: the one port.
  friend bool operator==(const CodecSettings&, const CodecSettings&) = default;
};

/// How sure it is that a packet answers a probe.
struct Verdict {
  enum class Strength : std::uint8_t {
    none,    ///< It does not, or nothing proves it.
    weak,    ///< 16 bits or more were right that a stranger has to guess.
    strong,  ///< 32 bits or more.
  };
  Strength strength{Strength::none};
  bool rewritten{false};  ///< A field of the quote is not as it was sent.
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// The probe that a packet answers.
struct TraceMatch {
  TraceProbe probe;
  Verdict verdict;
};

/// Which probes a packet may be about, unverified, the most plausible first. One, unless its fields contradict each
/// other because something rewrote them.
struct TraceClaims {
  std::array<TraceProbe, 3> probes{};
  std::size_t size{0};
  bool flow_known{true};  ///< Otherwise the port was rewritten, and the caller has to try the flows it has out.
  [[nodiscard]] std::span<const TraceProbe> view() const { return std::span(probes).first(size); }
};

class TraceCodec {
 public:
  static constexpr std::size_t kMaxPacket = 96;
  static constexpr std::uint16_t kFlows = 4096;
  static constexpr std::uint16_t kTcpFlows = 256;  // TCP has one destination port, so that it can be an open one

  /// How many flows a protocol has, ids 0 and up.
  [[nodiscard]] static constexpr std::uint16_t flows(Protocol protocol) {
    return protocol == Protocol::tcp ? kTcpFlows : kFlows;
  }

  TraceCodec(const wire::KeySeed& seed, const CodecSettings& settings);

  /// Writes the whole IP packet to `out` and returns how much of it that is. No allocation. `generation` is mixed into
  /// the tag without being on the wire: answers of another generation do not verify. Stateless users pass 0.
  std::span<const std::byte> encode(const TraceProbe& probe, std::uint64_t generation,
                                    std::span<std::byte, kMaxPacket> out) const;

  /// Which probe the packet claims to answer, unverified; nothing when it cannot be about a probe of this codec.
  [[nodiscard]] std::optional<TraceProbe> claim(const wire::DecodedPacket& packet) const;
  /// All of them; claim() is the first.
  [[nodiscard]] TraceClaims claims(const wire::DecodedPacket& packet) const;
  [[nodiscard]] Verdict verify(const wire::DecodedPacket& packet, const TraceProbe& probe,
                               std::uint64_t generation) const;
  /// The one probe of this generation that the packet answers, whatever its fields claim; nothing when none verifies,
  /// or more than one and none of them strongly. For who keeps no table of probes.
  [[nodiscard]] std::optional<TraceMatch> identify(const wire::DecodedPacket& packet, std::uint64_t generation) const;

  [[nodiscard]] const CodecSettings& settings() const { return settings_; }

 private:
  void build_template();

  CodecSettings settings_;
  wire::SipKey destination_key_;
  wire::SipKey mac_key_;
  std::array<std::byte, kMaxPacket> template_{};  // a probe with everything that varies left at 0
  std::size_t size_{0};
  std::size_t transport_at_{0};
  std::uint64_t header_sum_{0};     // one's-complement sums of what never varies: IPv4 header,
  std::uint64_t transport_sum_{0};  // pseudo header and transport
};

}  // namespace isthmus::probes
