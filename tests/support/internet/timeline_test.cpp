// Over a day links fail and recover and new upstreams appear; traces follow, and the truth says so.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support/internet/campaign.hpp"

namespace isthmus::testing::internet {
namespace {

using std::chrono::hours;

Settings lively(std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.vantages = 8;
  settings.target_blocks = 300;
  settings.changes.fails = 0.2;
  settings.changes.appears = 0.1;
  return settings;
}

TEST(Timeline, NothingHasFailedAtTheBeginningAndWhatIsNewIsNotThereYet) {
  const Internet internet(lively(1));
  const auto begin = internet.settings().changes.begin;
  std::set<std::uint32_t> new_ones;
  for (const Change& change : internet.timeline().changes()) {
    EXPECT_GT(change.time, begin);
    if (change.is_new) new_ones.insert(change.adjacency);
  }
  const Outages outages = internet.timeline().outages_at(begin);
  for (std::uint32_t i = 0; i < outages.size(); ++i) EXPECT_EQ(outages[i], new_ones.contains(i));
  EXPECT_GT(new_ones.size(), 50U);
}

TEST(Timeline, EveryFailureIsRepaired) {
  const Internet internet(lively(2));
  const auto& changes = internet.timeline().changes();
  EXPECT_TRUE(std::ranges::is_sorted(changes, {}, &Change::time));
  std::map<std::uint32_t, int> down;
  for (const Change& change : changes) {
    if (change.is_new) continue;
    down[change.adjacency] += change.up ? -1 : 1;
    EXPECT_TRUE(down[change.adjacency] == 0 || down[change.adjacency] == 1);
  }
  EXPECT_GT(down.size(), 100U);
  for (const auto& entry : down) EXPECT_EQ(entry.second, 0);
  const Outages late = internet.timeline().outages_at(internet.settings().changes.begin + hours(48));
  EXPECT_EQ(std::ranges::count(late, true), 0);
}

TEST(Timeline, NewUpstreamsCarryTrafficWhenTheyAppearAndNotBefore) {
  const Internet internet(lively(3));
  const auto begin = internet.settings().changes.begin;
  CampaignSettings settings{.flows = 1};
  settings.rounds = {begin, begin + hours(48)};
  std::map<std::uint32_t, std::set<Asn>> before;
  std::map<std::uint32_t, std::set<Asn>> after;
  for_each_trace(internet, settings, [&](Trace&& trace, TruthOfTrace&& truth) {
    auto& seen = trace.started < begin + hours(24) ? before : after;
    if (!truth.upstream.is_none()) seen[truth.target].insert(truth.upstream);
  });
  std::size_t appeared = 0;
  for (const Change& change : internet.timeline().changes()) {
    if (!change.is_new) continue;
    const Adjacency& adjacency = internet.graph().adjacencies[change.adjacency];
    for (std::uint32_t t = 0; t < internet.targets().size(); ++t) {
      if (internet.targets()[t].as != adjacency.b) continue;
      EXPECT_FALSE(before[t].contains(internet.asn(adjacency.a)));
      appeared += after[t].contains(internet.asn(adjacency.a)) ? 1 : 0;
    }
  }
  EXPECT_GT(appeared, 5U);
}

TEST(Timeline, TracesGoRoundAFailedLinkOrDieWhereThereIsNoOther) {
  Settings settings = lively(4);
  settings.changes.fails = 1;
  const Internet internet(settings);
  const auto noon = internet.settings().changes.begin + hours(12);
  const Outages outages = internet.timeline().outages_at(noon);
  std::map<std::uint32_t, AsIndex> index;
  for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) index[internet.asn(as).number] = as;
  CampaignSettings campaign{.flows = 1};
  campaign.rounds = {noon};
  std::size_t dead = 0;
  for_each_trace(internet, campaign, [&](Trace&&, TruthOfTrace&& truth) {
    for (std::size_t i = 0; i + 1 < truth.as_path.size(); ++i) {
      const std::uint32_t adjacency =
          internet.graph().adjacency_between(index.at(truth.as_path[i].number), index.at(truth.as_path[i + 1].number));
      EXPECT_FALSE(outages[adjacency]) << "goes over a link that is down";
    }
    dead += truth.arrives ? 0 : 1;
    EXPECT_TRUE(truth.arrives || truth.upstream.is_none());
  });
  EXPECT_GT(dead, 10U);
  EXPECT_LT(dead, 300U * 8 / 5);
}

}  // namespace
}  // namespace isthmus::testing::internet
