#include <gmock/gmock.h>

#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::IsEmpty;

// What must not matter is told to a core that holds a calm picture; the picture must stay as it is.
class CoreIntakeTest : public CoreTest {
 protected:
  CoreIntakeTest() {
    rounds(6, {0, 0, 0});
    static_cast<void>(events());
    calm_ = core_->baseline();
  }
  std::uint64_t rejected(Rejection reason) const { return core_->rejected()[static_cast<std::size_t>(reason)]; }
  PingSeries lost(std::size_t v, Timestamp sent) const {
    return {.vantage = vantage(v),
            .target = "example",
            .source = {},
            .address = host(0),
            .outcomes = {{.sent = sent, .outcome = TimedOut{}}}};
  }
  PingSeries answered(Duration rtt) const {
    PingSeries series = lost(0, now_);
    Reply back = reply(host(0), ReplyKind::echo_reply);
    back.rtt = rtt;
    series.outcomes[0].outcome = back;
    return series;
  }
  Trace dead_trace(std::size_t v, Timestamp started, Timestamp ended) const {
    Trace trace;
    trace.vantage = vantage(v);
    trace.target = "example";
    trace.destination = host(0);
    trace.started = started;
    trace.ended = ended;
    trace.hops = {{.ttl = 1, .outcomes = {TimedOut{}}}};
    return trace;
  }
  void expect_calm() {
    EXPECT_THAT(kinds(), IsEmpty());
    EXPECT_EQ(core_->baseline(), calm_);
  }
  Baseline calm_;
};

TEST_F(CoreIntakeTest, StrangersAreCounted) {
  ping(9, "example", host(0), false);
  ping(0, "nobody", host(0), false);
  ping(0, "example", ip("203.0.113.9"), false);
  ping(0, "", ip("203.0.113.9"), false);
  trace(9, 0, 1);
  EXPECT_EQ(rejected(Rejection::unknown_vantage), 2U);
  EXPECT_EQ(rejected(Rejection::unknown_target), 3U);
  expect_calm();
}

TEST_F(CoreIntakeTest, MissesOfYesterdayAreNoOutageOfToday) {
  for (std::size_t v = 0; v < 3; ++v) {
    for (int i = 0; i < 10; ++i) core_->handle_observation(lost(v, now_ - std::chrono::hours(24 - i)), now_);
    core_->handle_observation(dead_trace(v, now_ - std::chrono::hours(2), now_ - std::chrono::hours(1)), now_);
  }
  EXPECT_EQ(rejected(Rejection::late), 33U);
  expect_calm();
}

TEST_F(CoreIntakeTest, WhatComesTooLateIsHistoryAndNothingElse) {
  const Timestamp then = now_ - std::chrono::hours(24);
  core_->handle_observation(lost(0, then), now_);
  PingSeries late = answered(std::chrono::milliseconds(20));
  late.outcomes[0].sent = then + std::chrono::seconds(10);
  core_->handle_observation(late, now_);
  late.outcomes[0].outcome = SendFailed{101};
  core_->handle_observation(late, now_);
  core_->handle_observation(dead_trace(1, then, then + std::chrono::seconds(2)), now_);
  Trace control = dead_trace(1, then, then + std::chrono::seconds(2));
  control.destination = ip("203.0.113.9");
  core_->handle_observation(control, now_);
  EXPECT_EQ(rejected(Rejection::late), 5U);
  const auto day = std::chrono::floor<std::chrono::days>(then);
  EXPECT_EQ(core_->poll_late(), (std::vector<LateTally>{{day, "example", Block::of(host(0)), vantage(0), 2, 1, 0, 0},
                                                        {day, "example", Block::of(host(0)), vantage(1), 0, 0, 1, 0}}));
  EXPECT_THAT(core_->poll_late(), IsEmpty()) << "told once";
  expect_calm();
}

TEST_F(CoreIntakeTest, NobodyCanHaveSeenTheFuture) {
  for (std::size_t v = 0; v < 3; ++v) {
    for (int i = 0; i < 10; ++i) core_->handle_observation(lost(v, now_ + std::chrono::minutes(1 + i)), now_);
  }
  EXPECT_EQ(rejected(Rejection::future), 30U);
  expect_calm();
}

TEST_F(CoreIntakeTest, NoPingOfASeriesIsOfAnotherTime) {
  PingSeries series = answered(std::chrono::milliseconds(20));
  series.outcomes.insert(series.outcomes.begin(), series.outcomes.front());
  series.outcomes.front().sent = now_ + std::chrono::years(10);
  core_->handle_observation(series, now_);
  series.outcomes.front().sent = now_ - std::chrono::hours(2);
  core_->handle_observation(series, now_);
  Trace trace = dead_trace(0, now_ - std::chrono::seconds(2), now_);
  trace.hops.push_back({.ttl = 1, .outcomes = {TimedOut{}}, .measured = now_ + std::chrono::seconds(1)});
  core_->handle_observation(trace, now_);
  EXPECT_EQ(rejected(Rejection::impossible), 3U);
  expect_calm();
}

TEST_F(CoreIntakeTest, AVantagePointWhoseClockIsWrongIsBlindAndSaysWhy) {
  for (int i = 0; i < 6; ++i) {
    for (const std::size_t v : {1U, 2U}) {
      control(v);
      ping(v, "example", host(0), true);
    }
    core_->handle_observation(lost(0, now_ + std::chrono::seconds(37)), now_);
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  const VantageView wrong = core_->snapshot(now_).vantages.at(0);
  EXPECT_EQ(wrong.state, VantageState::invalid);
  EXPECT_EQ(wrong.reason, "its observations are 37s ahead of the core's clock");
  EXPECT_EQ(view().state, State::up);
}

TEST_F(CoreIntakeTest, OneLossToldTwiceIsOneLoss) {
  const PingSeries one = lost(0, now_);
  control(0);
  core_->handle_observation(one, now_);
  const double once = view().blocks.at(0).vantages.at(0).probability;
  for (int i = 0; i < 5; ++i) core_->handle_observation(one, now_);
  EXPECT_EQ(rejected(Rejection::duplicate), 5U);
  EXPECT_DOUBLE_EQ(view().blocks.at(0).vantages.at(0).probability, once);
  EXPECT_EQ(view().pings.at(0).probes, 7U);
}

TEST_F(CoreIntakeTest, ATraceToldTwiceOrTooLateChangesNoPath) {
  const auto traced = [&](Duration ago) {
    now_ -= ago;
    trace(0, 0, 1);
    now_ += ago;
  };
  traced(kInterval);
  EXPECT_EQ(rejected(Rejection::duplicate), 1U);
  traced(kInterval + std::chrono::seconds(3));
  EXPECT_EQ(rejected(Rejection::outdated), 1U);
  expect_calm();
}

TEST_F(CoreIntakeTest, RoundTripsThatCannotBeAreNoAnswers) {
  core_->handle_observation(answered(std::chrono::milliseconds(-1)), now_);
  core_->handle_observation(answered(std::chrono::minutes(2)), now_);
  core_->handle_observation(dead_trace(0, now_, now_ - std::chrono::seconds(1)), now_);
  EXPECT_EQ(rejected(Rejection::impossible), 3U);
  expect_calm();
}

}  // namespace
}  // namespace isthmus::resilience
