// Some vantage points, or some blocks, and not the others: when is that a partial outage, and when one under way?

#include <gmock/gmock.h>

#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CorePartialTest : public CoreTest {
 protected:
  CorePartialTest() {
    start(settings(4, 2));
    rounds(6, {0, 0, 0, 0}, 2);
  }
  // Each vantage point looks at its own moment of a round; `lost[b]` of the vantage points no longer see block b.
  void staggered_round(const std::vector<std::size_t>& lost) {
    for (std::size_t v = 0; v < 4; ++v) {
      for (std::uint32_t b = 0; b < lost.size(); ++b) ping(v, "example", host(b), v >= lost[b]);
      control(v);
      core_->handle_tick(now_);
      now_ += kInterval / 4;
    }
  }
};

TEST_F(CorePartialTest, IsToldWithinTwoRoundsWhenThoseWhoSeeProveIt) {
  staggered_round({2, 2});
  EXPECT_THAT(kinds(), IsEmpty());
  staggered_round({2, 2});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::target_partial));
}

TEST_F(CorePartialTest, IsNotAnOutageThatReachesTheBlocksOneByOne) {
  staggered_round({4, 0});
  // The last answers of the second block are older than the misses of the first.
  staggered_round({4, 4});
  staggered_round({4, 4});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::block_down, EventKind::target_down));
}

TEST_F(CorePartialTest, IsWaitedForWhenBlocksComeBackOneByOne) {
  for (int i = 0; i < 4; ++i) staggered_round({4, 4});
  events();
  staggered_round({0, 4});
  staggered_round({0, 4});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_up));
  staggered_round({0, 0});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_up, EventKind::target_up));
}

TEST_F(CorePartialTest, DoesNotEndWhileAWitnessIsOnlySuspended) {
  for (int i = 0; i < 2; ++i) staggered_round({2, 2});
  ASSERT_EQ(view().blocks.at(0).state, State::degraded);
  control(0, false);
  EXPECT_EQ(view().blocks.at(0).state, State::degraded);
  control(0);
  EXPECT_EQ(view().blocks.at(0).state, State::degraded);
}

TEST_F(CorePartialTest, IsToldAfterThreeRoundsAtTheLatest) {
  for (int i = 0; i < 4; ++i) staggered_round({4, 4});
  events();
  for (int i = 0; i < 5; ++i) staggered_round({0, 4});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_up, EventKind::target_partial));
}

// RIPE Atlas sends three packets, a second apart.
TEST_F(CoreTest, TheLossOfOnePacketOfAControlIsNotTheLossOfTheControl) {
  rounds(3, {0, 0, 0});
  PingSeries series{.vantage = vantage(0), .target = {}, .source = {}, .address = ip("192.0.2.1"), .outcomes = {}};
  for (const bool answered : {true, true, false}) {
    Outcome outcome = TimedOut{};
    if (answered) outcome = reply(series.address, ReplyKind::echo_reply);
    series.outcomes.push_back({.sent = now_, .outcome = outcome});
    now_ += std::chrono::seconds(1);
  }
  core_->handle_observation(series, now_);
  EXPECT_EQ(core_->snapshot(now_).vantages.at(0).controls_answering, 1U);
}

}  // namespace
}  // namespace isthmus::resilience
