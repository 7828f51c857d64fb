// Which packets count as answers to a trace probe, and how surely: genuine ones, mangled ones and forged ones.

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "unit/probes/trace_codec_cases.hpp"

namespace isthmus::probes {
namespace {

using support::make_icmp_error;
using support::number_at;
using support::Packet;
using support::put_number;
using Strength = Verdict::Strength;

constexpr std::uint64_t kGeneration = 77;
constexpr Verdict kNone{};
constexpr Verdict kWeak{Strength::weak, true};
constexpr Verdict kStrong{Strength::strong, false};
constexpr Verdict kStrongRewritten{Strength::strong, true};

wire::DecodedPacket decoded(const Packet& packet) { return std::get<wire::DecodedPacket>(wire::decode_packet(packet)); }

class AnswerToAProbe : public testing::TestWithParam<KindOfProbe> {
 protected:
  // Time exceeded that quotes so much of a packet.
  [[nodiscard]] wire::DecodedPacket expired(const Packet& quote) {
    const KindOfProbe& kind = GetParam();
    packet_ = make_icmp_error(kind.router(), kind.source(), kind.v4 ? 11 : 3, 0, quote);
    return decoded(packet_);
  }
  // All that RFC 792 promises.
  [[nodiscard]] Packet shortest_quote() const {
    Packet quote = encoded(codec_, probe_, kGeneration);
    quote.resize(GetParam().header() + 8);
    return quote;
  }
  [[nodiscard]] Verdict verdict(const wire::DecodedPacket& packet) const {
    const auto match = codec_.identify(packet, kGeneration);
    EXPECT_EQ(match.value_or(TraceMatch{probe_, {}}).probe, probe_) << "attributed to another probe";
    return match ? match->verdict : Verdict{};
  }
  [[nodiscard]] Verdict verdict_of_quote(const Packet& quote) { return verdict(expired(quote)); }

