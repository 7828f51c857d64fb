#pragma once
// The Paris traceroute probe on the wire, over UDP and ICMP: built with libtins, recognised by what its answer quotes.
// The layout is in README.md of this folder. Immutable; any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "isthmus/wire/decode.hpp"
#include "isthmus/wire/tag.hpp"

namespace isthmus::probes {

/// What a trace asks for.
struct TraceRequest {
  Protocol protocol{Protocol::udp};
  IpAddress source;
  IpAddress destination;
  FlowId flow;
  Ttl ttl{1};
  std::uint16_t destination_port{33434};  ///< UDP: first of the sixteen ports.
};

/// One probe with every field that an answer can return.
struct SlotProbe {
  TraceRequest request;
  std::uint16_t slot{0};  ///< Names the probe while it is out; never 0.
  std::uint16_t ip_id{0};
  // UDP: ports by flow, checksum = MAC. ICMP: id = slot, sequence = MAC, checksum by flow, payload starts with tag.
  std::uint16_t source_port{0};
  std::uint16_t destination_port{0};
  std::uint16_t checksum{0};
  std::uint16_t icmp_sequence{0};
  std::uint64_t tag{0};
};

class SlotCodec {
 public:
  explicit SlotCodec(const wire::KeySeed& seed);

  /// `number` never repeats within a start, so that a slot that is used again has another tag.
  [[nodiscard]] SlotProbe make(const TraceRequest& request, std::uint16_t slot, std::uint64_t number) const;
  [[nodiscard]] std::vector<std::byte> encode(const SlotProbe& probe) const;

  /// The slot of the probe that the packet claims to answer; nothing when it cannot be about a probe of this codec.
  [[nodiscard]] std::optional<std::uint16_t> slot_of(const wire::DecodedPacket& packet) const;
  /// Whether everything that the packet returns is as it was sent.
  [[nodiscard]] static bool answers(const wire::DecodedPacket& packet, const SlotProbe& probe);

 private:
  [[nodiscard]] std::vector<std::uint8_t> udp_payload(const SlotProbe& probe) const;
  [[nodiscard]] std::vector<std::uint8_t> icmp_payload(const SlotProbe& probe) const;

  wire::TagKey probe_key_;
  wire::TagKey flow_key_;
  std::uint16_t first_source_port_;
};

}  // namespace isthmus::probes
