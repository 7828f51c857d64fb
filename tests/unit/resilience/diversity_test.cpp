#include "resilience/diversity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/resilience/way_builder.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using testing::ip;
using ::testing::IsEmpty;
using testing::WaysBuilder;

Cut cut(std::uint32_t min_cut, std::uint32_t low, std::uint32_t disjoint) { return {min_cut, low, disjoint}; }

TEST(Diversity, WithoutWaysNothingIsKnown) {
  EXPECT_EQ(measure_diversity({}), Diversity{});
  EXPECT_EQ(measure_diversity(WaysBuilder().unknown(1).list()), Diversity{});
}

TEST(Diversity, TwoProvidersBehindOneBorderRouterAreTwoNetworksAndOneRouter) {
  const auto measured = measure_diversity(WaysBuilder().add(1, "10", "10.1 200.1").add(2, "20", "20.1 200.1").list());
  EXPECT_EQ(measured.ases, cut(2, 2, 2));
  EXPECT_EQ(measured.routers, cut(1, 1, 1));
  EXPECT_THAT(measured.chokepoints, IsEmpty());
  EXPECT_THAT(measured.router_chokepoints, ElementsAre(Router{ip("10.0.200.1"), Asn{200}}));
}

TEST(Diversity, OneProviderOverTwoBordersIsOneNetworkAndTwoRouters) {
  const auto measured = measure_diversity(WaysBuilder().add(1, "10", "10.1 200.1").add(2, "10", "10.2 200.2").list());
  EXPECT_EQ(measured.ases, cut(1, 1, 1));
  EXPECT_EQ(measured.routers, cut(2, 2, 2));
  EXPECT_THAT(measured.chokepoints, ElementsAre(Asn{10}));
  EXPECT_THAT(measured.router_chokepoints, IsEmpty());
}

TEST(Diversity, ASilentBorderIsNeitherTwoRoutersNorOne) {
  // As the two real ways into North Korea look: behind each provider's last router the target is silent.
  const auto measured = measure_diversity(WaysBuilder().add(1, "10", "10.1 ?").add(2, "20", "20.1 ?").list());
  EXPECT_EQ(measured.routers, cut(2, 1, 2));
}

TEST(Diversity, SilenceBetweenRoutersOfOneNetworkDoesNotDoubtAnother) {
  const auto measured = measure_diversity(WaysBuilder().add(1, "10", "10.1 ? 10.2").add(2, "20", "20.1 ? 20.2").list());
  EXPECT_EQ(measured.routers, cut(2, 2, 2));
}

TEST(Diversity, ARouterThatWasSeenElsewhereIsWhatStayedSilent) {
  // The third way does not show 10.2, but the first one does, between the same two: there is nothing to doubt.
  const auto ways =
      WaysBuilder().add(1, "10", "10.1 10.2 10.3").add(2, "20", "20.1 ? 20.2").add(3, "10", "10.1 ? 10.3").list();
  EXPECT_EQ(measure_diversity(ways).routers, cut(2, 2, 2));
}

TEST(Diversity, WhereTheSameRoutersAlsoAnsweredWithoutSilenceThereIsNone) {
  const auto ways =
      WaysBuilder().add(1, "10", "10.1 ?").add(2, "10", "10.1").add(3, "20", "20.1 ?").add(4, "20", "20.1").list();
  EXPECT_EQ(measure_diversity(ways).routers, cut(2, 2, 2));
}

TEST(Diversity, AWayWithoutAnyRouterLeavesRoutersUnknown) {
  const auto measured = measure_diversity(WaysBuilder().add(1, "10", "10.1").add(2, "20", "").list());
  EXPECT_EQ(measured.ases, cut(2, 2, 2));
  EXPECT_EQ(measured.routers, Cut{});
  EXPECT_THAT(measured.router_chokepoints, IsEmpty());
}

TEST(DiversityCache, BlocksWithTheSameWaysShareOneAnswerInAnyOrder) {
  WaysBuilder builder;
  const auto ways = builder.add(1, "99 10").add(2, "99 20").unknown(3).list();
  DiversityCache cache;
  const auto first = cache.of(ways);
  EXPECT_EQ(cache.of({ways[2], ways[1], ways[0]}), first);
  EXPECT_THAT(first->diversity.chokepoints, ElementsAre(Asn{99}));
  EXPECT_NE(cache.of({ways[0], ways[1]}), first);
  EXPECT_EQ(cache.of({ways[0], ways[1]})->diversity, first->diversity);
}

TEST(DiversityCache, ForgetsWhatNobodyHolds) {
  WaysBuilder builder;
  DiversityCache cache;
  std::weak_ptr<const BlockWays> old = cache.of(builder.add(1, "10").list());
  const auto held = cache.of(builder.next().add(1, "20").list());
  for (std::uint32_t vantage = 2; vantage < 1100; ++vantage) cache.of(builder.next().add(vantage, "10").list());
  cache.tidy();
  EXPECT_TRUE(old.expired());
  EXPECT_EQ(cache.of(builder.next().add(1, "20").list()), held);
}

