#pragma once
// The echo probe on the wire, IPv4 and IPv6: a template that libtins built once, patched, and recognised by its keyed
// tag alone. The layout is in README.md of this folder. Immutable; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "isthmus/model/observation.hpp"
#include "isthmus/wire/decode.hpp"
#include "isthmus/wire/tag.hpp"
#include "probes/traceroute/codec.hpp"

namespace isthmus::probes {

/// One ping that is to be sent. The number never repeats within a start.
struct PingProbe {
  std::uint64_t number{0};
  IpAddress source;
  IpAddress destination;
};

inline constexpr std::uint64_t kWholeNumber = ~std::uint64_t{0};
inline constexpr std::uint64_t kParity = 1;

/// What a packet says about the probe that it answers, not verified yet.
struct PingClaim {
  IpAddress destination;
  std::uint64_t number{0};  ///< The bits of the number that the packet returns.
  std::uint64_t mask{0};    ///< Which bits those are: kWholeNumber, the low sixteen, or kParity.
};

class EchoCodec {
 public:
  static constexpr std::size_t kMaxPacket = 66;
  /// IPv4 header (RFC 791), echo header (RFC 792), number, tag and compensation.
  static constexpr std::size_t kPacketV4 = 20 + 8 + 18;

  /// Probes of one codec carry one ICMP id; codecs that share a socket need different ids.
  EchoCodec(const wire::KeySeed& seed, wire::TagKey::Purpose purpose, std::uint16_t id);

  /// Writes the whole packet and returns how much of `out` that is. No allocation.
  std::span<const std::byte> encode(const PingProbe& probe, std::span<std::byte, kMaxPacket> out) const;

  /// Nothing when the packet is about no probe of this codec.
  [[nodiscard]] std::optional<PingClaim> claim(const wire::DecodedPacket& packet) const;
  /// How sure it is that the packet answers the probe.
  [[nodiscard]] Verdict verify(const wire::DecodedPacket& packet, const PingProbe& probe) const;

  /// A seed for other codecs of the same purpose.
  [[nodiscard]] wire::KeySeed derive_seed() const;

 private:
  // What is constant over all probes to a destination, so that they are one flow, and guessed by nobody.
  struct Flow {
    std::uint64_t secret{0};
    std::uint32_t label{0};  // IPv6, 20 bits
    std::uint16_t checksum{0};
  };
  struct Fields {
    std::uint64_t tag{0};
    std::uint16_t ip_id{0};
    std::uint16_t compensation{0};  // makes the true checksum that of the flow
  };

  [[nodiscard]] Flow flow_to(const IpAddress& destination) const;
  [[nodiscard]] Fields fields_of(const PingProbe& probe, const Flow& flow) const;
  [[nodiscard]] bool is_own(const wire::QuotedIcmp& quoted, Family family) const;
  [[nodiscard]] Verdict verify_reply(const wire::EchoReply& reply, const PingProbe& probe) const;
  [[nodiscard]] Verdict verify_error(const wire::IcmpError& error, const PingProbe& probe) const;

  wire::TagKey key_;
  // One for each family, so that all messages of a key are of one length.
  wire::SipKey flow_key_v4_;
  wire::SipKey flow_key_v6_;
  wire::SipKey probe_key_;
  std::uint16_t id_;
  std::array<std::byte, kPacketV4> template_v4_{};
  std::array<std::byte, kMaxPacket> template_v6_{};
};

}  // namespace isthmus::probes
