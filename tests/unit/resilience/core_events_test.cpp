#include <gmock/gmock.h>

#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(CoreTest, WhatIsThereAtTheStartIsNormal) {
  rounds(5, {0, 0, 1});
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(view().state, State::up);
  EXPECT_EQ(view().upstream_count, 2U);
}

TEST_F(CoreTest, ANewUpstreamIsNewsOnceTwoNetworksSeeItTwice) {
  rounds(6, {0, 0, 0});
  round({1, 1, 0});
  EXPECT_THAT(kinds(), IsEmpty());
  round({1, 1, 0});
  const auto raised = events();
  ASSERT_EQ(raised.size(), 1U);
  EXPECT_EQ(raised[0].kind, EventKind::upstream_appeared);
  EXPECT_EQ(raised[0].upstream, Asn{64501});
  EXPECT_EQ(raised[0].before, "64500");
  EXPECT_EQ(raised[0].after, "64500,64501");
  EXPECT_THAT(raised[0].evidence.vantages, ElementsAre("vp-0", "vp-1"));
  EXPECT_EQ(raised[0].evidence.traces.size(), 4U);
  EXPECT_EQ(raised[0].evidence.summary, "AS64501 (Provider 1) now carries 10.128.0.0/24, as seen from vp-0, vp-1.");
}

TEST_F(CoreTest, OneVantagePointAloneNeedsThreeSightings) {
  rounds(6, {0, 0, 0});
  rounds(2, {1, 0, 0});
  EXPECT_THAT(kinds(), IsEmpty());
  round({1, 0, 0});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::upstream_appeared));
}

TEST_F(CoreTest, AGlimpseIsNoNews) {
  rounds(6, {0, 0, 0});
  round({1, 1, 1});
  rounds(6, {0, 0, 0});
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(view().upstream_count, 1U);
}

TEST_F(CoreTest, LosingOneOfTwoIsLostRedundancyAndNotAnOutage) {
  rounds(6, {0, 0, 1});
  round({0, 0, 0});
  EXPECT_THAT(kinds(), IsEmpty());
  round({0, 0, 0});
  const auto told = events();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].kind, EventKind::upstream_lost);
  for (const Event& event : told) EXPECT_EQ(event.evidence.traces, told[0].evidence.traces) << to_string(event.kind);
  EXPECT_GE(told[0].evidence.traces.size(), 2U);
  EXPECT_EQ(told[1].kind, EventKind::redundancy_lost);
  EXPECT_EQ(told[2].kind, EventKind::redundancy_lost);
  EXPECT_EQ(view().state, State::up);
  EXPECT_EQ(view().upstreams.at(1).state, State::down);
  rounds(3, {0, 1, 1});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::upstream_restored, EventKind::redundancy_restored,
                                   EventKind::redundancy_restored));
}

TEST_F(CoreTest, WhatOurOwnLimitsHideIsNotLost) {
  rounds(200, {0, 0, 1});
  static_cast<void>(events());
  for (int round = 0; round < 30; ++round) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      ping(v, "example", host(0), true);
    }
    trace(0, 0, 0);
    trace(1, 0, 0);
    withheld_trace(2, 0);
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  EXPECT_TRUE(kinds().empty());
  EXPECT_EQ(view().upstream_count, 2U);
  rounds(5, {0, 0, 0});
  EXPECT_FALSE(kinds().empty()) << "once its path is seen elsewhere, it is";
}

TEST_F(CoreTest, AFlowThatIsTracedLateDoesNotBringALostUpstreamBack) {
  const auto look = [&](int upstream, std::uint16_t flows) {
    for (std::uint16_t flow = 0; flow < flows; ++flow) trace(2, 0, upstream, flow);
    round({0, 0, upstream});
  };
  for (int i = 0; i < 6; ++i) look(1, 4);
  EXPECT_THAT(kinds(), IsEmpty());
  for (int i = 0; i < 3; ++i) look(0, 3);  // The fourth flow is not traced again.
  EXPECT_THAT(kinds(), ElementsAre(EventKind::upstream_lost, EventKind::redundancy_lost, EventKind::redundancy_lost));
  EXPECT_EQ(view().redundancy, Redundancy::lost);
  EXPECT_EQ(view().blocks[0].redundancy, Redundancy::lost);
  look(1, 1);
  EXPECT_THAT(kinds(), IsEmpty());
  for (int i = 0; i < 3; ++i) look(1, 4);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::upstream_restored, EventKind::redundancy_restored,
                                   EventKind::redundancy_restored));
  EXPECT_EQ(view().redundancy, Redundancy::held);
  EXPECT_EQ(view().blocks[0].redundancy, Redundancy::held);
}

