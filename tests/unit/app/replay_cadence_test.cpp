#include "app/replay_cadence.hpp"

#include <gtest/gtest.h>

#include "unit/app/replay_fixture.hpp"

namespace isthmus::app {
namespace {

using std::chrono::seconds;

TEST(ReplayCadence, IsTheTimeBetweenRounds) {
  CadenceEstimator cadence;
  for (int round = 0; round < 5; ++round) {
    cadence.add(ping(240.0 * round + round % 2));
    cadence.add(trace(900.0 * round, static_cast<std::uint16_t>(round)));
  }
  EXPECT_EQ(cadence.ping_interval(), Duration(seconds(239)));  // Lower median of 239 and 241.
  EXPECT_EQ(cadence.trace_interval(), Duration(seconds(900)));
}

TEST(ReplayCadence, OfFlowsTracedTogetherIsTheTimeUntilTheirNextRound) {
  CadenceEstimator cadence;
  for (int round = 0; round < 4; ++round) {
    for (std::uint16_t flow = 0; flow < 6; ++flow) cadence.add(trace(60.0 * round + 0.015 * flow, flow));
  }
  EXPECT_EQ(cadence.trace_interval(), Duration(seconds(60)));
}

TEST(ReplayCadence, IsThatOfMostStreams) {
  CadenceEstimator cadence;
  for (int round = 0; round < 9; ++round) {
    for (const char* vantage : {"a", "b", "c"}) cadence.add(ping(240.0 * round, vantage));
    cadence.add(ping(30.0 * round, "eager"));
  }
  EXPECT_EQ(cadence.ping_interval(), Duration(seconds(240)));
}

TEST(ReplayCadence, DoesNotMindOrderOrMissingRounds) {
  CadenceEstimator cadence;
  for (const int round : {9, 1, 0, 5, 2, 8, 6}) cadence.add(ping(240.0 * round));
  EXPECT_EQ(cadence.ping_interval(), Duration(seconds(240)));
}

TEST(ReplayCadence, IsUnknownWithoutRounds) {
  CadenceEstimator cadence;
  EXPECT_EQ(cadence.ping_interval(), std::nullopt);
  cadence.add(ping(0));
  cadence.add(ping(240));
  EXPECT_EQ(cadence.ping_interval(), std::nullopt);
  EXPECT_EQ(cadence.trace_interval(), std::nullopt);
}

}  // namespace
}  // namespace isthmus::app
