// The judge: a tool that always knows scores everything, one that never answers nothing, and rules of thumb in between.

#include "support/internet/score.hpp"

#include <gtest/gtest.h>

#include "support/internet/data_set.hpp"
#include "support/internet/naive.hpp"
#include "support/internet/settings_fields.hpp"

namespace isthmus::testing::internet {
namespace {

Settings small(std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.vantages = 10;
  settings.target_blocks = 300;
  return settings;
}

TEST(Score, ATruthfulToolIsAlwaysRightAndASilentOneNeverDecides) {
  const Internet internet(small(1));
  const Campaign campaign = trace_all(internet, {.flows = 2});
  Score truthful(internet);
  Score silent(internet);
  for (const TruthOfTrace& truth : campaign.truth) {
    if (!truth.upstream.is_none()) truthful.add(truth, {.upstream = truth.upstream, .group = "A"});
    silent.add(truth, {});
  }
  EXPECT_EQ(truthful.all().accuracy(), 1.0);
  EXPECT_EQ(truthful.all().decided_share(), 1.0);
  EXPECT_EQ(truthful.by_group().at("A").total(), truthful.all().total());
  EXPECT_EQ(silent.all().decided(), 0U);
  EXPECT_EQ(silent.all().total(), truthful.all().total());
}

TEST(Score, NamingASiblingOfTheUpstreamIsWrongAndCounted) {
  const Internet internet(small(2));
  const auto& ases = internet.graph().ases;
  AsIndex child = 0;
  while (ases[child].organisation == child) ++child;
  TruthOfTrace truth;
  truth.upstream = internet.asn(child);
  Score score(internet);
  score.add(truth, {.upstream = internet.asn(ases[child].organisation)});
  EXPECT_EQ(score.all().wrong, 1U);
  EXPECT_EQ(score.all().sibling, 1U);
}

TEST(Score, AUnitIsRightWhenAllThatIsNamedCarriesSomeOfItsFlows) {
  const Internet internet(small(3));
  const Unit unit{.upstreams = {{Asn{1}, 3}, {Asn{2}, 1}}};
  Score score(internet);
  const Answer one{.upstream = Asn{1}};
  const Answer two{.upstream = Asn{2}};
  const Answer other{.upstream = Asn{3}};
  score.add(unit, std::vector{one});
  score.add(unit, std::vector{one, two});
  score.add(unit, std::vector{one, other});
  score.add(unit, std::vector{Answer{}});
  EXPECT_EQ(score.all().correct, 2U);
  EXPECT_EQ(score.all().wrong, 1U);
  EXPECT_EQ(score.all().undecided, 1U);
  EXPECT_EQ(score.missed_upstreams(), 2U);
}

TEST(Score, UnitsGatherTheFlowsOfABlockFromAVantagePoint) {
  const Internet internet(small(4));
  const CampaignSettings settings{.flows = 3};
  const Campaign campaign = trace_all(internet, settings);
  const auto units = units_of(campaign, settings);
  EXPECT_EQ(units.size(), 300U * 10);
  for (const Unit& unit : units) EXPECT_EQ(unit.traces.size(), 3U);
}

// Nothing goes wrong, nobody hides, and all links are numbered from the provider: the textbook's internet.
Settings textbook(std::uint64_t seed) {
  Settings settings = small(seed);
  visit_fields(settings, [](const std::string& name, auto& value) {
    const auto begins = [&](const char* prefix) { return name.starts_with(prefix); };
    const bool trouble = begins("addresses.") || begins("replies.") || begins("edge.") || begins("data.") ||
                         begins("changes.") || begins("graph.sibling") || begins("graph.transit_over") ||
                         begins("routers.mpls");
    if (trouble && name != "data.collector_feeds" && name != "addresses.slash31") value = 0;
  });
  return settings;
}

TEST(Score, InTheTextbooksInternetTheLastForeignAddressIsAlwaysRight) {
  const Internet internet(textbook(1));
  const DataSet set = make_data_set(internet);
  Score naive(internet);
  for_each_trace(internet, {.flows = 2}, [&](Trace&& trace, TruthOfTrace&& truth) {
    naive.add(truth, {.upstream = naive_upstream(trace, internet.targets()[truth.target].asn, *set.data)});
  });
  EXPECT_EQ(naive.all().wrong, 0U);
  EXPECT_EQ(naive.all().undecided, 0U);
  EXPECT_GT(naive.all().correct, 5000U);
}

TEST(Score, TheLastForeignAddressIsMostlyRightAndFarFromAlways) {
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Internet internet(small(seed));
    const DataSet set = make_data_set(internet);
    Score naive(internet);
    for_each_trace(internet, {.flows = 1}, [&](Trace&& trace, TruthOfTrace&& truth) {
      naive.add(truth, {.upstream = naive_upstream(trace, internet.targets()[truth.target].asn, *set.data)});
    });
    sum += naive.all().accuracy();
  }
  EXPECT_GT(sum / 3, 0.65);
  EXPECT_LT(sum / 3, 0.90);
}

}  // namespace
}  // namespace isthmus::testing::internet