TEST_F(CoreTest, AnOutageIsToldOnceAndHoldsTheUpstreams) {
  rounds(6, {0, 0, 1});
  rounds(2, {-1, -1, -1});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
  rounds(50, {-1, -1, -1});
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(view().upstream_count, 2U);
  EXPECT_DOUBLE_EQ(view().unknown_share, 1);
  rounds(10, {0, 0, 1});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_up, EventKind::target_up));
}

TEST_F(CoreTest, ComingBackOnFewerUpstreamsIsToldAfterTheOutage) {
  rounds(6, {0, 0, 1});
  rounds(5, {-1, -1, -1});
  rounds(2, {0, 0, 0});
  EXPECT_THAT(kinds(),
              ElementsAre(EventKind::block_down, EventKind::target_down, EventKind::block_up, EventKind::target_up));
  rounds(4, {0, 0, 0});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::upstream_lost, EventKind::redundancy_lost, EventKind::redundancy_lost));
}

TEST_F(CoreTest, AnIcmpErrorIsAMiss) {
  rounds(6, {0, 0, 0});
  for (int i = 0; i < 3; ++i) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      PingSeries series{.vantage = vantage(v), .target = "example", .source = {}, .address = host(0), .outcomes = {}};
      series.outcomes.push_back({.sent = now_, .outcome = reply(router(0), ReplyKind::unreachable)});
      core_->handle_observation(series, now_);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
  EXPECT_EQ(view().pings.at(0).probes, view().pings.at(0).replies + 3);
}

TEST_F(CoreTest, WhateverThePingedAddressItselfAnswersIsNoMiss) {
  rounds(6, {0, 0, 0});
  for (const ReplyKind kind : {ReplyKind::tcp_syn_ack, ReplyKind::tcp_rst, ReplyKind::unreachable}) {
    for (int i = 0; i < 3; ++i) {
      for (std::size_t v = 0; v < 3; ++v) {
        control(v);
        PingSeries series{.vantage = vantage(v), .target = "example", .source = {}, .address = host(0), .outcomes = {}};
        Reply answer = reply(host(0), kind);
        if (kind == ReplyKind::unreachable) answer.icmp_code = 3;  // its port is closed
        series.outcomes.push_back({.sent = now_, .outcome = answer});
        core_->handle_observation(series, now_);
      }
      now_ += kInterval;
    }
  }
  EXPECT_THAT(kinds(), ElementsAre());
  EXPECT_EQ(view().pings.at(0).probes, view().pings.at(0).replies);
}

