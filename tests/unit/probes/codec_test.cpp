// Bytes of echo requests, read back without the project's decoder, and what answers to them prove.

#include <gtest/gtest.h>
#include <tins/icmp.h>
#include <tins/icmpv6.h>
#include <tins/ip.h>
#include <tins/ipv6.h>

#include <set>

#include "unit/probes/ping_cases.hpp"

namespace isthmus::probes {
namespace {

using support::dissect;
using support::number_at;
using support::Packet;
using Strength = Verdict::Strength;

class EchoCodecOf : public testing::TestWithParam<KindOfPing> {
 protected:
  PingProbe probe(std::uint64_t number) const { return {number, GetParam().source(), GetParam().host()}; }
  Packet bytes(const PingProbe& of) const {
    std::array<std::byte, EchoCodec::kMaxPacket> buffer;
    const auto packet = codec_.encode(of, buffer);
    return {packet.begin(), packet.end()};
  }
  Packet error(Packet quote, std::size_t quoted, const IpAddress& to) const {
    quote.resize(std::min(quote.size(), GetParam().header() + quoted));
    return support::make_icmp_error(GetParam().router(), to, GetParam().v4 ? 11 : 3, 0, quote);
  }
  Verdict verdict(const Packet& packet, std::uint64_t number) const {
    const auto decoded = wire::decode_packet(packet);
    const auto* read = std::get_if<wire::DecodedPacket>(&decoded);
    return read == nullptr ? Verdict{} : codec_.verify(*read, probe(number));
  }
  /// Where IP-ID or flow label, and the checksum of the quoted request are.
  std::size_t identity_at() const { return GetParam().v4 ? 5 : 3; }
  std::size_t checksum_at() const { return GetParam().header() + 3; }
  static void flip(Packet& packet, std::size_t at) { packet[at] ^= std::byte{1}; }

  EchoCodec codec_{PingBench::codec()};
};

TEST_P(EchoCodecOf, RequestCarriesNumberAndTagWithTrueChecksums) {
  const std::size_t header = GetParam().header();
  for (std::uint64_t number = 0x123456789aULL; number < 0x123456789aULL + 3000; ++number) {
    const Packet packet = bytes(probe(number));
    ASSERT_EQ(packet.size(), header + 26);
    const auto seen = dissect(packet);
    ASSERT_EQ(seen.source, GetParam().source());
    ASSERT_EQ(seen.destination, GetParam().host());
    ASSERT_EQ(seen.ttl, 64);
    ASSERT_EQ(seen.protocol, GetParam().v4 ? 1 : 58);
    ASSERT_EQ(number_at(packet, header, 2), GetParam().v4 ? 0x800U : 0x8000U);
    ASSERT_EQ(number_at(packet, header + 4, 2), 0x4242U);
    ASSERT_EQ(number_at(packet, header + 6, 2), number & 0xffff);
    ASSERT_EQ(number_at(packet, header + 8, 4), number >> 32);
    ASSERT_EQ(number_at(packet, header + 12, 4), number & 0xffffffff);
    ASSERT_EQ(support::transport_sum(packet), 0xffff);
    if (!GetParam().v4) continue;
    ASSERT_NE(seen.ip_id, 0);
    ASSERT_EQ(support::sum_of_words(std::span(packet).first(20)), 0xffffU);
  }
}

TEST_P(EchoCodecOf, AllRequestsToAnAddressAreOneFlow) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> flows;
  std::set<std::pair<std::uint32_t, std::uint32_t>> others;
  for (std::uint32_t i = 0; i < 500; ++i) {
    const auto seen = dissect(bytes(probe(i * 77)));
    flows.insert({seen.flow_label, seen.flow_word});
    const auto other = dissect(bytes({i, GetParam().source(), GetParam().host(i)}));
    others.insert({other.flow_label, other.flow_word});
  }
  EXPECT_EQ(flows.size(), 1U);
  EXPECT_GT(others.size(), 490U) << "and another address is another flow";
  EXPECT_TRUE(GetParam().v4 || flows.begin()->first != 0);
}

TEST_P(EchoCodecOf, LibtinsReadsTheSame) {
  const Packet packet = bytes(probe(0x0102030405060708ULL));
  const auto* data = reinterpret_cast<const std::uint8_t*>(packet.data());
  const auto size = static_cast<std::uint32_t>(packet.size());
  std::vector<std::uint8_t> again;
  if (GetParam().v4) {
    Tins::IP ip(data, size);
    EXPECT_EQ(ip.rfind_pdu<Tins::ICMP>().sequence(), 0x0708);
    again = ip.serialize();
  } else {
    Tins::IPv6 ip(data, size);
    EXPECT_EQ(ip.rfind_pdu<Tins::ICMPv6>().sequence(), 0x0708);
    again = ip.serialize();
  }
  // With the checksums that libtins computes.
  const auto view = std::as_bytes(std::span(again));
  EXPECT_EQ(Packet(view.begin(), view.end()), packet);
}

TEST_P(EchoCodecOf, EveryStartHasItsOwnIdentity) {
  std::set<Packet> packets;
  for (int seed = 0; seed < 50; ++seed) {
    std::array<std::byte, EchoCodec::kMaxPacket> buffer;
    const auto packet = PingBench::codec(seed).encode(probe(1), buffer);
    packets.insert({packet.begin(), packet.end()});
  }
  EXPECT_EQ(packets.size(), 50U);
}

TEST_P(EchoCodecOf, NoBitOfAnEchoReplyMayDiffer) {
  const Packet reply = support::make_echo_reply(bytes(probe(70000)));
  ASSERT_EQ(verdict(reply, 70000).strength, Strength::strong);
  EXPECT_EQ(verdict(reply, 70001).strength, Strength::none);
  EXPECT_EQ(verdict(reply, 70000 - 65536).strength, Strength::none);
  for (std::size_t at = GetParam().header() + 4; at < reply.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Packet changed = reply;
      changed[at] ^= static_cast<std::byte>(1 << bit);
      support::fix_checksum(changed);
      EXPECT_EQ(verdict(changed, 70000).strength, Strength::none) << at;
    }
  }
}

