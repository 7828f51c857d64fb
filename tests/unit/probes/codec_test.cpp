// Bytes of probes, read back without the project's decoder and with libtins' checksums verified.

#include <gtest/gtest.h>

#include <set>

#include "isthmus/wire/checksum.hpp"
#include "probes/ping/codec.hpp"
#include "probes/traceroute/slot_codec.hpp"
#include "unit/probes/story.hpp"

namespace isthmus::probes {
namespace {

using support::dissect;
using support::number_at;

wire::KeySeed seed_of(int value) {
  wire::KeySeed seed;
  seed.fill(static_cast<std::byte>(value));
  return seed;
}

TraceRequest request(Protocol protocol, std::uint16_t flow, Ttl ttl) {
  return {protocol, support::ProberWorld::source, support::kHost, FlowId{flow}, ttl, 33434};
}

std::span<const std::byte> transport(const std::vector<std::byte>& packet) { return std::span(packet).subspan(20); }

bool udp_checksum_is_true(const std::vector<std::byte>& packet) {
  const auto seen = dissect(packet);
  auto sum = wire::pseudo_header_sum(seen.source, seen.destination, 17, static_cast<std::uint16_t>(packet.size() - 20));
  return sum.add(transport(packet)).folded() == 0xffff;
}

TEST(SlotCodec, UdpProbeCarriesSlotAndTagWithATrueChecksum) {
  const SlotCodec codec(seed_of(1));
  std::set<std::uint16_t> checksums;
  for (std::uint16_t slot = 1; slot < 3000; ++slot) {
    const SlotProbe probe = codec.make(request(Protocol::udp, 3, 5), slot, slot);
    const auto packet = codec.encode(probe);
    const auto seen = dissect(packet);
    ASSERT_EQ(seen.ttl, 5);
    ASSERT_EQ(seen.protocol, 17);
    ASSERT_EQ(seen.ip_id, slot);
    ASSERT_EQ(number_at(packet, 26, 2), probe.checksum);
    ASSERT_NE(probe.checksum, 0);
    ASSERT_TRUE(udp_checksum_is_true(packet)) << slot;
    checksums.insert(probe.checksum);
  }
  EXPECT_GT(checksums.size(), 2800U) << "the tag hardly varies";
}

TEST(SlotCodec, UdpChecksumOfAllOnesIsReachable) {
  // The tag 0 becomes 0xffff; libtins has to send it like that too, since 0 would mean "no checksum" (RFC 768).
  const SlotCodec codec(seed_of(1));
  bool met = false;
  for (std::uint64_t number = 0; number < 400000 && !met; ++number) {
    const SlotProbe probe = codec.make(request(Protocol::udp, 0, 1), 1, number);
    if (probe.checksum != 0xffff) continue;
    met = true;
    EXPECT_EQ(number_at(codec.encode(probe), 26, 2), 0xffffU);
  }
  EXPECT_TRUE(met);
}

TEST(SlotCodec, IcmpProbeKeepsOneChecksumPerFlow) {
  const SlotCodec codec(seed_of(1));
  std::set<std::uint32_t> first_flow;
  std::set<std::uint32_t> flows;
  for (std::uint16_t slot = 1; slot < 500; ++slot) {
    const auto packet =
        codec.encode(codec.make(request(Protocol::icmp, 0, static_cast<Ttl>(1 + slot % 30)), slot, slot));
    ASSERT_EQ(wire::internet_checksum(transport(packet)), 0) << "the checksum on the wire is not the true one";
    ASSERT_EQ(number_at(packet, 24, 2), slot);
    first_flow.insert(dissect(packet).flow_word);
    flows.insert(dissect(codec.encode(codec.make(request(Protocol::icmp, slot, 1), 1, 1))).flow_word);
  }
  EXPECT_EQ(first_flow.size(), 1U);
  EXPECT_GT(flows.size(), 490U);
}

TEST(SlotCodec, UdpFlowsAreConstantOverTtlsAndDifferFromEachOther) {
  const SlotCodec codec(seed_of(1));
  std::set<std::uint32_t> words;
  for (std::uint32_t flow = 0; flow <= 0xffff; ++flow) {
    const auto id = static_cast<std::uint16_t>(flow);
    const SlotProbe near = codec.make(request(Protocol::udp, id, 1), 1, 1);
    const SlotProbe far = codec.make(request(Protocol::udp, id, 30), 2, 2);
    ASSERT_EQ(near.source_port, far.source_port);
    ASSERT_EQ(near.destination_port, far.destination_port);
    ASSERT_GE(near.destination_port, 33434);
    ASSERT_LT(near.destination_port, 33450);
    words.insert(std::uint32_t{near.source_port} << 16 | near.destination_port);
  }
  EXPECT_EQ(words.size(), 65536U);
}

TEST(SlotCodec, EveryStartHasItsOwnIdentity) {
  std::set<std::uint16_t> ports;
  std::set<std::uint16_t> tags;
  for (int seed = 0; seed < 50; ++seed) {
    const SlotProbe probe = SlotCodec(seed_of(seed)).make(request(Protocol::udp, 0, 1), 1, 1);
    ports.insert(probe.source_port);
    tags.insert(probe.checksum);
  }
  EXPECT_GT(ports.size(), 45U);
  EXPECT_GT(tags.size(), 45U);
}

TEST(EchoCodec, ProbeCarriesNumberAndTagWithATrueChecksum) {
  const EchoCodec codec(seed_of(1), wire::TagKey::Purpose::ping, 0x4242);
  const EchoProbe probe = codec.make(0x123456789aULL, support::ProberWorld::source, support::kHost);
  const auto packet = codec.encode(probe);
  ASSERT_EQ(packet.size(), 44U);
  EXPECT_EQ(dissect(packet).destination, support::kHost);
  EXPECT_EQ(number_at(packet, 24, 2), 0x4242U);
  EXPECT_EQ(number_at(packet, 26, 2), 0x789aU);
  EXPECT_EQ(number_at(packet, 28, 4), 0x12U);
  EXPECT_EQ(number_at(packet, 32, 4), 0x3456789aU);
  EXPECT_EQ(number_at(packet, 22, 2), probe.icmp_checksum());
  EXPECT_EQ(wire::internet_checksum(transport(packet)), 0);
  EXPECT_NE(dissect(packet).ip_id, 0);
}

TEST(EchoCodec, AnErrorNamesItsProbeBeyondTheWrapOfTheSequence) {
  const EchoCodec codec(seed_of(1), wire::TagKey::Purpose::ping, 0x4242);
  for (const std::uint64_t number : {0ULL, 5ULL, 65535ULL, 65536ULL, 70000ULL, 0x100000000ULL + 3}) {
    const auto packet = codec.encode(codec.make(number, support::ProberWorld::source, support::kHost));
    const auto error = support::make_icmp_error(support::address("198.51.100.1"), support::ProberWorld::source, 3, 1,
                                                std::span(packet).first(28));
    const auto decoded = std::get<wire::DecodedPacket>(wire::decode_packet(error));
    const auto match = codec.match(decoded, number + 10);
    ASSERT_TRUE(std::holds_alternative<std::uint64_t>(match)) << number;
    EXPECT_EQ(std::get<std::uint64_t>(match), number);
  }
}

}  // namespace
}  // namespace isthmus::probes
