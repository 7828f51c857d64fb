// What a trace probe looks like on the wire: read back by hand, and by libtins as an oracle.

#include "probes/traceroute/codec.hpp"

#include <gtest/gtest.h>
#include <tins/icmp.h>
#include <tins/icmpv6.h>
#include <tins/ip.h>
#include <tins/ipv6.h>
#include <tins/rawpdu.h>
#include <tins/tcp.h>
#include <tins/udp.h>

#include <set>
#include <tuple>

#include "unit/probes/trace_codec_cases.hpp"

namespace isthmus::probes {
namespace {

using support::number_at;
using support::Packet;

class ProbeOnTheWire : public testing::TestWithParam<KindOfProbe> {};
INSTANTIATE_TEST_SUITE_P(TraceCodec, ProbeOnTheWire, testing::ValuesIn(kKindsOfProbe), name_of);

// Reads a packet with libtins and writes it again, lengths and checksums computed by libtins.
Packet through_libtins(const Packet& packet, bool v4) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(packet.data());
  const auto size = static_cast<std::uint32_t>(packet.size());
  const auto written = v4 ? Tins::IP(data, size).serialize() : Tins::IPv6(data, size).serialize();
  const auto bytes = std::as_bytes(std::span(written));
  return {bytes.begin(), bytes.end()};
}

TEST_P(ProbeOnTheWire, IsWhatLibtinsWouldHaveWritten) {
  const auto codec = codec_for(GetParam());
  for (std::uint16_t flow = 0; flow < 200; ++flow) {
    for (Ttl ttl = 1; ttl <= kMaxTraceTtl; ++ttl) {
      const Packet packet = encoded(codec, probe_for(GetParam(), flow, ttl, flow % 2 != 0), flow);
      ASSERT_EQ(through_libtins(packet, GetParam().v4), packet) << "flow " << flow << " ttl " << int{ttl};
    }
  }
}

TEST_P(ProbeOnTheWire, ParsesAsWhatItIs) {
  const auto codec = codec_for(GetParam());
  const TraceProbe probe = probe_for(GetParam(), 3, 17);
  const auto seen = support::dissect(encoded(codec, probe));
  EXPECT_EQ(seen.source, GetParam().source());
  EXPECT_EQ(seen.destination, probe.destination);
  EXPECT_EQ(seen.ttl, 17);
  const auto kind = GetParam().protocol;
  EXPECT_EQ(seen.protocol, kind == Protocol::udp   ? support::kUdp
                           : kind == Protocol::tcp ? support::kTcp
                           : GetParam().v4         ? support::kIcmp
                                                   : support::kIcmpV6);
  const std::uint32_t first = number_at(seen.bytes, seen.header, 2);
  if (kind == Protocol::icmp) {
    EXPECT_EQ(first, GetParam().v4 ? 0x0800U : 0x8000U) << "an echo request";
  } else {
    EXPECT_GE(first, 32768U) << "an unprivileged source port";
    EXPECT_EQ(number_at(seen.bytes, seen.header + 2, 2), kind == Protocol::tcp ? 443U : 33434U);
  }
  if (kind == Protocol::tcp) {
    EXPECT_EQ(number_at(seen.bytes, seen.header + 13, 1), 2U) << "SYN and nothing else";
    EXPECT_EQ(seen.bytes.size(), seen.header + 20);
  }
}

TEST_P(ProbeOnTheWire, HasTrueChecksumsAndNoFieldThatMeansAbsent) {
  const auto codec = codec_for(GetParam());
  for (std::uint32_t i = 0; i < 20000; ++i) {
    TraceProbe probe = probe_for(GetParam(), static_cast<std::uint16_t>(i % 256), static_cast<Ttl>(1 + i % 63));
    probe.destination = neighbour(probe.destination, i);
    const Packet packet = encoded(codec, probe, i);
    ASSERT_EQ(support::transport_sum(packet), 0xffff);
    if (GetParam().v4) {
      ASSERT_EQ(support::sum_of_words(std::span(packet).first(20)), 0xffffU);
      ASSERT_NE(number_at(packet, 4, 2), 0U) << "the kernel would fill in an IP-ID of 0";
    }
    if (GetParam().protocol == Protocol::udp) {
      ASSERT_NE(number_at(packet, GetParam().header() + 6, 2), 0U) << "a UDP checksum of 0 means none (RFC 768)";
    }
  }
}

// Everything that a load balancer may hash (RFC 6438 for the flow label).
using Hashed = std::tuple<IpAddress, IpAddress, int, std::uint32_t, std::uint32_t>;
Hashed hashed(const Packet& packet) {
  const auto seen = support::dissect(packet);
  return {seen.source, seen.destination, seen.protocol, seen.flow_word, seen.flow_label};
}

TEST_P(ProbeOnTheWire, LooksAlikeToLoadBalancersOverAllTtlsAttemptsAndRounds) {
  const auto codec = codec_for(GetParam());
  for (const std::uint16_t flow : std::initializer_list<std::uint16_t>{0, 1, 5, 255}) {
    std::set<Hashed> looks;
    std::set<std::byte> services;  // traffic class: some hash it
    for (Ttl ttl = 1; ttl <= kMaxTraceTtl; ++ttl) {
      for (const bool retry : {false, true}) {
        for (std::uint64_t generation = 0; generation < 5; ++generation) {
          const Packet packet = encoded(codec, probe_for(GetParam(), flow, ttl, retry), generation);
          looks.insert(hashed(packet));
          services.insert(packet[1] & std::byte{0xf0});
        }
      }
    }
    EXPECT_EQ(looks.size(), 1U) << "flow " << flow;
    EXPECT_EQ(services.size(), 1U);
  }
}

TEST_P(ProbeOnTheWire, LooksDifferentInEveryFlow) {
  const auto codec = codec_for(GetParam());
  const std::uint16_t flows = TraceCodec::flows(GetParam().protocol);
  std::set<Hashed> looks;
  for (std::uint16_t flow = 0; flow < flows; ++flow) {
    looks.insert(hashed(encoded(codec, probe_for(GetParam(), flow, 1))));
  }
  EXPECT_EQ(looks.size(), flows);
}

class ProbeOverIpv6 : public ProbeOnTheWire {};
INSTANTIATE_TEST_SUITE_P(TraceCodec, ProbeOverIpv6,
                         testing::Values(KindOfProbe{Protocol::udp, false}, KindOfProbe{Protocol::icmp, false},
                                         KindOfProbe{Protocol::tcp, false}),
                         name_of);

TEST_P(ProbeOverIpv6, HasALabelOfItsFlow) {
  const auto codec = codec_for(GetParam());
  std::set<std::uint32_t> labels;
  for (std::uint16_t flow = 0; flow < 256; ++flow) {
    labels.insert(support::dissect(encoded(codec, probe_for(GetParam(), flow, 9))).flow_label);
  }
  EXPECT_EQ(labels.size(), 256U);
}

TEST_P(ProbeOnTheWire, TagsRoundsAttemptsTtlsFlowsAndStartsDifferently) {
  std::set<Packet> packets;
  const auto add = [&](int seed, const TraceProbe& probe, std::uint64_t generation) {
    Packet packet = encoded(codec_for(GetParam(), seed), probe, generation);
    const std::size_t ttl_at = GetParam().v4 ? 8 : 7;
    packet[ttl_at] = std::byte{0};  // what is left differs by identity and tag
    if (GetParam().v4) support::put_number(packet, 10, 0, 2);
    packets.insert(std::move(packet));
  };
  add(1, probe_for(GetParam(), 2, 9), 5);
  add(2, probe_for(GetParam(), 2, 9), 5);
  add(1, probe_for(GetParam(), 3, 9), 5);
  add(1, probe_for(GetParam(), 2, 8), 5);
  add(1, probe_for(GetParam(), 2, 9, true), 5);
  add(1, probe_for(GetParam(), 2, 9), 6);
  add(1, probe_for(GetParam(), 2, 9), 5 + (1ULL << 40));
  EXPECT_EQ(packets.size(), 7U);
}

TEST(TraceCodec, GivesEverySourceAndProtocolItsOwnIdentity) {
  std::set<std::uint32_t> ports;
  for (std::uint32_t last = 1; last <= 100; ++last) {
    const TraceCodec codec(seed_of(1), {Protocol::udp, IpAddress::v4(0xC0000200 + last), 33434});
    TraceProbe probe{support::kHost, FlowId{0}, 1, false};
    ports.insert(number_at(encoded(codec, probe), 20, 2));
  }
  EXPECT_GT(ports.size(), 95U);
}

TEST(TraceCodec, SpreadsUdpFlowsOverSixteenDestinationPorts) {
  const auto codec = codec_for({Protocol::udp, true});
  std::set<std::uint32_t> ports;
  for (std::uint16_t flow = 0; flow < TraceCodec::kFlows; ++flow) {
    ports.insert(number_at(encoded(codec, probe_for({Protocol::udp, true}, flow, 1)), 22, 2));
  }
  EXPECT_EQ(ports.size(), 16U);
  EXPECT_EQ(*ports.begin(), 33434U);
  EXPECT_EQ(*ports.rbegin(), 33449U);
}

}  // namespace
}  // namespace isthmus::probes
