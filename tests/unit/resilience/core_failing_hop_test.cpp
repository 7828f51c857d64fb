// Where the paths of a dark block end, and which event shows it.

#include <gmock/gmock.h>

#include "unit/resilience/core_fate_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(CoreFateTest, TheEventShowsThePathBeforeAndNowAndWhereItEnds) {
  good_rounds(6);
  for (int i = 0; i < 4; ++i) silent_round(1);
  const auto told = events();
  ASSERT_EQ(told.size(), 2U);
  for (const Event& event : told) {
    ASSERT_GE(event.evidence.traces.size(), 2U);
    EXPECT_EQ(event.evidence.traces[0].stop, StopReason::reached);
    EXPECT_NE(event.evidence.traces[1].stop, StopReason::reached);
    EXPECT_LT(event.evidence.traces[0].started, event.evidence.traces[1].started);
    ASSERT_TRUE(event.evidence.failing);
    EXPECT_EQ(event.evidence.failing->ttl, 3);
    EXPECT_EQ(event.evidence.failing->last_answer, ip("203.0.113.2"));
    EXPECT_THAT(event.evidence.summary,
                ::testing::EndsWith(" From vp-0 the path ends behind 203.0.113.2 of AS64500 (Provider 0): hop 3, "
                                    "203.0.113.3 of AS64500 (Provider 0), is not reached."));
  }
}

TEST_F(CoreFateTest, APathThatEndsSomewhereSaysMoreThanOneOnWhichNobodyAnswers) {
  good_rounds(6);
  for (int i = 0; i < 4; ++i) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      ping(v, "example", host(0), false);
      deep_trace(v, 0, v == 0 ? 0 : 1, false, 0, v != 0);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  const auto told = events();
  ASSERT_EQ(told.size(), 2U);
  for (const Event& event : told) {
    ASSERT_TRUE(event.evidence.failing);
    EXPECT_EQ(event.evidence.failing->vantage, "vp-1");
    EXPECT_EQ(event.evidence.failing->ttl, 3);
    EXPECT_EQ(event.evidence.failing->last_answer, ip("203.0.113.2"));
  }
}

TEST_F(CoreFateTest, WhereThePathsOfADarkBlockEndStaysKnownAsLongAsItIsDark) {
  good_rounds(6);
  EXPECT_EQ(view().blocks.at(0).failing, nullptr);
  for (int i = 0; i < 8; ++i) silent_round(1);
  const TargetView dark = view();
  ASSERT_EQ(dark.blocks.at(0).state, State::down);
  ASSERT_NE(dark.blocks.at(0).failing, nullptr);
  EXPECT_EQ(dark.blocks.at(0).failing->ttl, 3);
  EXPECT_EQ(dark.blocks.at(0).failing->last_answer, ip("203.0.113.2"));
  good_rounds(2);
  EXPECT_EQ(view().blocks.at(0).failing, nullptr);
}

TEST_F(CoreFateTest, WhatAnswersAgainHasNoHopThatIsNotReached) {
  good_rounds(6);
  for (int i = 0; i < 4; ++i) silent_round(1);
  events();
  // Pings are answered before anybody has traced anew: the latest paths still end where the outage was.
  for (std::size_t v = 0; v < 3; ++v) {
    control(v);
    ping(v, "example", host(0), true);
  }
  core_->handle_tick(now_);
  const auto told = events();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].kind, EventKind::block_up);
  EXPECT_EQ(told[1].kind, EventKind::target_up);
  for (const Event& event : told) {
    ASSERT_GE(event.evidence.traces.size(), 2U);
    EXPECT_NE(event.evidence.traces[1].stop, StopReason::reached);
    EXPECT_FALSE(event.evidence.failing);
    EXPECT_THAT(event.evidence.summary, ::testing::Not(::testing::HasSubstr("not reached")));
  }
}

}  // namespace
}  // namespace isthmus::resilience
