#include "isthmus/inference/last_hop.hpp"

#include <gtest/gtest.h>

#include "unit/inference/trace_builder.hpp"

namespace isthmus::inference {
namespace {

using testing::ip;
using testing::trace;

LastHop infer(const Trace& seen) {
  static const auto kTable = testing::table();
  return infer_last_hop(seen, testing::north_korea(), *kTable);
}

constexpr Asn kUnicom{4837};
constexpr Asn kTtk{20485};

TEST(LastHop, TheRouterRightBeforeTheTargetNamesTheUpstream) {
  const LastHop hop = infer(trace("12.0.1.1 144.232.4.1 219.158.3.2 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.confidence, Confidence::a);
  EXPECT_EQ(hop.rule, rule::kAdjacent);
  EXPECT_EQ(hop.router, ip("219.158.3.2"));
  EXPECT_EQ(hop.gap, 0);
  EXPECT_TRUE(hop.reached);
}

TEST(LastHop, ABorderNumberedFromItsProvidersSpaceIsStillThatProviders) {
  // 188.43.225.158 is the customer's router; the space is the provider's through which it was reached.
  const LastHop hop = infer(trace("12.0.1.1 144.232.4.1 188.43.225.153 188.43.225.158 175.45.178.1 175.45.178.55",
                                  {.destination = "175.45.178.55"}));
  EXPECT_EQ(hop.upstream, kTtk);
  EXPECT_EQ(hop.confidence, Confidence::a);
  EXPECT_EQ(hop.router, ip("188.43.225.158"));
}

TEST(LastHop, TheRealTailByTransTeleComHasAGapOfThree) {
  const LastHop hop = infer(trace("12.0.1.1 188.43.225.153 * * * 175.45.177.10", {.destination = "175.45.177.10"}));
  EXPECT_EQ(hop.upstream, kTtk);
  EXPECT_EQ(hop.confidence, Confidence::b);
  EXPECT_EQ(hop.rule, rule::kGap);
  EXPECT_EQ(hop.gap, 3);
}

TEST(LastHop, TheRealTailByUnicomEndsInSpaceThatNoTableHolds) {
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 103.35.255.254 * * * 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.confidence, Confidence::b);
  EXPECT_EQ(hop.rule, rule::kHidden);
  EXPECT_EQ(hop.router, ip("103.35.255.254"));
  EXPECT_EQ(hop.gap, 3);
}

TEST(LastHop, ABridgeOverSilenceIsAGuess) {
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 * 103.35.255.254 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.rule, rule::kHidden);
  EXPECT_EQ(hop.confidence, Confidence::c);
  EXPECT_EQ(infer(trace("219.158.3.2 103.35.255.253 103.35.255.254 175.45.176.71")).confidence, Confidence::c);
}

TEST(LastHop, PrivateAddressesNameNobody) {
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 10.0.0.1 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.rule, rule::kHidden);
}

TEST(LastHop, AGapOfMoreThanThreeIsAGuess) {
  const LastHop hop = infer(trace("12.0.1.1 188.43.225.153 * * * * 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kTtk);
  EXPECT_EQ(hop.confidence, Confidence::c);
  EXPECT_EQ(hop.gap, 4);
}

TEST(LastHop, ATraceThatDiedIsAGuessAndCountsForNothing) {
  const LastHop hop = infer(trace("12.0.1.1 144.232.4.1 * * * * *"));
  EXPECT_EQ(hop.upstream, Asn{1239});
  EXPECT_EQ(hop.confidence, Confidence::c);
  EXPECT_EQ(hop.rule, rule::kUnreached);
  EXPECT_FALSE(hop.conclusive());
}

TEST(LastHop, ARouterOfTheTargetIsEnoughToHaveReachedIt) {
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 175.45.179.250 * * * * *"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.confidence, Confidence::a);
  EXPECT_TRUE(hop.conclusive());
  // The target's own router may say that a host is away.
  EXPECT_EQ(infer(trace("12.0.1.1 219.158.3.2 175.45.179.250!")).upstream, kUnicom);
}

TEST(LastHop, ARefusalBeforeTheTargetIsNoEvidence) {
  for (const char* path : {"12.0.1.1 144.232.4.1!", "12.0.1.1 219.158.3.2 219.158.3.2!", "12.0.1.1!"}) {
    const LastHop hop = infer(trace(path));
    EXPECT_EQ(hop.upstream, std::nullopt) << path;
    EXPECT_EQ(hop.rule, rule::kUnreachable) << path;
  }
}

TEST(LastHop, LoopsAndFailedSendsAreNoEvidence) {
  EXPECT_EQ(infer(trace("12.0.1.1 144.232.4.1 144.232.4.2 144.232.4.1", {.stop = StopReason::loop})).rule,
            rule::kBroken);
  EXPECT_EQ(infer(trace("", {.stop = StopReason::send_failed})).upstream, std::nullopt);
}

TEST(LastHop, ALoopOnTheWayIsCutOut) {
  // The route changed under way: Unicom's router is seen again behind TransTeleCom's.
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 188.43.224.2 219.158.3.2 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.gap, 0);
  // A router that answers at two TTLs is as near as its later answer.
  EXPECT_EQ(infer(trace("12.0.1.1 219.158.3.2 219.158.3.2 175.45.176.71")).gap, 0);
}

TEST(LastHop, NothingBehindTheFirstAnswerOfTheTargetCounts) {
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 175.45.176.71 175.45.176.71 188.43.225.153 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.gap, 0);
}

TEST(LastHop, AStrangersEchoReplyIsNoHop) {
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 188.43.225.153= 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.gap, 1);
}

TEST(LastHop, AnAnswerOfTheTargetsNetworkOutsideItsPrefixesIsTheTarget) {
  ip2as::PrefixTableBuilder builder;
  builder.add(Prefix::parse("203.0.113.0/24").value(), Asn{131279}, "");
  builder.add(Prefix::parse("219.158.0.0/16").value(), Asn{4837}, "");
  const auto table = std::move(builder).build();
  const LastHop hop = infer_last_hop(trace("219.158.3.2 203.0.113.1 175.45.176.71"), testing::north_korea(), table);
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.confidence, Confidence::a);
}

TEST(LastHop, WithoutAMappedHopThereIsNoUpstream) {
  EXPECT_EQ(infer(trace("* * * 175.45.176.71")).rule, rule::kUnmapped);
  EXPECT_EQ(infer(trace("10.0.0.1 103.35.255.254 175.45.176.71")).rule, rule::kUnmapped);
  EXPECT_EQ(infer(trace("175.45.176.1 175.45.176.71")).rule, rule::kInside);
  EXPECT_EQ(infer(trace("* * * * *")).rule, rule::kUnmapped);
  EXPECT_EQ(infer(trace("10.0.0.1 103.35.255.254 175.45.176.71")).upstream, std::nullopt);
}

}  // namespace
}  // namespace isthmus::inference