TEST_F(CoreTest, BlindVantagePointsHaveNoVote) {
  rounds(6, {0, 0, 0});
  for (int i = 0; i < 6; ++i) {
    for (std::size_t v = 0; v < 3; ++v) {
      ping(v, "example", host(0), v == 2);
      control(v, v == 2);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  EXPECT_THAT(kinds(), ElementsAre(EventKind::vantage_invalid, EventKind::vantage_invalid));
  EXPECT_EQ(view().state, State::up);
  const BlockVantageView blind = view().blocks.at(0).vantages.at(0);
  EXPECT_FALSE(core_->snapshot(now_).vantages.at(0).voting);
  EXPECT_TRUE(core_->snapshot(now_).vantages.at(2).voting);
  EXPECT_EQ(blind.state, State::up);
  EXPECT_EQ(core_->snapshot(now_).vantages.at(0).events.at(EventKind::vantage_invalid), 1U);
}

TEST_F(CoreTest, MissesFromBeforeItSawAgainAreNoVote) {
  rounds(6, {0, 0, 0});
  const auto look = [&](bool control_answers, bool ping_too) {
    for (std::size_t v = 0; v < 3; ++v) {
      if (ping_too) ping(v, "example", host(0), false);
      control(v, control_answers);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  };
  // The first miss comes in before the first control fails.
  for (int i = 0; i < 3; ++i) look(false, true);
  for (int i = 0; i < 3; ++i) look(true, false);
  look(true, true);  // One miss since it sees again: that alone decides nothing.
  for (const Event& event : events()) EXPECT_EQ(event.target, "") << to_string(event.kind);
  EXPECT_EQ(view().state, State::up);
  for (int i = 0; i < 2; ++i) look(true, true);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

TEST_F(CoreTest, TheFirstMissAsksForATrace) {
  rounds(6, {0, 0, 0});
  while (core_->poll_retrace()) {
  }
  control(1);
  ping(1, "example", host(0), false);
  EXPECT_EQ(core_->poll_retrace(), (RetraceRequest{.target = "example", .address = host(0), .vantage = vantage(1)}));
  EXPECT_EQ(core_->poll_retrace(), std::nullopt);
}

TEST_F(CoreTest, AChangedPathAsksEverybodyForATrace) {
  rounds(6, {0, 0, 0});
  while (core_->poll_retrace()) {
  }
  trace(1, 0, 1);
  EXPECT_EQ(core_->poll_retrace(),
            (RetraceRequest{.target = "example", .address = host(0), .vantage = {}, .path_changed = true}));
}

TEST_F(CoreTest, SaysWhereSentinelsShouldStand) {
  rounds(1, {0, 0, 0});
  EXPECT_EQ(core_->poll_advice(), std::nullopt) << "nobody wants to know";
  CoreSettings with = settings_;
  with.sentinel_interval = kInterval;
  start(with);
  trace(1, 0, 2, 5);
  EXPECT_EQ(
      core_->poll_advice(),
      (UpstreamAdvice{
          .vantage = vantage(1), .target = "example", .address = host(0), .flow = FlowId{5}, .router = router(2)}));
  trace(1, 0, -1, 5);
  EXPECT_EQ(core_->poll_advice(), std::nullopt) << "a trace that says nothing";
}

// With hours between whole traces a loss must not wait for hours after an outage.
TEST_F(CoreTest, LooksCountAsRoundsWhereThereAreSentinels) {
  for (const bool sentinels : {false, true}) {
    CoreSettings rare = settings(3, 1);
    rare.trace_interval = 100 * kInterval;
    if (sentinels) rare.sentinel_interval = kInterval;
    start(rare);
    rounds(5, {0, 0, 0});
    EXPECT_EQ(view().blocks[0].learning, !sentinels);
  }
}

}  // namespace
TEST_F(CoreTest, WithoutControlsAVantagePointThatCanSendNothingIsBlind) {
  CoreSettings blind = settings(1, 1);
  blind.controls.clear();
  start(blind);
  for (int i = 0; i < 6; ++i) {
    ping(0, "example", host(0), true);
    trace(0, 0, 0);
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  EXPECT_EQ(view().state, State::up);
  EXPECT_THAT(kinds(), IsEmpty());
  for (int i = 0; i < 6; ++i) {
    send_fails(0, host(0), EPERM);
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  EXPECT_THAT(kinds(), ElementsAre(EventKind::vantage_invalid));
  EXPECT_EQ(view().state, State::unknown);
}

TEST_F(CoreTest, AWithdrawnRouteInTheVantagePointsOwnTableIsAnOutage) {
  rounds(6, {0, 0, 0});
  for (int i = 0; i < 3; ++i) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      send_fails(v, host(0), ENETUNREACH);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

TEST_F(CoreTest, WhatNeverLeftIsNoOutage) {
  rounds(6, {0, 0, 0});
  for (int i = 0; i < 10; ++i) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      send_fails(v, host(0), ENOBUFS);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  EXPECT_THAT(kinds(), IsEmpty());
}

}  // namespace isthmus::resilience