  TraceCodec codec_ = codec_for(GetParam());
  TraceProbe probe_ = probe_for(GetParam(), 6, 11, true);
  Packet packet_;  // what decoded payloads view
};
INSTANTIATE_TEST_SUITE_P(TraceMatch, AnswerToAProbe, testing::ValuesIn(kKindsOfProbe), name_of);

TEST_P(AnswerToAProbe, IsFoundInItsQuoteHoweverShort) {
  for (const std::uint16_t flow : std::initializer_list<std::uint16_t>{0, 1, 100, 255}) {
    for (Ttl ttl = 1; ttl <= kMaxTraceTtl; ++ttl) {
      for (const bool retry : {false, true}) {
        probe_ = probe_for(GetParam(), flow, ttl, retry);
        const Packet whole = encoded(codec_, probe_, kGeneration);
        for (std::size_t size = GetParam().header() + 8; size <= whole.size(); ++size) {
          const auto packet = expired(Packet(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
          ASSERT_EQ(codec_.claim(packet), probe_);
          ASSERT_EQ(codec_.verify(packet, probe_, kGeneration), kStrong) << "quote of " << size;
        }
      }
    }
  }
}

TEST_P(AnswerToAProbe, IsFoundInAQuoteFilledUpWithZeros) {
  // RFC 4884 section 5.1: at least 128 bytes where extensions follow, whatever was kept of the packet.
  Packet quote = shortest_quote();
  quote.resize(128);
  EXPECT_EQ(verdict_of_quote(quote), kStrong);
}

TEST_P(AnswerToAProbe, IsNotAnsweredByWhatAnswersAnotherOne) {
  const auto packet = expired(shortest_quote());
  EXPECT_EQ(codec_.verify(packet, probe_, kGeneration + 1), kNone) << "another round";
  EXPECT_EQ(codec_for(GetParam(), 2).verify(packet, probe_, kGeneration), kNone) << "another start";
  TraceProbe other = probe_;
  other.retry = !other.retry;
  EXPECT_EQ(codec_.verify(packet, other, kGeneration), kNone) << "another attempt";
  other = probe_;
  other.ttl = 12;
  EXPECT_EQ(codec_.verify(packet, other, kGeneration), kNone) << "another TTL";
  other = probe_;
  other.flow.value = 7;
  EXPECT_EQ(codec_.verify(packet, other, kGeneration), kNone) << "another flow";
  other = probe_;
  other.destination = neighbour(other.destination, 1);
  EXPECT_EQ(codec_.verify(packet, other, kGeneration), kNone) << "another destination";
}

TEST_P(AnswerToAProbe, IsNoProbeOfAnotherSourceOrKind) {
  const auto packet = expired(shortest_quote());
  for (const KindOfProbe& kind : kKindsOfProbe) {
    if (kind.protocol == GetParam().protocol && kind.v4 == GetParam().v4) continue;
    EXPECT_FALSE(codec_for(kind).claim(packet)) << testing::PrintToString(kind);
  }
  const TraceCodec elsewhere(seed_of(1), {GetParam().protocol, neighbour(GetParam().source(), 1), 33434});
  EXPECT_FALSE(elsewhere.claim(packet));
}

// What becomes of the answer when one bit of the quoted bytes is another.
enum class Field { constant, passing, source, label, ip_id, port, checksum, sequence };
Field field_at(const KindOfProbe& kind, std::size_t byte) {
  const std::size_t header = kind.header();
  if (kind.v4 && byte < header) {
    if (byte == 4 || byte == 5) return Field::ip_id;
    if (byte >= 12 && byte < 16) return Field::source;
    return byte == 9 || byte >= 16 ? Field::constant : Field::passing;  // TOS, TTL, length, header checksum
  }
  if (byte < header) {
    if (byte >= 8) return byte < 24 ? Field::source : Field::constant;
    if (byte == 2 || byte == 3) return Field::label;
    return byte == 6 ? Field::constant : Field::passing;
  }
  const std::size_t at = byte - header;
  if (kind.protocol == Protocol::udp) return at < 2 ? Field::port : at < 6 ? Field::constant : Field::checksum;
  if (kind.protocol == Protocol::tcp) return at < 2 ? Field::port : at < 4 ? Field::constant : Field::sequence;
  if (at == 2 || at == 3) return Field::checksum;
  return at >= 6 ? Field::sequence : Field::constant;
}

// README of probes/traceroute has the bits that each field is worth.
std::set<Strength> allowed(const KindOfProbe& kind, Field field) {
  const bool udp = kind.protocol == Protocol::udp;
  const bool tcp = kind.protocol == Protocol::tcp;
  switch (field) {
    case Field::passing: return {Strength::strong};
    case Field::source: return {Strength::strong};  // no secret; marked as rewritten
    case Field::constant: return {Strength::none};
    case Field::ip_id: return {tcp ? Strength::strong : Strength::weak};  // TCP has 32 bits without it
    case Field::label: return {udp ? Strength::weak : tcp ? Strength::strong : Strength::weak};
    case Field::port: return {Strength::none};  // the flow is lost
    case Field::checksum:
      if (kind.v4) return {Strength::weak};
      return {udp ? Strength::none : Strength::strong};  // ICMPv6 has 33 bits without it
    case Field::sequence: return {Strength::none, Strength::weak};
  }
  return {};
}

TEST_P(AnswerToAProbe, IsNeverTakenForIntactWhenABitIsNot) {
  const Packet quote = shortest_quote();
  for (std::size_t bit = 0; bit < quote.size() * 8; ++bit) {
    Packet changed = quote;
    changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    packet_ = make_icmp_error(GetParam().router(), GetParam().source(), GetParam().v4 ? 11 : 3, 0, changed);
    const auto packet = wire::decode_packet(packet_);
    if (!std::holds_alternative<wire::DecodedPacket>(packet)) continue;  // no IP header any more
    const Field field = field_at(GetParam(), bit / 8);
    if (field == Field::passing && bit / 8 < 8 && !GetParam().v4 && bit / 8 == 1) continue;  // label and class share it
    const Verdict result = verdict(std::get<wire::DecodedPacket>(packet));
    EXPECT_TRUE(allowed(GetParam(), field).contains(result.strength))
        << "byte " << bit / 8 << " bit " << bit % 8 << " is " << static_cast<int>(result.strength);
    EXPECT_TRUE(field == Field::passing || result.strength == Strength::none || result.rewritten) << "byte " << bit / 8;
  }
}

// The quoted fields that a stranger has to guess.
std::uint64_t secrets_of(const KindOfProbe& kind, const Packet& packet) {
  const std::size_t t = kind.header();
  std::uint64_t ip = kind.v4 ? number_at(packet, 4, 2) : number_at(packet, 0, 4) & 0xfffff;
  switch (kind.protocol) {
    case Protocol::udp: return ip << 32 | number_at(packet, t, 2) << 16 | number_at(packet, t + 6, 2);
    case Protocol::tcp: return (ip << 32 | number_at(packet, t + 4, 4)) * 31 + number_at(packet, t, 2);
    case Protocol::icmp: return (ip << 32 | number_at(packet, t + 4, 4)) * 31 + number_at(packet, t + 2, 2);
  }
  return 0;
}

TEST_P(AnswerToAProbe, LeavesAStrangerToGuess32Bits) {
  // All fields but these are known to everybody: the widths in which a stranger has to hit one of the probes.
  const int header_bits = GetParam().v4 ? 16 : 20;
  const int port_bits = 15;  // the upper half
  const int transport_bits = GetParam().protocol == Protocol::udp   ? port_bits + 16
                             : GetParam().protocol == Protocol::tcp ? port_bits + 32
                                                                    : 16 + 16 + 16;
  std::set<std::uint64_t> hits;
  const std::uint16_t flows = GetParam().protocol == Protocol::icmp ? TraceCodec::kFlows : TraceCodec::kTcpFlows;
  for (std::uint16_t flow = 0; flow < flows; ++flow) {
    for (Ttl ttl = 1; ttl <= kMaxTraceTtl; ++ttl) {
      for (const bool retry : {false, true}) {
        hits.insert(secrets_of(GetParam(), encoded(codec_, probe_for(GetParam(), flow, ttl, retry), kGeneration)));
      }
    }
  }
  EXPECT_GE(header_bits + transport_bits - std::log2(static_cast<double>(hits.size())), 32);
}

// What a stranger does not know, made up.
void forge(wire::QuotedUdp& udp, std::uint64_t random) {
  udp.source_port = static_cast<std::uint16_t>(0x8000 | random);
  udp.checksum = static_cast<std::uint16_t>(random >> 16);
}
void forge(wire::QuotedIcmp& icmp, std::uint64_t random) {
  icmp.id = static_cast<std::uint16_t>(random);
  icmp.sequence = static_cast<std::uint16_t>(random >> 16);
  icmp.checksum = static_cast<std::uint16_t>(random >> 32);
}
void forge(wire::QuotedTcp& tcp, std::uint64_t random) {
  tcp.source_port = static_cast<std::uint16_t>(0x8000 | random);
  tcp.sequence = static_cast<std::uint32_t>(random >> 16);
}

TEST_P(AnswerToAProbe, IsNotMatchedByAMillionForgeries) {
  std::mt19937_64 random(1);  // a fixed seed: the same forgeries every time
  auto packet = expired(shortest_quote());
  auto& error = std::get<wire::IcmpError>(packet.message);
  int weak = 0;
  for (int i = 0; i < 1 << 20; ++i) {
    error.quoted.ip_id = static_cast<std::uint16_t>(random());
    error.quoted.flow_label = static_cast<std::uint32_t>(random()) & 0xfffff;
    std::visit([&](auto& transport) { forge(transport, random()); }, error.transport);
    const auto match = codec_.identify(packet, kGeneration);
    if (!match) continue;
    ASSERT_NE(match->verdict.strength, Strength::strong) << "forgery " << i;
    ++weak;
  }
  // Sixteen bits, in two ways: 2^20 / 2^15 on average.
  EXPECT_LT(weak, 80);
}

TEST_P(AnswerToAProbe, IsKnownByItsDestinationsAnswer) {
  const Packet request = encoded(codec_, probe_, kGeneration);
  if (GetParam().protocol == Protocol::udp) {
    packet_ = make_icmp_error(probe_.destination, GetParam().source(), GetParam().v4 ? 3 : 1, GetParam().v4 ? 3 : 4,
                              shortest_quote());
    EXPECT_EQ(verdict(decoded(packet_)), kStrong);
    return;
  }
  for (const bool open : {false, true}) {
    packet_ = GetParam().protocol == Protocol::icmp ? support::make_echo_reply(request)
                                                    : support::make_tcp_answer(request, open);
    EXPECT_EQ(verdict(decoded(packet_)), kStrong);
  }
  // One bit anywhere in what the destination returns, or somebody else who says it.
  const std::size_t from = GetParam().v4 ? 12 : 8;
  const std::size_t echoed = GetParam().protocol == Protocol::icmp ? request.size() - 2 : GetParam().header() + 12;
  for (std::size_t byte = from; byte < echoed; ++byte) {
    const bool is_sequence = GetParam().protocol == Protocol::tcp && byte >= GetParam().header() + 4 &&
                             byte < GetParam().header() + 8;  // the destination's own
    const bool is_own = GetParam().protocol == Protocol::icmp && byte >= GetParam().header() + 1 &&
                        byte < GetParam().header() + 4;  // code and checksum
    if (is_sequence || is_own) continue;
    for (int bit = 0; bit < 8; ++bit) {
      Packet changed = packet_;
      changed[byte] ^= static_cast<std::byte>(1 << bit);
      support::fix_checksum(changed);
      const auto packet = wire::decode_packet(changed);
      if (!std::holds_alternative<wire::DecodedPacket>(packet)) continue;
      EXPECT_EQ(verdict(std::get<wire::DecodedPacket>(packet)), kNone) << "byte " << byte << " bit " << bit;
    }
  }
}

TEST_P(AnswerToAProbe, SurvivesATranslatorOfItsSourceAddress) {
  Packet quote = shortest_quote();
  support::put_address(quote, GetParam().v4 ? 12 : 8, neighbour(GetParam().source(), 5));
  EXPECT_EQ(verdict_of_quote(quote), kStrongRewritten);
}

// What is true of one kind only.
class OneKind : public AnswerToAProbe {
 protected:
  static constexpr std::size_t kIpId = 4;
  [[nodiscard]] Packet whole_quote() const { return encoded(codec_, probe_, kGeneration); }
};

class UdpOverIpv4 : public OneKind {};
INSTANTIATE_TEST_SUITE_P(TraceMatch, UdpOverIpv4, testing::Values(KindOfProbe{Protocol::udp, true}), name_of);

TEST_P(UdpOverIpv4, IsFoundWithItsIpIdInTheRoutersByteOrderOrOffByOne) {
  for (std::uint16_t flow = 0; flow < 256; ++flow) {
    probe_.flow.value = flow;
    const Packet quote = shortest_quote();
    Packet swapped = quote;
    std::swap(swapped[kIpId], swapped[kIpId + 1]);
    EXPECT_EQ(verdict_of_quote(swapped), swapped == quote ? kStrong : kWeak);
    for (const int step : {-2, -1, 1, 2}) {
      Packet off = quote;
      put_number(off, kIpId, number_at(quote, kIpId, 2) + static_cast<std::uint32_t>(step), 2);
      const auto match = codec_.identify(expired(off), kGeneration);
      // In one of 512 cases the step carries into the code and meets the tag of another TTL: dropped, never misread.
      EXPECT_EQ(match.value_or(TraceMatch{probe_, kWeak}).probe, probe_);
      EXPECT_EQ(match.value_or(TraceMatch{probe_, kWeak}).verdict, kWeak);
    }
  }
}

TEST_P(UdpOverIpv4, IsWeakBehindATranslatorThatRewroteItsChecksum) {
  Packet quote = shortest_quote();
  put_number(quote, 26, number_at(quote, 26, 2) ^ 0x5a5a, 2);
  EXPECT_EQ(verdict_of_quote(quote), kWeak);
  put_number(quote, kIpId, number_at(quote, kIpId, 2) ^ 0x0101, 2);
  EXPECT_EQ(verdict_of_quote(quote), kNone) << "nothing is left to believe";
}

TEST_P(UdpOverIpv4, IsStrongBehindATranslatorWhenItsTagIsQuoted) {
  Packet quote = whole_quote();
  put_number(quote, 26, 0x5a5a, 2);
  EXPECT_EQ(verdict_of_quote(quote), kStrongRewritten);
  put_number(quote, kIpId, 0x0101, 2);
  EXPECT_EQ(verdict_of_quote(quote), kStrongRewritten) << "the code in the payload names the probe";
  put_number(quote, 36, number_at(quote, 36, 4) ^ 1, 4);
  EXPECT_EQ(verdict_of_quote(quote), kNone);
}

TEST_P(UdpOverIpv4, IsFoundByItsFlowWhenItsPortWasRewritten) {
  Packet quote = shortest_quote();
  put_number(quote, 20, 1234, 2);
  const auto packet = expired(quote);
  EXPECT_FALSE(codec_.claim(packet));
  const TraceClaims claims = codec_.claims(packet);
  ASSERT_EQ(claims.size, 1U);
  EXPECT_FALSE(claims.flow_known);
  EXPECT_EQ(claims.probes[0].ttl, probe_.ttl);
  EXPECT_EQ(codec_.verify(packet, probe_, kGeneration), kWeak);
  TraceProbe other = probe_;
  for (other.flow.value = 0; other.flow.value < 256; ++other.flow.value) {
    ASSERT_EQ(codec_.verify(packet, other, kGeneration), other.flow == probe_.flow ? kWeak : kNone);
  }
}

class UdpOverIpv6 : public OneKind {};
INSTANTIATE_TEST_SUITE_P(TraceMatch, UdpOverIpv6, testing::Values(KindOfProbe{Protocol::udp, false}), name_of);

TEST_P(UdpOverIpv6, IsWeakWithoutItsFlowLabelUnlessItsTagIsQuoted) {
  Packet quote = shortest_quote();
  put_number(quote, 1, 0, 3);
  EXPECT_EQ(verdict_of_quote(quote), kWeak);
  quote = whole_quote();
  put_number(quote, 1, 0, 3);
  EXPECT_EQ(verdict_of_quote(quote), kStrongRewritten);
  put_number(quote, 46, 0x1234, 2);
  EXPECT_EQ(verdict_of_quote(quote), kStrongRewritten) << "the code in the payload names the probe";
}

class TcpOverIpv4 : public OneKind {};
INSTANTIATE_TEST_SUITE_P(TraceMatch, TcpOverIpv4, testing::Values(KindOfProbe{Protocol::tcp, true}), name_of);

TEST_P(TcpOverIpv4, IsWeakWhenAFirewallRewroteItsSequenceNumber) {
  Packet quote = shortest_quote();
  put_number(quote, 24, 0x01020304, 4);
  EXPECT_EQ(verdict_of_quote(quote), kWeak);
}

}  // namespace
}  // namespace isthmus::probes
