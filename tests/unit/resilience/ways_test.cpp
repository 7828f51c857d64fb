#include "resilience/ways.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/resilience/way_builder.hpp"

namespace isthmus::resilience {
namespace {

using testing::as_path;
using testing::ip;
using ::testing::IsEmpty;
using testing::way;

inference::HopView hop(int ttl, std::uint32_t operator_asn, bool own = false) {
  return {.ttl = static_cast<Ttl>(ttl),
          .address = {},
          .owner = Asn{operator_asn},
          .operator_asn = Asn{operator_asn},
          .place = {},
          .own = own};
}

inference::LastHop by(std::uint32_t upstream) {
  return {.upstream = Asn{upstream}, .rule = inference::Rule::adjacent, .confidence = Confidence::a};
}

TEST(AsPath, RunsOfOneNetworkAreOneAndTheVantageAsIsLeftOut) {
  const std::vector hops{hop(1, 1), hop(2, 1), hop(3, 5), hop(4, 10), hop(5, 10), hop(6, 64500, true)};
  EXPECT_EQ(as_path_of(Asn{1}, hops, by(10)), as_path("5 10"));
}

TEST(AsPath, ADirectNeighbourIsItsOwnUpstream) {
  const std::vector hops{hop(1, 10), hop(2, 10), hop(3, 64500, true)};
  EXPECT_EQ(as_path_of(Asn{10}, hops, by(10)), as_path("10"));
  EXPECT_EQ(as_path_of(Asn{}, hops, by(10)), as_path("10"));
}

TEST(AsPath, WithoutAnAsTheFirstNetworkIsTheVantagePointsOwn) {
  const std::vector hops{hop(1, 1), hop(2, 5), hop(3, 10)};
  EXPECT_EQ(as_path_of(Asn{}, hops, by(10)), as_path("5 10"));
}

TEST(AsPath, SilenceBetweenTwoNetworksIsAGapAndWithinOneIsNone) {
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 5), hop(4, 10)}, by(10)), as_path("5 ? 10"));
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 5), hop(4, 5), hop(5, 10)}, by(10)), as_path("5 10"));
}

TEST(AsPath, ARouterThatNobodyKnowsIsAGapAndAPrivateAddressIsNone) {
  auto unknown = hop(3, 0);
  unknown.place = "unmapped";
  auto inside = hop(3, 0);
  inside.place = "private";
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 5), unknown, hop(4, 10)}, by(10)), as_path("5 ? 10"));
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 5), inside, hop(4, 10)}, by(10)), as_path("5 10"));
}

TEST(AsPath, LoopsAreCutOut) {
  const std::vector hops{hop(1, 1), hop(2, 5), hop(3, 6), hop(4, 5), hop(5, 10)};
  EXPECT_EQ(as_path_of(Asn{1}, hops, by(10)), as_path("5 10"));
}

TEST(AsPath, EndsWithTheUpstreamThatWasConcluded) {
  // The border answered from another provider's space.
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 10), hop(3, 20)}, by(10)), as_path("10"));
  // The upstream stayed hidden.
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 5)}, by(10)), as_path("5 ? 10"));
}

TEST(AsPath, TellsNothingWithoutAConclusion) {
  auto unsure = by(10);
  unsure.confidence = Confidence::c;
  EXPECT_THAT(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 10)}, unsure), IsEmpty());
}

// 198.51.100.N in network N, as a hop at TTL N.
inference::HopView router(int ttl, int number, std::uint32_t operator_asn, bool own = false) {
  auto view = hop(ttl, operator_asn, own);
  view.address = ip("198.51.100." + std::to_string(number));
  return view;
}

RouterPath routers(std::uint32_t vantage, const std::vector<inference::HopView>& hops, std::uint32_t upstream) {
  return router_path_of({.vantage = Asn{vantage}, .target = Asn{64500}, .destination = ip("203.0.113.1"), .hops = hops},
                        by(upstream));
}

inference::HopView destination(int ttl) {
  auto view = hop(ttl, 64500, true);
  view.address = ip("203.0.113.1");
  return view;
}

std::vector<std::string> shown(const RouterPath& path) {
  std::vector<std::string> words;
  if (path.open_start) words.emplace_back("?");
  for (const RouterStep& step : path.steps) {
    if (step.gap) words.emplace_back("?");
    words.push_back(to_string(step.address).substr(11) + "/" + to_string(step.asn));
  }
  if (path.open_end) words.emplace_back("?");
  return words;
}

