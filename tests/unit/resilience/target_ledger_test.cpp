#include "resilience/target_ledger.hpp"

#include <gtest/gtest.h>

namespace isthmus::resilience {
namespace {

constexpr Asn kUnicom{4837};
constexpr Asn kTtk{20485};

Timestamp second(int number) { return Timestamp(std::chrono::seconds(number)); }

BlockView block(std::initializer_list<std::pair<Asn, State>> upstreams, int seen = 1) {
  BlockView view;
  for (const auto& [asn, state] : upstreams) {
    UpstreamView& upstream = view.upstreams.emplace_back();
    upstream.asn = asn;
    upstream.state = state;
    upstream.first_seen = upstream.last_seen = second(seen);
  }
  return view;
}

ShareTally carried_by(Asn upstream) {
  ShareTally tally;
  tally.count(Asn{680}, upstream, {kUnit, kUnit, kUnit});
  tally.count_unit(Asn{680}, upstream, Confidence::a);
  return tally;
}

TEST(TargetLedger, AnUpstreamLostInSomeBlocksIsDegraded) {
  TargetLedger ledger;
  ledger.add_block(block({{kTtk, State::up}}), carried_by(kTtk));
  EXPECT_EQ(ledger.upstreams().at(0).state, State::up);
  ledger.add_block(block({{kTtk, State::down}, {kUnicom, State::up}}), carried_by(kUnicom));
  ASSERT_EQ(ledger.upstreams().size(), 2U);
  EXPECT_EQ(ledger.upstreams()[0].asn, kUnicom);
  EXPECT_EQ(ledger.upstreams()[1].state, State::degraded);
  ledger.replace_block(0, block({{kTtk, State::down}}), ShareTally{});
  EXPECT_EQ(ledger.upstreams()[1].state, State::down);
  EXPECT_EQ(ledger.upstreams()[1].units, 0U);
}

TEST(TargetLedger, ABlockOfWhichNobodyCanSayDoesNotCountBesideOthers) {
  TargetLedger ledger;
  ledger.add_block(block({{kTtk, State::unknown}}), ShareTally{});
  EXPECT_EQ(ledger.upstreams().at(0).state, State::unknown);
  ledger.add_block(block({{kTtk, State::up}}), carried_by(kTtk));
  EXPECT_EQ(ledger.upstreams().at(0).state, State::up);
}

TEST(TargetLedger, SharesFollowABlockThatMovesToAnotherUpstream) {
  TargetLedger ledger;
  EXPECT_DOUBLE_EQ(ledger.unknown_share(), 1);
  for (int i = 0; i < 4; ++i) ledger.add_block(block({{kTtk, State::up}}), carried_by(kTtk));
  EXPECT_DOUBLE_EQ(ledger.upstreams().at(0).vantage.estimate, 1);
  ledger.replace_block(2, block({{kTtk, State::down}, {kUnicom, State::up}}, 5), carried_by(kUnicom));
  EXPECT_DOUBLE_EQ(ledger.upstreams().at(0).vantage.estimate, 0.25);
  EXPECT_DOUBLE_EQ(ledger.upstreams().at(1).vantage.estimate, 0.75);
  EXPECT_NEAR(ledger.effective_upstreams(), 1.6, 1e-9);
  EXPECT_EQ(ledger.upstreams().at(1).first_seen, second(1));
  EXPECT_EQ(ledger.upstreams().at(1).last_seen, second(5));
  ledger.replace_block(2, block({{kTtk, State::down}}), carried_by(Asn{}));
  EXPECT_DOUBLE_EQ(ledger.unknown_share(), 0.25);
  EXPECT_EQ(ledger.upstreams().size(), 1U);
}

TEST(TargetLedger, BeliefsChangeNothingElse) {
  TargetLedger ledger;
  ledger.add_block(block({{kTtk, State::up}}), carried_by(kTtk));
  const SharedList<BlockView> before = ledger.blocks();
  ledger.replace_beliefs(0, {{State::down, 0.01}}, 0.01);
  EXPECT_EQ(ledger.blocks()[0].vantages.at(0).state, State::down);
  EXPECT_EQ(ledger.blocks()[0].upstreams.size(), 1U);
  EXPECT_TRUE(before[0].vantages.empty());
}

}  // namespace
}  // namespace isthmus::resilience
