#include "isthmus/probes/diagnosis.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace isthmus::probes {
namespace {

const IpAddress kTarget = IpAddress::parse("203.0.113.9").value();

IpAddress router(int number) { return IpAddress::v4(0xC6336400U + static_cast<std::uint32_t>(number)); }

Reply expired(const IpAddress& from) {
  Reply reply;
  reply.from = from;
  reply.kind = ReplyKind::time_exceeded;
  reply.icmp_type = 11;
  reply.ttl = 250;
  reply.quoted_ttl = Ttl{1};
  return reply;
}

Reply reached() {
  Reply reply = expired(kTarget);
  reply.kind = ReplyKind::unreachable;
  reply.icmp_type = 3;
  reply.icmp_code = 3;
  return reply;
}

// A trace drawn as a line, one sign a probe: a letter is a router (a to y), D the destination, * silence; hops are
// parted by blanks. "a *b D" is three hops, the second one answering its second probe.
Trace drawn(const std::string& picture, std::uint16_t flow = 0) {
  Trace trace;
  trace.destination = kTarget;
  trace.flow = FlowId{flow};
  trace.hops.push_back({1, {}});
  for (const char sign : picture) {
    if (sign == ' ') {
      trace.hops.push_back({static_cast<Ttl>(trace.hops.size() + 1), {}});
    } else if (sign == '*') {
      trace.hops.back().outcomes.push_back(TimedOut{});
    } else {
      trace.hops.back().outcomes.push_back(sign == 'D' ? reached() : expired(router(sign - 'a')));
    }
  }
  return trace;
}

Reply& answer(Trace& trace, int ttl) {
  for (Outcome& outcome : trace.hops[static_cast<std::size_t>(ttl - 1)].outcomes) {
    if (auto* reply = std::get_if<Reply>(&outcome)) return *reply;
  }
  throw std::logic_error("that hop is silent");
}

TraceDiagnosis rounds(const std::vector<std::string>& pictures) {
  std::vector<Trace> traces;
  for (const std::string& picture : pictures) traces.push_back(drawn(picture));
  return diagnose(traces).at(0);
}

LossCause cause(const TraceDiagnosis& diagnosis, int ttl) {
  return diagnosis.hops.at(static_cast<std::size_t>(ttl - 1)).lost.cause();
}

TEST(Diagnosis, FindsNothingWrongWithACleanTrace) {
  const auto diagnosis = diagnose(drawn("a b c D"));
  ASSERT_EQ(diagnosis.hops.size(), 4U);
  for (const HopDiagnosis& hop : diagnosis.hops) {
    EXPECT_EQ(hop.lost.cause(), LossCause::none);
    EXPECT_EQ(hop.probes, 1U);
  }
  EXPECT_FALSE(diagnosis.cut);
  EXPECT_FALSE(diagnosis.translated_from);
  EXPECT_FALSE(diagnosis.loop);
  EXPECT_TRUE(diagnosis.zero_ttl.empty());
  EXPECT_TRUE(diagnosis.tunnels.empty());
  EXPECT_FALSE(diagnosis.target_repeats);
}

TEST(Diagnosis, CallsSilenceALimitWhenTheHopsBehindAnswer) {
  const auto diagnosis = diagnose(drawn("a b ** d e f g h i D"));
  EXPECT_EQ(cause(diagnosis, 3), LossCause::icmp_limit);
  EXPECT_EQ(diagnosis.hops[2].probes, 2U);
  EXPECT_EQ(diagnosis.hops[2].lost.icmp_limit, 2U);
  EXPECT_FALSE(diagnosis.cut);
}

TEST(Diagnosis, SeesALimitInARouterThatAnswersEveryThirdProbe) {
  const auto diagnosis = rounds({"a b c D", "a * c D", "a * c D", "a b c D", "a * c D", "a * c D"});
  EXPECT_EQ(cause(diagnosis, 2), LossCause::icmp_limit);
  EXPECT_EQ(diagnosis.hops[1].lost.icmp_limit, 4U);
  EXPECT_EQ(diagnosis.hops[1].probes, 6U);
}

TEST(Diagnosis, DoesNotKnowFromOneLostProbe) { EXPECT_EQ(cause(diagnose(drawn("a *b c D")), 2), LossCause::unknown); }

TEST(Diagnosis, DoesNotCallLossThatAllHopsShareALimit) {
  // A third of everything is lost from the second hop on.
  const auto diagnosis =
      rounds({"a b c D", "a * c D", "a b * D", "a b c D", "a * c D", "a b * D", "a b c *", "a b c *"});
  for (int ttl = 2; ttl <= 4; ++ttl) EXPECT_EQ(cause(diagnosis, ttl), LossCause::unknown) << ttl;
}

TEST(Diagnosis, IsNotMisledByCountingOnlyRoundsThatReachedFurther) {
  // Both last hops lose as much; where b's silence can be judged the destination has answered by choice of the rounds.
  std::vector<std::string> pictures(10, "a b D");
  pictures.insert(pictures.end(), 6, "a * D");
  pictures.insert(pictures.end(), 6, "a b *");
  EXPECT_EQ(cause(rounds(pictures), 2), LossCause::unknown);
}

TEST(Diagnosis, CallsItForwardLossWhenAllThatAnswersOtherwiseIsSilent) {
  const auto diagnosis = rounds({"a b c d D", "a b ** ** **", "a b c d D"});
  for (int ttl = 3; ttl <= 5; ++ttl) EXPECT_EQ(cause(diagnosis, ttl), LossCause::forward_loss) << ttl;
  EXPECT_EQ(cause(diagnosis, 2), LossCause::none);
  EXPECT_EQ(diagnosis.cut, Ttl{3});
}

TEST(Diagnosis, CountsASilentHopBeforeTheCutByEachRound) {
  // c is limited in the first rounds, and cut off in the last one.
  const auto diagnosis = rounds({"a b * d D", "a b * d D", "a b c d D", "a b * d D", "a b * d D", "a b * * *"});
  EXPECT_EQ(diagnosis.hops[2].lost.icmp_limit, 4U);
  EXPECT_EQ(diagnosis.hops[2].lost.forward, 1U);
  EXPECT_EQ(cause(diagnosis, 3), LossCause::icmp_limit);
  EXPECT_EQ(cause(diagnosis, 4), LossCause::forward_loss);
}

TEST(Diagnosis, DoesNotKnowWhyAnEndThatNeverAnsweredIsSilent) {
  const auto diagnosis = rounds({"a b * * *", "a b * * *"});
  for (int ttl = 3; ttl <= 5; ++ttl) EXPECT_EQ(cause(diagnosis, ttl), LossCause::unknown) << ttl;
  EXPECT_FALSE(diagnosis.cut);
}

TEST(Diagnosis, DoesNotKnowWhyTheDestinationAloneIsSilent) {
  const auto diagnosis = rounds({"a b c D", "a b c *", "a b c D"});
  EXPECT_EQ(cause(diagnosis, 4), LossCause::unknown);
  EXPECT_FALSE(diagnosis.cut);
}

TEST(Diagnosis, BlamesNobodyWhileTheVantagePointSeesNothing) {
  const auto diagnosis = rounds({"a b c D", "* * * *", "a b c D"});
  for (int ttl = 1; ttl <= 4; ++ttl) EXPECT_EQ(cause(diagnosis, ttl), LossCause::unknown) << ttl;
  EXPECT_FALSE(diagnosis.cut);
}

TEST(Diagnosis, BelievesARouterThatSaysItCannotForward) {
  Trace trace = drawn("a b * *");
  answer(trace, 2).kind = ReplyKind::unreachable;
  const auto diagnosis = diagnose(trace);
  EXPECT_EQ(cause(diagnosis, 3), LossCause::forward_loss);
  EXPECT_EQ(diagnosis.cut, Ttl{3});
}

TEST(Diagnosis, LeavesOutWhatLiesBehindTheDestination) {
  const auto diagnosis = diagnose(drawn("a b D * *"));
  EXPECT_EQ(diagnosis.hops.size(), 3U);
}

std::vector<Trace> back_by_another_way(Ttl before, Ttl after) {
  std::vector<Trace> traces;
  for (const char* picture :
       {"a b c d e f D", "a b c d e f D", "a b ** d e f D", "a b ** d e f D", "a b c d e f D", "a b c d e f D"}) {
    traces.push_back(drawn(picture));
    if (traces.size() <= 2) answer(traces.back(), 3).ttl = before;
    if (traces.size() >= 5) answer(traces.back(), 3).ttl = after;
  }
  return traces;
}

TEST(Diagnosis, CallsItReverseLossWhenTheWayBackChangedOverIt) {
  EXPECT_EQ(cause(diagnose(back_by_another_way(250, 247))[0], 3), LossCause::reverse_loss);
  EXPECT_EQ(cause(diagnose(back_by_another_way(250, 250))[0], 3), LossCause::icmp_limit);
}

TEST(Diagnosis, DoesNotTakeAWayBackThatKeepsChangingForEvidence) {
  auto traces = back_by_another_way(250, 247);
  answer(traces[1], 3).ttl = 247;
  EXPECT_EQ(cause(diagnose(traces)[0], 3), LossCause::icmp_limit);
}

TEST(Diagnosis, KeepsFlowsApart) {
  const std::vector<Trace> traces{drawn("a b c D", 7), drawn("a x c D", 2), drawn("a * * *", 7)};
  const auto diagnoses = diagnose(traces);
  ASSERT_EQ(diagnoses.size(), 2U);
  EXPECT_EQ(diagnoses[0].flow, FlowId{2});
  EXPECT_EQ(cause(diagnoses[0], 2), LossCause::none);
  EXPECT_EQ(diagnoses[1].flow, FlowId{7});
  EXPECT_EQ(cause(diagnoses[1], 2), LossCause::forward_loss);
}

TEST(Diagnosis, FindsATranslatorByTheChangeThatIsCarriedOn) {
  Trace trace = drawn("a b c * e D");
  for (const int ttl : {3, 5, 6}) answer(trace, ttl).rewritten = true;
  EXPECT_EQ(diagnose(trace).translated_from, Ttl{3});
  answer(trace, 5).rewritten = false;
  EXPECT_EQ(diagnose(trace).translated_from, Ttl{6}) << "in front of the destination";
  answer(trace, 6).rewritten = false;
  EXPECT_FALSE(diagnose(trace).translated_from) << "one router that quotes badly is no translator";
}

TEST(Diagnosis, SeesThroughAnEchoReplyThatQuotesNothing) {
  Trace trace = drawn("a b c D");
  answer(trace, 2).rewritten = answer(trace, 3).rewritten = true;
  answer(trace, 4).kind = ReplyKind::echo_reply;
  EXPECT_EQ(diagnose(trace).translated_from, Ttl{2});
}

TEST(Diagnosis, FindsALoopAndItsPeriod) {
  const auto loop = diagnose(drawn("a b c d b c d b c")).loop;
  ASSERT_TRUE(loop);
  EXPECT_EQ(*loop, (Loop{router(1), 2, 5, true}));
}

TEST(Diagnosis, DoesNotCallAPathThatChangedMeanwhileALastingLoop) {
  const auto loop = diagnose(drawn("a b c b e f D")).loop;
  ASSERT_TRUE(loop);
  EXPECT_EQ(*loop, (Loop{router(1), 2, 4, false}));
}

TEST(Diagnosis, FindsALoopAroundASilentRouter) {
  const auto loop = diagnose(drawn("a b * d b * d b * d")).loop;
  ASSERT_TRUE(loop);
  EXPECT_EQ(loop->again - loop->first, 3);
  EXPECT_TRUE(loop->lasting);
}

TEST(Diagnosis, TakesNeighboursAndARowOfOneRouterForNoLoop) {
  EXPECT_FALSE(diagnose(drawn("a b b c D")).loop);
  EXPECT_FALSE(diagnose(drawn("a b b b c D")).loop);
  EXPECT_FALSE(diagnose(drawn("a b * b c D")).loop);
}

TEST(Diagnosis, FindsARouterThatForwardsWithTtlZero) {
  Trace trace = drawn("a b c c e D");
  answer(trace, 3).quoted_ttl = Ttl{0};
  const auto found = diagnose(trace).zero_ttl;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], (ZeroTtl{3, router(2), true}));

  Trace unconfirmed = drawn("a b c * e D");
  answer(unconfirmed, 3).quoted_ttl = Ttl{0};
  EXPECT_FALSE(diagnose(unconfirmed).zero_ttl.at(0).confirmed);
}

