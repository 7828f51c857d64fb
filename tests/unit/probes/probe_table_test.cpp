// What becomes of each packet that claims to answer a trace probe.

#include "probes/traceroute/probe_table.hpp"

#include <gtest/gtest.h>

#include "unit/probes/trace_codec_cases.hpp"

namespace isthmus::probes {
namespace {

using namespace std::chrono_literals;
using support::Packet;

constexpr Instant kStart{1h};

class Table : public testing::Test {
 protected:
  Table() { table_.use(Protocol::udp, 33434, 16); }

  OpenProbe open(const TraceProbe& probe, std::uint64_t run, Instant at = kStart) {
    return table_.open(probe, kind_.source(), run, at).value();
  }
  // Time exceeded about a probe, quoted as shortly as RFC 792 allows.
  Packet expired(const OpenProbe& probe) {
    std::array<std::byte, TraceCodec::kMaxPacket> buffer;
    const auto packet = table_.encode(probe, buffer);
    return support::make_icmp_error(kind_.router(), kind_.source(), 11, 0, packet.first(28));
  }
  std::variant<ProbeTable::Answer, InvalidReason> settle(const Packet& packet, Instant at) {
    return table_.settle(std::get<wire::DecodedPacket>(wire::decode_packet(packet)), at);
  }
  InvalidReason reason(const Packet& packet, Instant at) {
    const auto settled = settle(packet, at);
    EXPECT_TRUE(std::holds_alternative<InvalidReason>(settled)) << "taken for an answer";
    return std::get<InvalidReason>(settled);
  }

  KindOfProbe kind_{Protocol::udp, true};
  ProbeTable table_{seed_of(1)};
};

TEST_F(Table, FindsEachOfMoreProbesThanAnIpIdCanName) {
  constexpr std::uint32_t kProbes = 70'000;
  std::vector<OpenProbe> out;
  for (std::uint32_t i = 0; i < kProbes; ++i) {
    TraceProbe probe = probe_for(kind_, static_cast<std::uint16_t>(i % 16), static_cast<Ttl>(1 + i / 16 % 32));
    probe.destination = neighbour(probe.destination, i / 512);
    out.push_back(open(probe, i));
  }
  for (const OpenProbe& probe : out) {
    const auto settled = settle(expired(probe), kStart + 5ms);
    const auto* answer = std::get_if<ProbeTable::Answer>(&settled);
    ASSERT_NE(answer, nullptr);
    ASSERT_EQ(answer->owner.probe, probe.probe);
    ASSERT_EQ(out[answer->owner.run].number, probe.number);
    ASSERT_EQ(answer->reply.rtt, 5ms);
    ASSERT_FALSE(answer->reply.weak);
  }
}

TEST_F(Table, TellsDuplicateLateForgedAndImpossibleApartAndChangesNothing) {
  const OpenProbe answered = open(probe_for(kind_, 0, 1), 1);
  const OpenProbe late = open(probe_for(kind_, 0, 2), 1);
  const OpenProbe pending = open(probe_for(kind_, 0, 3), 1);
  EXPECT_EQ(settle(expired(answered), kStart + 1ms).index(), 0U);
  table_.give_up(late.number);
  EXPECT_EQ(reason(expired(answered), kStart + 2ms), InvalidReason::duplicate);
  EXPECT_EQ(reason(expired(late), kStart + 3s), InvalidReason::too_late);
  EXPECT_EQ(reason(expired(pending), kStart), InvalidReason::impossible) << "no time has passed";
  EXPECT_EQ(reason(expired(pending), kStart - 1ms), InvalidReason::impossible) << "before it was asked";
  EXPECT_EQ(reason(expired(pending), kStart + 1h), InvalidReason::impossible) << "no packet lives so long";
  OpenProbe forged = pending;
  forged.number += 1ULL << 24;
  EXPECT_EQ(reason(expired(forged), kStart + 1ms), InvalidReason::bad_tag);
  EXPECT_EQ(settle(expired(pending), kStart + 1ms).index(), 0U) << "the true answer still counts";
}

TEST_F(Table, DoesNotTakeALateAnswerForOneToTheNextRoundOrAttempt) {
  const OpenProbe first = open(probe_for(kind_, 0, 5), 1);
  const Packet answer_to_first = expired(first);
  table_.give_up(first.number);
  const OpenProbe retry = open(probe_for(kind_, 0, 5, true), 1, kStart + 2s);
  EXPECT_EQ(reason(answer_to_first, kStart + 2100ms), InvalidReason::too_late);
  table_.give_up(retry.number);
  const OpenProbe next_round = open(probe_for(kind_, 0, 5), 2, kStart + 60s);
  EXPECT_EQ(reason(answer_to_first, kStart + 60100ms), InvalidReason::too_late);
  EXPECT_EQ(settle(expired(next_round), kStart + 60100ms).index(), 0U);
}

TEST_F(Table, RefusesTheSameProbeForTwoRuns) {
  const OpenProbe first = open(probe_for(kind_, 0, 5), 1);
  EXPECT_FALSE(table_.open(first.probe, kind_.source(), 2, kStart));
  table_.give_up(first.probe);
  EXPECT_TRUE(table_.open(first.probe, kind_.source(), 2, kStart));
}

TEST_F(Table, FindsTheFlowOfAProbeWhosePortWasRewritten) {
  const OpenProbe probe = open(probe_for(kind_, 3, 5), 1);
  open(probe_for(kind_, 4, 5), 2);
  Packet packet = expired(probe);
  support::put_number(packet, 28 + 20, 1234, 2);
  support::fix_icmp_checksum(packet);
  const auto settled = settle(packet, kStart + 1ms);
  const auto* answer = std::get_if<ProbeTable::Answer>(&settled);
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->owner.probe, probe.probe);
  EXPECT_TRUE(answer->reply.weak);
  EXPECT_TRUE(answer->reply.rewritten);
}

TEST_F(Table, KnowsNothingOfOtherAddressesAndForgetsWithTheProtocol) {
  const OpenProbe probe = open(probe_for(kind_, 0, 5), 1);
  std::array<std::byte, TraceCodec::kMaxPacket> buffer;
  const auto quote = table_.encode(probe, buffer).first(28);
  const auto elsewhere = support::make_icmp_error(kind_.router(), support::address("192.0.2.9"), 11, 0, quote);
  EXPECT_EQ(reason(elsewhere, kStart + 1ms), InvalidReason::not_ours);
  const Packet answer = expired(probe);
  table_.use(Protocol::icmp, 33434, 16);
  EXPECT_EQ(reason(answer, kStart + 1ms), InvalidReason::not_ours);
}

TEST_F(Table, RemembersABoundedNumberOfFinishedProbes) {
  const OpenProbe first = open(probe_for(kind_, 0, 1), 1);
  table_.give_up(first.number);
  for (std::uint32_t i = 1; i <= 20'000; ++i) {
    TraceProbe probe = probe_for(kind_, 0, 1);
    probe.destination = neighbour(probe.destination, i);
    table_.give_up(open(probe, i).number);
  }
  EXPECT_EQ(reason(expired(first), kStart + 3s), InvalidReason::bad_tag) << "still known";
}

}  // namespace
}  // namespace isthmus::probes
