#pragma once
// The addresses that pings leave from, and the codec of each: one echo codec for all of them, or one UDP or TCP codec
// for each. Belongs to one engine, on its thread.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "isthmus/probes/settings.hpp"
#include "probes/ping/codec.hpp"
#include "probes/traceroute/codec.hpp"

namespace isthmus::probes {

class PingSources {
 public:
  static constexpr std::size_t kMaxPacket = std::max(EchoCodec::kMaxPacket, TraceCodec::kMaxPacket);

  explicit PingSources(EchoCodec echo) : echo_(std::move(echo)), seed_(echo_.derive_seed()) {}

  /// False when nothing changes; otherwise, no answer to a probe sent before is recognised any more.
  bool use(Protocol protocol, std::uint16_t port);

  /// The index of an address, which is stable while it is in use: the table has room for more addresses than a vantage
  /// point has at a time.
  std::uint16_t index_of(const IpAddress& address);
  [[nodiscard]] const IpAddress& address(std::uint16_t index) const { return sources_[index].address; }

  std::span<const std::byte> encode(const PingProbe& probe, std::span<std::byte, kMaxPacket> out) const;
  [[nodiscard]] std::optional<PingClaim> claim(const wire::DecodedPacket& packet) const;
  [[nodiscard]] Verdict verify(const wire::DecodedPacket& packet, const PingProbe& probe) const;

 private:
  struct Source {
    IpAddress address;
    std::optional<TraceCodec> codec;
  };
  [[nodiscard]] const TraceCodec* codec_of(const IpAddress& source) const;

  EchoCodec echo_;
  wire::KeySeed seed_;
  Protocol protocol_{Protocol::icmp};
  std::uint16_t port_{0};
  std::vector<Source> sources_;
  std::size_t oldest_{0};
};

}  // namespace isthmus::probes
