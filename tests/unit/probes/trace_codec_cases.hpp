#pragma once
// The kinds of trace probes that there are, and their bytes, for the tests of the trace codec.

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "probes/traceroute/codec.hpp"
#include "unit/probes/story.hpp"

namespace isthmus::probes {

struct KindOfProbe {
  Protocol protocol{Protocol::udp};
  bool v4{true};

  [[nodiscard]] IpAddress source() const { return support::address(v4 ? "192.0.2.1" : "2001:db8::1"); }
  [[nodiscard]] IpAddress destination() const { return support::address(v4 ? "203.0.113.7" : "2001:db8:7::7"); }
  [[nodiscard]] IpAddress router() const { return support::address(v4 ? "198.51.100.1" : "2001:db8:ffff::1"); }
  [[nodiscard]] std::size_t header() const { return v4 ? 20 : 40; }
};

inline constexpr std::array<KindOfProbe, 6> kKindsOfProbe{{{Protocol::udp, true},
                                                           {Protocol::udp, false},
                                                           {Protocol::icmp, true},
                                                           {Protocol::icmp, false},
                                                           {Protocol::tcp, true},
                                                           {Protocol::tcp, false}}};

inline std::string name_of(const testing::TestParamInfo<KindOfProbe>& kind) {
  return std::string(to_string(kind.param.protocol)) + (kind.param.v4 ? "_ipv4" : "_ipv6");
}
inline void PrintTo(const KindOfProbe& kind, std::ostream* out) {
  *out << to_string(kind.protocol) << (kind.v4 ? " over IPv4" : " over IPv6");
}

inline wire::KeySeed seed_of(int value) {
  wire::KeySeed seed;
  seed.fill(static_cast<std::byte>(value));
  return seed;
}

inline TraceCodec codec_for(const KindOfProbe& kind, int seed = 1) {
  const std::uint16_t port = kind.protocol == Protocol::tcp ? 443 : 33434;
  return {seed_of(seed), {kind.protocol, kind.source(), port}};
}

inline TraceProbe probe_for(const KindOfProbe& kind, std::uint16_t flow, Ttl ttl, bool retry = false) {
  return {kind.destination(), FlowId{flow}, ttl, retry};
}

/// Another address of the same block, or nearby.
inline IpAddress neighbour(const IpAddress& address, std::uint32_t distance) {
  if (address.is_v4()) return IpAddress::v4(address.v4_value() + distance);
  auto bytes = address.bytes();
  for (std::size_t i = 0; i < 4; ++i) bytes[8 + i] = static_cast<std::uint8_t>(distance >> (24 - 8 * i));
  return IpAddress::v6(bytes);
}

inline support::Packet encoded(const TraceCodec& codec, const TraceProbe& probe, std::uint64_t generation = 0) {
  std::array<std::byte, TraceCodec::kMaxPacket> buffer;
  const auto bytes = codec.encode(probe, generation, buffer);
  return {bytes.begin(), bytes.end()};
}

}  // namespace isthmus::probes