TEST(DiversityCache, OfManyItForgetsAFewAtATime) {
  constexpr std::uint32_t kBlocks = 5000;
  WaysBuilder builder;
  DiversityCache cache;
  const auto held = cache.of(builder.add(1, "20").list());
  std::vector<std::weak_ptr<const BlockWays>> old;
  for (std::uint32_t vantage = 2; vantage < kBlocks + 2; ++vantage) {
    old.emplace_back(cache.of(builder.next().add(vantage, "10").list()));
  }
  std::size_t before = 0;
  for (int calls = 0; before < kBlocks && calls < 10; ++calls) {
    cache.tidy();
    const auto gone =
        static_cast<std::size_t>(std::ranges::count_if(old, [](const auto& one) { return one.expired(); }));
    EXPECT_LE(gone - before, 2000U);
    EXPECT_GT(gone, before);
    before = gone;
  }
  EXPECT_EQ(before, kBlocks);
  EXPECT_EQ(cache.of(builder.next().add(1, "20").list()), held);
}

std::string no_name(Asn) { return {}; }

TEST(TargetDiversity, IsCutOnlyWhenAllBlocksAre) {
  WaysBuilder builder;
  const std::vector<AlikeBlocks> blocks{{builder.add(1, "10").block(), 3},
                                        {builder.next().add(1, "10").add(1, "20").block(), 1},
                                        {builder.next().unknown(1).block(), 5}};
  const TargetDiversity target = DiversityCache().measure_target(
      blocks, [](Asn asn) { return asn == Asn{10} ? std::string("Ten") : std::string(); });
  EXPECT_EQ(target.whole.ases, cut(2, 2, 2));
  EXPECT_EQ(target.blocks_known, 4u);
  EXPECT_EQ(target.blocks_on_one_as, 3u);
  EXPECT_THAT(target.names, ElementsAre(std::pair(Asn{10}, std::string("Ten"))));
}

TEST(TargetDiversity, ACarrierOfEveryBlockIsAChokepointWhoeverHandsOver) {
  WaysBuilder builder;
  const std::vector<AlikeBlocks> blocks{{builder.add(1, "99 10").block(), 1},
                                        {builder.next().add(1, "99 20").block(), 1}};
  EXPECT_THAT(DiversityCache().measure_target(blocks, no_name).whole.chokepoints, ElementsAre(Asn{99}));
}

std::vector<Hegemony> hegemony(const std::vector<AlikeBlocks>& blocks, std::uint32_t expected_vantages) {
  std::uint32_t vantages = 0;
  auto scores = hegemony_of(blocks, vantages);
  EXPECT_EQ(vantages, expected_vantages);
  return scores;
}

TEST(Hegemony, IsThePartOfWaysOverBlocksAndTheMeanOverVantageAses) {
  WaysBuilder builder;
  // AS1 sees 10 in three of four blocks, AS2 in half of its flows everywhere.
  const std::vector<AlikeBlocks> blocks{
      {builder.add(1, "10").add(2, "10", "", 3).add(2, "20", "", 3).block(), 3},
      {builder.next().add(1, "20").add(2, "10", "", 1).add(2, "20", "", 1).block(), 1}};
  EXPECT_THAT(hegemony(blocks, 2), ElementsAre(Hegemony{Asn{10}, 0.625}, Hegemony{Asn{20}, 0.375}));
}

TEST(Hegemony, CountsWhatIsKnownAndSaysOfHowMany) {
  WaysBuilder builder;
  const std::vector<AlikeBlocks> blocks{{builder.add(1, "10").unknown(2).block(), 1},
                                        {builder.next().unknown(1).unknown(2).block(), 1}};
  EXPECT_THAT(hegemony(blocks, 1), ElementsAre(Hegemony{Asn{10}, 1}));
  EXPECT_THAT(hegemony({}, 0), IsEmpty());
}

TEST(Hegemony, FromTenVantageAsesOnTheHighestAndTheLowestAreLeftOut) {
  WaysBuilder nine;
  WaysBuilder ten;
  // Only the first one goes by 30: its own neighbourhood, not the target's.
  for (std::uint32_t vantage = 1; vantage <= 10; ++vantage) {
    const char* path = vantage == 1 ? "30 10" : "10";
    if (vantage <= 9) nine.add(vantage, path);
    ten.add(vantage, path);
  }
  EXPECT_THAT(hegemony({{nine.block(), 1}}, 9), ElementsAre(Hegemony{Asn{10}, 1}, Hegemony{Asn{30}, 1.0 / 9}));
  EXPECT_THAT(hegemony({{ten.block(), 1}}, 10), ElementsAre(Hegemony{Asn{10}, 1}));
}

}  // namespace
}  // namespace isthmus::resilience
