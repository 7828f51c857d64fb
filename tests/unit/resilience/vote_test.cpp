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
  EXPECT_EQ(vote({.networks = 4, .downs = 1, .down_networks = 1, .suspended = 2}, State::up), State::up);
}

TEST(Vote, NobodyWhoCanSeeMeansUnknown) {
  EXPECT_EQ(vote({.networks = 4}, State::down), State::unknown);
  EXPECT_EQ(vote({.networks = 4, .suspended = 4}, State::up), State::up);
}

}  // namespace
}  // namespace isthmus::resilience