TEST_P(EchoCodecOf, AShortQuoteProvesByHeaderAndChecksum) {
  const Packet quote = bytes(probe(9));
  const IpAddress to = GetParam().source();
  EXPECT_EQ(verdict(error(quote, 8, to), 9), (Verdict{Strength::strong, false}));
  EXPECT_EQ(verdict(error(quote, 8, to), 10).strength, Strength::none);
  Packet header = quote;
  flip(header, identity_at());
  EXPECT_EQ(verdict(error(header, 8, to), 9), (Verdict{Strength::weak, true}));
  Packet checksum = quote;
  flip(checksum, checksum_at());
  EXPECT_EQ(verdict(error(checksum, 8, to), 9), (Verdict{Strength::weak, true}));
  Packet both = header;
  flip(both, checksum_at());
  EXPECT_EQ(verdict(error(both, 8, to), 9).strength, Strength::none);
  Packet source = quote;
  flip(source, GetParam().header() - (GetParam().v4 ? 5 : 17));
  EXPECT_EQ(verdict(error(source, 8, to), 9), (Verdict{Strength::strong, true}))
      << "as an address translator leaves it";
  Packet sequence = quote;
  flip(sequence, GetParam().header() + 7);
  EXPECT_EQ(verdict(error(sequence, 8, to), 9).strength, Strength::none);
}

TEST_P(EchoCodecOf, ALongQuoteProvesByItsTag) {
  const Packet quote = bytes(probe(9));
  const IpAddress to = GetParam().source();
  EXPECT_EQ(verdict(error(quote, 26, to), 9), (Verdict{Strength::strong, false}));
  Packet rewritten = quote;
  flip(rewritten, identity_at());
  flip(rewritten, checksum_at());
  EXPECT_EQ(verdict(error(rewritten, 26, to), 9), (Verdict{Strength::strong, true}));
  for (std::size_t at = GetParam().header() + 8; at < GetParam().header() + 24; ++at) {
    Packet changed = quote;
    flip(changed, at);
    EXPECT_EQ(verdict(error(changed, 26, to), 9).strength, Strength::none) << "header and checksum alone: " << at;
  }
}

TEST_P(EchoCodecOf, AnAnswerToAnotherSenderIsNone) {
  const Packet quote = bytes(probe(9));
  EXPECT_EQ(verdict(error(quote, 26, GetParam().host(3)), 9).strength, Strength::none);
  PingProbe stranger = probe(9);
  stranger.source = GetParam().host(3);
  EXPECT_EQ(verdict(support::make_echo_reply(bytes(stranger)), 9).strength, Strength::none);
}

INSTANTIATE_TEST_SUITE_P(BothFamilies, EchoCodecOf,
                         testing::Values(KindOfPing{Protocol::icmp, true}, KindOfPing{Protocol::icmp, false}), name_of);

}  // namespace
}  // namespace isthmus::probes
