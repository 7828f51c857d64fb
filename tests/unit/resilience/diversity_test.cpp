#include "resilience/diversity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "1 2 ? 3": a question mark stands for hops that nobody can name.
AsPath path(const std::string& text) {
  AsPath result;
  std::istringstream words(text);
  bool gap = false;
  for (std::string word; words >> word;) {
    if (word == "?") {
      gap = true;
      continue;
    }
    result.push_back({Asn{static_cast<std::uint32_t>(std::stoul(word))}, gap});
    gap = false;
  }
  return result;
}

std::vector<AsPath> paths(std::initializer_list<const char*> texts) {
  std::vector<AsPath> result;
  for (const char* text : texts) result.push_back(path(text));
  return result;
}

std::uint32_t cut(std::initializer_list<const char*> texts) { return measure_diversity(paths(texts)).min_cut; }
std::vector<Asn> chokepoints(std::initializer_list<const char*> texts) {
  return measure_diversity(paths(texts)).chokepoints;
}

TEST(Diversity, WithoutPathsNothingIsKnown) {
  EXPECT_EQ(cut({}), 0u);
  EXPECT_EQ(cut({"", ""}), 0u);
  EXPECT_THAT(chokepoints({}), IsEmpty());
}

TEST(Diversity, OneProviderIsOneBridge) {
  EXPECT_EQ(cut({"10", "10"}), 1u);
  EXPECT_THAT(chokepoints({"10", "10"}), ElementsAre(Asn{10}));
}

TEST(Diversity, TwoProvidersAreTwoBridges) {
  EXPECT_EQ(cut({"10", "20"}), 2u);
  EXPECT_THAT(chokepoints({"10", "20"}), IsEmpty());
}

TEST(Diversity, TwoProvidersBehindOneCarrierAreOneBridge) {
  EXPECT_EQ(cut({"99 10", "99 20"}), 1u);
  EXPECT_THAT(chokepoints({"99 10", "99 20"}), ElementsAre(Asn{99}));
}

TEST(Diversity, WhatIsNearerToTheBlockIsNamedFirst) {
  EXPECT_THAT(chokepoints({"5 99 10", "6 99 10"}), ElementsAre(Asn{10}, Asn{99}));
}

TEST(Diversity, EdgesOfDifferentPathsAreOneGraph) {
  // Cutting 1 leaves 2-3-5; cutting 3 leaves 1-4.
  EXPECT_EQ(cut({"1 3 5", "2 3 5", "1 4"}), 2u);
}

TEST(Diversity, AWayAroundThatNobodySawIsNone) {
  // 1 -> 2 of the first and 2 -> 6 of the second would pass 3 by.
  EXPECT_EQ(cut({"1 2 3 4", "5 3 2 6", "7 3 8"}), 1u);
  EXPECT_THAT(chokepoints({"1 2 3 4", "5 3 2 6", "7 3 8"}), ElementsAre(Asn{3}));
}

TEST(Diversity, SeveralCarriersIntoTwoUpstreamsAreTwo) {
  EXPECT_EQ(cut({"1 10", "2 10", "3 20", "4 20", "1 20", "3 10"}), 2u);
}

TEST(Diversity, AGapJoinsItsSidesWhenNothingElseDoes) {
  EXPECT_EQ(cut({"1 ? 10", "2 20"}), 2u);
  EXPECT_EQ(cut({"1 ? 10", "1 ? 20"}), 1u);
}

TEST(Diversity, AGapIsNoLinkWhereTheWayBetweenWasSeenElsewhere) {
  // Were it a link, 5 could be passed by; it is what one of the paths did not show.
  EXPECT_EQ(cut({"1 5 10", "1 5 20", "2 5 10", "2 5 20", "2 ? 20"}), 1u);
}

TEST(Diversity, TheCacheGivesTheSameAnswerInAnyOrder) {
  DiversityCache cache;
  EXPECT_EQ(cache.of(paths({"99 10", "99 20", "99 10"})).min_cut, 1u);
  EXPECT_EQ(cache.of(paths({"99 20", "99 10", ""})).min_cut, 1u);
  EXPECT_THAT(cache.of(paths({"99 20", "99 10"})).chokepoints, ElementsAre(Asn{99}));
  EXPECT_EQ(cache.of({}).min_cut, 0u);
}

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
  EXPECT_EQ(as_path_of(Asn{1}, hops, by(10)), path("5 10"));
}

TEST(AsPath, ADirectNeighbourIsItsOwnUpstream) {
  const std::vector hops{hop(1, 10), hop(2, 10), hop(3, 64500, true)};
  EXPECT_EQ(as_path_of(Asn{10}, hops, by(10)), path("10"));
  EXPECT_EQ(as_path_of(Asn{}, hops, by(10)), path("10"));
}

TEST(AsPath, WithoutAnAsTheFirstNetworkIsTheVantagePointsOwn) {
  const std::vector hops{hop(1, 1), hop(2, 5), hop(3, 10)};
  EXPECT_EQ(as_path_of(Asn{}, hops, by(10)), path("5 10"));
}

TEST(AsPath, SilenceBetweenTwoNetworksIsAGapAndWithinOneIsNone) {
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 5), hop(4, 10)}, by(10)), path("5 ? 10"));
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 5), hop(4, 5), hop(5, 10)}, by(10)), path("5 10"));
}

TEST(AsPath, ARouterThatNobodyKnowsIsAGapAndAPrivateAddressIsNone) {
  auto unknown = hop(3, 0);
  unknown.place = "unmapped";
  auto inside = hop(3, 0);
  inside.place = "private";
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 5), unknown, hop(4, 10)}, by(10)), path("5 ? 10"));
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 5), inside, hop(4, 10)}, by(10)), path("5 10"));
}

TEST(AsPath, LoopsAreCutOut) {
  const std::vector hops{hop(1, 1), hop(2, 5), hop(3, 6), hop(4, 5), hop(5, 10)};
  EXPECT_EQ(as_path_of(Asn{1}, hops, by(10)), path("5 10"));
}

TEST(AsPath, EndsWithTheUpstreamThatWasConcluded) {
  // The border answered from another provider's space.
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 10), hop(3, 20)}, by(10)), path("10"));
  // The upstream stayed hidden.
  EXPECT_EQ(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 5)}, by(10)), path("5 ? 10"));
}

TEST(AsPath, TellsNothingWithoutAConclusion) {
  auto unsure = by(10);
  unsure.confidence = Confidence::c;
  EXPECT_THAT(as_path_of(Asn{1}, std::vector{hop(1, 1), hop(2, 10)}, unsure), IsEmpty());
}

}  // namespace
}  // namespace isthmus::resilience
