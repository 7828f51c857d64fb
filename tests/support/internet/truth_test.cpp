// What the simulator says is true agrees with the routers that the probes passed, and the same seed says the same.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "support/internet/campaign.hpp"

namespace isthmus::testing::internet {
namespace {

Settings small(std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.vantages = 10;
  settings.target_blocks = 200;
  return settings;
}

std::uint64_t fingerprint(const Settings& settings) {
  const Internet internet(settings);
  std::uint64_t hash = 0;
  for_each_trace(internet, {.flows = 2}, [&](Trace&& trace, TruthOfTrace&& truth) {
    for (const Hop& hop : trace.hops) {
      const Reply* reply = hop.answer();
      hash = hash_of(hash, hop.outcomes.size(), reply == nullptr ? 0U : reply->from.v4_value());
      if (reply != nullptr) hash = hash_of(hash, reply->rtt.count(), reply->ttl, reply->icmp_type, reply->mpls.size());
    }
    for (const Asn asn : truth.as_path) hash = hash_of(hash, asn.number);
    hash = hash_of(hash, truth.upstream.number);
  });
  return hash;
}

TEST(Truth, TheSameSeedGivesTheSameInternetOnEveryMachine) {
  EXPECT_EQ(fingerprint(small(1)), fingerprint(small(1)));
  EXPECT_NE(fingerprint(small(1)), fingerprint(small(2)));
  // Differs only when what is simulated was changed on purpose; then write down what it has become.
  EXPECT_EQ(fingerprint(small(1)), 15150581511520943108U);
}

TEST(Truth, TheAsPathIsWhatTheRoutersOnTheWayBelongTo) {
  const Internet internet(small(3));
  for_each_trace(internet, {.flows = 2}, [&](Trace&& trace, TruthOfTrace&& truth) {
    std::vector<Asn> path;
    for (const RouterId router : truth.routers) {
      const Asn asn = internet.asn(internet.topology().routers()[router].as);
      if (path.empty() || path.back() != asn) path.push_back(asn);
    }
    EXPECT_EQ(path, truth.as_path);
    EXPECT_EQ(truth.as_path.front(), internet.asn(internet.vantages()[truth.vantage].as));
    ASSERT_EQ(truth.hop_operator.size(), trace.hops.size());
    for (std::size_t i = 0; i < trace.hops.size(); ++i) {
      if (trace.hops[i].answer() == nullptr) continue;
      const bool on_the_way = std::ranges::find(truth.as_path, truth.hop_operator[i]) != truth.as_path.end();
      EXPECT_TRUE(on_the_way);
    }
  });
}

TEST(Truth, TheUpstreamIsTheLastAsThatIsNotOfTheTargetsOrganisation) {
  const Internet internet(small(4));
  std::map<std::uint32_t, AsIndex> index;
  for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) index[internet.asn(as).number] = as;
  std::size_t behind_sibling = 0;
  for_each_trace(internet, {.flows = 1}, [&](Trace&&, TruthOfTrace&& truth) {
    const Target& target = internet.targets()[truth.target];
    const auto is_own = [&](Asn asn) { return internet.same_organisation(index.at(asn.number), target.as); };
    ASSERT_TRUE(is_own(truth.as_path.back()));
    if (truth.upstream.is_none()) {
      EXPECT_TRUE(std::ranges::all_of(truth.as_path, is_own));
      return;
    }
    EXPECT_FALSE(is_own(truth.upstream));
    const auto at = std::ranges::find(truth.as_path, truth.upstream);
    ASSERT_NE(at, truth.as_path.end());
    EXPECT_TRUE(std::all_of(at + 1, truth.as_path.end(), is_own));
    behind_sibling += std::distance(at, truth.as_path.end()) > 2 ? 1 : 0;
  });
  EXPECT_GT(behind_sibling, 0U) << "no target was reached through a sibling";
}

TEST(Truth, EveryTraceEndsForAReasonThatItShows) {
  const Internet internet(small(5));
  std::map<StopReason, std::size_t> stops;
  for_each_trace(internet, {.flows = 2}, [&](Trace&& trace, TruthOfTrace&&) {
    ++stops[trace.stop];
    ASSERT_FALSE(trace.hops.empty());
    EXPECT_LE(trace.hops.size(), 32U);
    for (std::size_t i = 0; i < trace.hops.size(); ++i) {
      EXPECT_EQ(trace.hops[i].ttl, i + 1);
      EXPECT_FALSE(trace.hops[i].outcomes.empty());
    }
    const Reply* last = trace.hops.back().answer();
    EXPECT_TRUE(trace.stop != StopReason::gap_limit || last == nullptr);
    EXPECT_TRUE(trace.stop != StopReason::max_ttl || trace.hops.size() == 32);
    EXPECT_TRUE(trace.stop != StopReason::reached || last->kind != ReplyKind::time_exceeded);
    EXPECT_TRUE(trace.stop != StopReason::unreachable || last->kind == ReplyKind::unreachable);
    EXPECT_GE(trace.ended, trace.started);
  });
  for (const StopReason stop :
       {StopReason::reached, StopReason::unreachable, StopReason::gap_limit, StopReason::loop}) {
    EXPECT_GT(stops[stop], 0U) << to_string(stop);
  }
}

}  // namespace
}  // namespace isthmus::testing::internet