TEST(Diagnosis, FindsTunnelsByTheirLabels) {
  Trace trace = drawn("a b c d e f D");
  for (const int ttl : {2, 3, 6}) answer(trace, ttl).mpls = {{100, 0, true, 1}};
  EXPECT_EQ(diagnose(trace).tunnels, (std::vector<Tunnel>{{2, 3, Tunnel::Evidence::labels},  //
                                                          {6, 6, Tunnel::Evidence::labels}}));
}

TEST(Diagnosis, FindsTunnelsByTtlsThatGrowInTheQuotes) {
  Trace trace = drawn("a b c d e D");
  answer(trace, 3).quoted_ttl = Ttl{2};
  answer(trace, 4).quoted_ttl = Ttl{3};
  EXPECT_EQ(diagnose(trace).tunnels, (std::vector<Tunnel>{{2, 4, Tunnel::Evidence::quoted_ttl}}));
  // With labels besides, it is the labels that tell.
  for (const int ttl : {2, 3, 4}) answer(trace, ttl).mpls = {{100, 0, true, 1}};
  EXPECT_EQ(diagnose(trace).tunnels, (std::vector<Tunnel>{{2, 4, Tunnel::Evidence::labels}}));
}

TEST(Diagnosis, TakesATtlThatWasSetAnewForNoTunnel) {
  Trace trace = drawn("a b c d e D");
  for (const int ttl : {3, 4, 5}) answer(trace, ttl).quoted_ttl = Ttl{9};
  EXPECT_TRUE(diagnose(trace).tunnels.empty());
  for (const int ttl : {3, 4, 5}) answer(trace, ttl).quoted_ttl = Ttl{3};
  EXPECT_TRUE(diagnose(trace).tunnels.empty()) << "the routers in front of it would have shown the tunnel";
}

TEST(Diagnosis, SeesTheTargetAtSeveralHops) {
  Trace trace = drawn("a b D D");
  answer(trace, 3).kind = ReplyKind::time_exceeded;
  const auto repeats = diagnose(trace).target_repeats;
  ASSERT_TRUE(repeats);
  EXPECT_EQ(*repeats, (TargetRepeats{3, 4}));
}

TEST(Diagnosis, DescribesThePathOfTheLastRound) {
  const auto diagnosis = rounds({"a b c d b c d b", "a b c D"});
  EXPECT_FALSE(diagnosis.loop);
}

TEST(Diagnosis, BearsEmptyTracesAndProbesThatNeverLeft) {
  EXPECT_TRUE(diagnose(Trace{}).hops.empty());
  EXPECT_TRUE(diagnose(std::vector<Trace>{}).empty());
  Trace trace;
  trace.hops.push_back({1, {SendFailed{101}}});
  EXPECT_TRUE(diagnose(trace).hops.empty());
}

}  // namespace
}  // namespace isthmus::probes
