#include "resilience/vote.hpp"

#include <gtest/gtest.h>

#include "resilience/interval.hpp"
#include "resilience/shares.hpp"

namespace isthmus::resilience {
namespace {

State vote(Ballot ballot, State before = State::up) { return count_votes(ballot, before); }

TEST(Vote, DownNeedsTwoThirdsFromTwoNetworks) {
  EXPECT_EQ(vote({.networks = 4, .downs = 4, .down_networks = 4}), State::down);
  EXPECT_EQ(vote({.networks = 4, .ups = 1, .downs = 3, .down_networks = 3}), State::down);
  EXPECT_EQ(vote({.networks = 4, .ups = 2, .downs = 2, .down_networks = 2}), State::degraded);
  EXPECT_EQ(vote({.networks = 4, .ups = 1, .downs = 1, .down_networks = 1}), State::degraded);
  EXPECT_EQ(vote({.networks = 2, .downs = 2, .down_networks = 2}), State::down);
}

TEST(Vote, VantagePointsOfOneNetworkAreOneWitness) {
  EXPECT_EQ(vote({.networks = 2, .downs = 3, .down_networks = 1}), State::degraded);
  EXPECT_EQ(vote({.networks = 1, .downs = 3, .down_networks = 1}), State::down);
}

TEST(Vote, UpIsTwoThirds) {
  EXPECT_EQ(vote({.networks = 4, .ups = 3, .downs = 1, .down_networks = 1}, State::down), State::up);
  EXPECT_EQ(vote({.networks = 3, .ups = 2, .downs = 1, .down_networks = 1}, State::down), State::up);
  EXPECT_EQ(vote({.networks = 4, .ups = 1}, State::down), State::up);
}

TEST(Vote, TheOnlyVantagePointThereIsMayDecide) {
  EXPECT_EQ(vote({.networks = 1, .downs = 1, .down_networks = 1}), State::down);
}

TEST(Vote, OneLonelyWitnessGoesOnWithAnOutageButBeginsNoneBeyondAPart) {
  EXPECT_EQ(vote({.networks = 4, .downs = 1, .down_networks = 1}, State::up), State::degraded);
  EXPECT_EQ(vote({.networks = 4, .downs = 1, .down_networks = 1}, State::down), State::down);
  EXPECT_EQ(vote({.networks = 4, .downs = 1, .down_networks = 1, .suspended = 2}, State::up), State::up);
}

TEST(Vote, NobodyWhoCanSeeMeansUnknown) {
  EXPECT_EQ(vote({.networks = 4}, State::down), State::unknown);
  EXPECT_EQ(vote({.networks = 4, .suspended = 4}, State::up), State::up);
}

TEST(Share, IntervalsAreWilsons) {
  const auto check = [](double units, double low, double high) {
    const ShareEstimate share = estimate_share(0.6 * units, 0, units);
    EXPECT_DOUBLE_EQ(share.estimate, 0.6);
    EXPECT_NEAR(share.low, low, 0.005) << units;
    EXPECT_NEAR(share.high, high, 0.005) << units;
  };
  check(10, 0.31, 0.83);
  check(100, 0.50, 0.69);
  check(400, 0.55, 0.65);
}

TEST(Share, TheUnknownIsNeverSpreadOverTheKnown) {
  const ShareEstimate share = estimate_share(3, 7, 10);
  EXPECT_DOUBLE_EQ(share.estimate, 0.3);
  EXPECT_DOUBLE_EQ(share.high, 1.0);
  EXPECT_LT(share.low, 0.3);
  const ShareEstimate nothing = estimate_share(0, 0, 0);
  EXPECT_DOUBLE_EQ(nothing.low, 0);
  EXPECT_DOUBLE_EQ(nothing.high, 1);
}

TEST(Share, EffectiveUpstreamsOfSixtyToForty) {
  Tally tally;
  EXPECT_DOUBLE_EQ(effective_upstreams(tally), 0);
  tally.carried = {{Asn{20485}, 0.6}, {Asn{4837}, 0.4}};
  EXPECT_NEAR(effective_upstreams(tally), 1.92, 0.01);
  tally.carried = {{Asn{4837}, 0.5}};
  tally.unknown = 0.5;
  EXPECT_DOUBLE_EQ(effective_upstreams(tally), 1);
}

}  // namespace
}  // namespace isthmus::resilience
