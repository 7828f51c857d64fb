#include "resilience/vote.hpp"

#include <gtest/gtest.h>

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
  EXPECT_EQ(
      vote({.networks = 4, .downs = 1, .down_networks = 1, .suspended_ups = 2, .all_down_networks = 1}, State::up),
      State::up);
}

TEST(Vote, WaitsForTheSuspendedWhereTheirLastWordMatters) {
  const Ballot nearly_down{.networks = 10, .ups = 3, .downs = 6, .down_networks = 6, .suspended_ups = 1};
  EXPECT_EQ(vote(nearly_down, State::degraded), State::degraded);
  const Ballot nearly_up{.networks = 10, .ups = 6, .downs = 3, .down_networks = 3, .suspended_downs = 1};
  EXPECT_EQ(vote(nearly_up, State::degraded), State::degraded);
  const Ballot surely_down{
      .networks = 10, .ups = 2, .downs = 6, .down_networks = 6, .suspended_ups = 1, .all_down_networks = 6};
  EXPECT_EQ(vote(surely_down, State::degraded), State::down);
}

TEST(Vote, NobodyWhoCanSeeMeansUnknown) {
  EXPECT_EQ(vote({.networks = 4}, State::down), State::unknown);
  EXPECT_EQ(vote({.networks = 4, .suspended_ups = 4}, State::up), State::up);
}

}  // namespace
}  // namespace isthmus::resilience