using ::testing::ElementsAre;

TEST(RouterPath, StartsBehindTheVantagePointsNetworkAndHasTheTargetsOwnRouters) {
  const std::vector hops{router(1, 1, 1),  router(2, 2, 1),           router(3, 3, 5),
                         router(4, 4, 10), router(5, 5, 64500, true), destination(6)};
  EXPECT_THAT(shown(routers(1, hops, 10)), ElementsAre("3/5", "4/10", "5/64500"));
  EXPECT_THAT(shown(routers(0, hops, 10)), ElementsAre("3/5", "4/10", "5/64500"));
}

TEST(RouterPath, ANeighbourOfTheTargetKeepsItsOwnRouters) {
  const std::vector hops{router(1, 1, 10), router(2, 2, 10), destination(3)};
  EXPECT_THAT(shown(routers(10, hops, 10)), ElementsAre("1/10", "2/10"));
}

TEST(RouterPath, SilenceIsNoRouterButIsKept) {
  EXPECT_THAT(shown(routers(1, {router(1, 1, 1), router(3, 3, 5), router(5, 5, 10), destination(9)}, 10)),
              ElementsAre("?", "3/5", "?", "5/10", "?"));
}

TEST(RouterPath, ThatDoesNotArriveIsOpenAtItsEnd) {
  EXPECT_THAT(shown(routers(1, {router(1, 1, 1), router(2, 2, 10)}, 10)), ElementsAre("2/10", "?"));
}

TEST(RouterPath, PrivateAddressesNameNobody) {
  auto inside = router(3, 3, 0);
  inside.place = "private";
  EXPECT_THAT(shown(routers(1, {router(1, 1, 1), router(2, 2, 5), inside, router(4, 4, 10), destination(5)}, 10)),
              ElementsAre("2/5", "?", "4/10"));
}

TEST(RouterPath, AnAddressThatNoDataMapsIsARouterAllTheSame) {
  EXPECT_THAT(shown(routers(1, {router(1, 1, 1), router(2, 2, 5), router(3, 3, 0), destination(4)}, 5)),
              ElementsAre("2/5", "3/0"));
}

TEST(RouterPath, LoopsAreCutOut) {
  EXPECT_THAT(
      shown(routers(1, {router(1, 1, 1), router(2, 2, 5), router(3, 3, 5), router(4, 2, 5), destination(5)}, 5)),
      ElementsAre("2/5"));
}

TEST(Way, WithoutAConclusionIsAVantageAsThatLooked) {
  auto unsure = by(10);
  unsure.confidence = Confidence::c;
  const std::vector hops{router(1, 1, 1), router(2, 2, 10)};
  const WayDraft open = way_of({.vantage = {}, .target = Asn{64500}, .destination = {}, .hops = hops}, unsure, Asn{77});
  EXPECT_THAT(open.ases, IsEmpty());
  EXPECT_EQ(open.vantage, Asn{77});
  EXPECT_THAT(open.routers.steps, IsEmpty());
}

TEST(WayTable, WhatIsPackedIsTheSameAsBefore) {
  WayTable table;
  for (const char* text : {"", "10.1", "? 10.1 ? 10.2 20.1 ?", "20.1 10.2", "10.1 ?"}) {
    const WayDraft draft = way(1, "10 20", text);
    const auto packed = table.intern(draft);
    EXPECT_EQ(packed->routers.unpack(), draft.routers) << text;
    EXPECT_EQ(packed->routers.size(), draft.routers.steps.size()) << text;
    EXPECT_EQ(packed->ases(), draft.ases) << text;
  }
  EXPECT_NE(table.intern(way(1, "10 20", "10.1")), table.intern(way(1, "10 20", "10.1 ?")));
  const auto open = table.intern(way(1, ""));
  EXPECT_FALSE(open->known());
  EXPECT_THAT(open->ases(), IsEmpty());
}

TEST(WayTable, EqualWaysAreOneAndForgottenOnesMakeRoom) {
  WayTable table;
  const auto first = table.intern(way(1, "5 10"));
  EXPECT_EQ(table.intern(way(1, "5 10")), first);
  EXPECT_NE(table.intern(way(2, "5 10")), first);
  EXPECT_NE(table.intern(way(1, "5 ? 10")), first);
  for (std::uint32_t vantage = 10; vantage < 2010; ++vantage) table.intern(way(vantage, "5 10"));
  table.tidy();
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.intern(way(1, "5 10")), first);
}

}  // namespace
}  // namespace isthmus::resilience
