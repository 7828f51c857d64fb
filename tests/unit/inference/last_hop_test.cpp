#include "isthmus/inference/last_hop.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "unit/inference/trace_builder.hpp"

namespace isthmus::inference {
namespace {

using testing::ip;
using testing::trace;

// What one trace says by itself.
LastHop infer(const Trace& seen, const TargetNetwork& target = testing::north_korea(),
              std::shared_ptr<const ip2as::NetworkData> data = testing::prefixes_only()) {
  PathMap map(std::move(data), PathMap::Keep::conclusions);
  return map.update(seen, map.add_target(target)).path->last_hop;
}

constexpr Asn kUnicom{4837};
constexpr Asn kTtk{20485};

TEST(LastHop, TheRouterRightBeforeTheTargetNamesTheUpstream) {
  const LastHop hop = infer(trace("12.0.1.1 144.232.4.1 219.158.3.2 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.confidence, Confidence::a);
  EXPECT_EQ(hop.rule, Rule::adjacent);
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
  EXPECT_TRUE(hop.conclusive());
  EXPECT_EQ(hop.rule, Rule::gap);
  EXPECT_EQ(hop.gap, 3);
}

TEST(LastHop, TheRealTailByUnicomEndsInSpaceThatNoTableHolds) {
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 103.35.255.254 * * * 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_TRUE(hop.conclusive());
  EXPECT_EQ(hop.rule, Rule::bridged);
  EXPECT_EQ(hop.router, ip("103.35.255.254"));
  EXPECT_EQ(hop.gap, 3);
}

TEST(LastHop, WhereNobodyKnowsTheProvidersTheSameTailsAreGuesses) {
  const Trace ttk = trace("12.0.1.1 188.43.225.153 * * * 175.45.177.10", {.destination = "175.45.177.10"});
  const Trace unicom = trace("12.0.1.1 219.158.3.2 103.35.255.254 * * * 175.45.176.71");
  EXPECT_EQ(infer(ttk, testing::uncharted()).upstream, kTtk);
  EXPECT_FALSE(infer(ttk, testing::uncharted()).conclusive());
  EXPECT_EQ(infer(unicom, testing::uncharted()).upstream, kUnicom);
  EXPECT_FALSE(infer(unicom, testing::uncharted()).conclusive());
}

TEST(LastHop, TwoRoutersOfOneNetworkInARowNeedNoFurtherKnowledge) {
  const LastHop hop = infer(trace("12.0.1.1 188.43.225.1 188.43.225.153 175.45.176.71"), testing::uncharted());
  EXPECT_EQ(hop.upstream, kTtk);
  EXPECT_TRUE(hop.conclusive());
}

TEST(LastHop, PrivateAddressesNameNobody) {
  const LastHop hop = infer(trace("12.0.1.1 219.158.3.2 10.0.0.1 175.45.176.71"));
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_TRUE(hop.clues.has(Clue::private_hop));
}

TEST(LastHop, TheLongerTheSilenceTheLessItSays) {
  const auto probability = [](const char* path) { return infer(trace(path), testing::uncharted()).probability; };
  const float adjacent = probability("12.0.1.1 188.43.225.153 175.45.176.71");
  const float after_two = probability("12.0.1.1 188.43.225.153 * * 175.45.176.71");
  const float after_five = probability("12.0.1.1 188.43.225.153 * * * * * 175.45.176.71");
  EXPECT_GT(adjacent, after_two);
  EXPECT_GT(after_two, after_five);
}

TEST(LastHop, ATraceThatDiedIsAGuessAndCountsForNothing) {
  const LastHop hop = infer(trace("12.0.1.1 144.232.4.1 * * * * *"));
  EXPECT_EQ(hop.upstream, Asn{1239});
  EXPECT_EQ(hop.confidence, Confidence::c);
  EXPECT_EQ(hop.rule, Rule::unreached);
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
    EXPECT_EQ(hop.rule, Rule::unreachable) << path;
  }
}

TEST(LastHop, LoopsAndFailedSendsAreNoEvidence) {
  EXPECT_EQ(infer(trace("12.0.1.1 144.232.4.1 144.232.4.2 144.232.4.1", {.stop = StopReason::loop})).rule,
            Rule::broken);
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
  auto data = std::make_shared<ip2as::NetworkData>();
  data->prefixes = std::move(builder).build();
  const LastHop hop = infer(trace("219.158.3.2 203.0.113.1 175.45.176.71"), testing::north_korea(), data);
  EXPECT_EQ(hop.upstream, kUnicom);
  EXPECT_EQ(hop.confidence, Confidence::a);
}

TEST(LastHop, WithoutAMappedHopThereIsNoUpstream) {
  EXPECT_EQ(infer(trace("* * * 175.45.176.71")).rule, Rule::unmapped);
  EXPECT_EQ(infer(trace("10.0.0.1 103.35.255.254 175.45.176.71")).rule, Rule::unmapped);
  EXPECT_EQ(infer(trace("175.45.176.1 175.45.176.71")).rule, Rule::inside);
  EXPECT_EQ(infer(trace("* * * * *")).rule, Rule::unmapped);
  EXPECT_EQ(infer(trace("10.0.0.1 103.35.255.254 175.45.176.71")).upstream, std::nullopt);
}

}  // namespace
}  // namespace isthmus::inference
