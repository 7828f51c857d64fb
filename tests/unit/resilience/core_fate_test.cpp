#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Blocks with one host each, that nobody has vouched for.
class CoreFateTest : public CoreTest {
 protected:
  CoreFateTest() { begin(1); }
  void begin(std::uint32_t blocks) {
    CoreSettings strangers = settings(3, blocks);
    strangers.targets[0].addresses.clear();
    start(strangers);
  }
  // Each vantage point looks: at its controls, at the host that does not answer, and along the path, which ends
  // `routers` routers behind the first hop.
  void silent_round(int routers, std::uint32_t blocks = 1) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      for (std::uint32_t b = 0; b < blocks; ++b) {
        ping(v, "example", host(b), false);
        deep_trace(v, b, routers, false);
      }
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  void good_rounds(int count, std::uint32_t blocks = 1) {
    for (int i = 0; i < count; ++i) {
      for (std::size_t v = 0; v < 3; ++v) {
        control(v);
        for (std::uint32_t b = 0; b < blocks; ++b) {
          ping(v, "example", host(b), true);
          deep_trace(v, b, 3, true);
        }
      }
      core_->handle_tick(now_);
      now_ += kInterval;
    }
  }
  void deep_trace(std::size_t v, std::uint32_t block, int routers, bool reaches, std::uint16_t flow = 0,
                  bool first_hop_answers = true) {
    Trace seen;
    seen.vantage = vantage(v);
    seen.target = "example";
    seen.destination = host(block);
    seen.flow = FlowId{flow};
    seen.started = now_ - std::chrono::milliseconds(500);
    seen.ended = now_;
    const auto add = [&](Outcome outcome) {
      seen.hops.push_back({.ttl = static_cast<Ttl>(seen.hops.size() + 1), .outcomes = {std::move(outcome)}});
    };
    add(first_hop_answers ? Outcome(reply(ip("198.18.0.1"), ReplyKind::time_exceeded)) : Outcome(TimedOut{}));
    for (int i = 0; i < 3; ++i) {
      const IpAddress router = IpAddress::v4(0xCB007102 + static_cast<std::uint32_t>(i));
      add(i < routers ? Outcome(reply(router, ReplyKind::time_exceeded)) : Outcome(TimedOut{}));
    }
    if (reaches) {
      add(reply(host(block), ReplyKind::unreachable));
      seen.stop = StopReason::reached;
    } else {
      add(TimedOut{});
    }
    core_->handle_observation(seen, now_);
  }
  std::vector<RetraceRequest> requests() {
    std::vector<RetraceRequest> all;
    while (auto request = core_->poll_retrace()) all.push_back(std::move(*request));
    return all;
  }
  const RetraceRequest by_all_{.target = "example", .address = host(0), .vantage = {}};
};

TEST_F(CoreFateTest, OneHostThatGoesAwayIsNoOutage) {
  good_rounds(6);
  for (int i = 0; i < 10; ++i) silent_round(3);
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(view().state, State::unknown);
  good_rounds(1);
  EXPECT_EQ(view().state, State::up);
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(CoreFateTest, UnlessTheWayThereIsBroken) {
  good_rounds(6);
  for (int i = 0; i < 4; ++i) silent_round(0);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
  good_rounds(2);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_up, EventKind::target_up));
}

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

// Two strangers in the block, watched for ten days: that both leave within one round is hardly chance.
class CoreFateRestartTest : public CoreFateTest {
 protected:
  CoreFateRestartTest() {
    CoreSettings strangers = settings(3, 1);
    strangers.targets[0].addresses.clear();
    strangers.ping_interval = std::chrono::minutes(10);
    start(strangers);
    look(10 * 144, true);
  }
  void look(int count, bool answers) {
    for (int i = 0; i < count; ++i) {
      for (std::size_t v = 0; v < 3; ++v) {
        control(v);
        ping(v, "example", host(0), answers);
        ping(v, "example", ip("10.128.0.2"), answers);
      }
      core_->handle_tick(now_);
      now_ += settings_.ping_interval;
    }
  }
  void restart() {
    const Baseline saved = core_->baseline();
    EXPECT_EQ(saved.targets.at(0).blocks.at(0).hosts.size(), 2U);
    start(settings_, saved);
    EXPECT_EQ(core_->baseline(), saved);
  }
};

TEST_F(CoreFateRestartTest, WithoutARestartTheirSilenceIsAnOutage) {
  look(4, false);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

TEST_F(CoreFateRestartTest, AfterARestartToo) {
  restart();
  look(3, true);
  look(4, false);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

TEST_F(CoreFateRestartTest, AndWhenItBeganWithTheRestart) {
  restart();
  look(4, false);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

TEST_F(CoreFateRestartTest, ButOfWhoeverLeftWhileNobodyLookedNothingIsKnown) {
  restart();
  now_ += std::chrono::hours(8);
  look(4, false);
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(view().state, State::unknown);
}

TEST_F(CoreFateRestartTest, NorWhileWeSlept) {
  now_ += std::chrono::hours(8);
  look(6, false);
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(view().state, State::unknown);
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

TEST_F(CoreFateTest, PathsThatWereTracedBlindProveNothing) {
  good_rounds(6);
  // The host goes away; later all are blind for a while, see again, and nobody has traced anew yet.
  for (int i = 0; i < 4; ++i) silent_round(3);
  for (int i = 0; i < 4; ++i) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v, false);
      ping(v, "example", host(0), false);
      deep_trace(v, 0, 0, false);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  for (int i = 0; i < 4; ++i) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      ping(v, "example", host(0), false);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  for (const Event& event : events()) EXPECT_EQ(event.target, "") << to_string(event.kind);
  EXPECT_EQ(view().state, State::unknown);
}

TEST_F(CoreFateTest, ASilentLastRouterAloneMayBeALimit) {
  good_rounds(6);
  for (int i = 0; i < 4; ++i) silent_round(2);
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(CoreFateTest, HostsOfManyBlocksDoNotGoAwayAtTheSameMoment) {
  begin(4);
  good_rounds(6, 4);
  for (int i = 0; i < 4; ++i) silent_round(3, 4);
  std::map<EventKind, int> counts;
  for (const EventKind kind : kinds()) ++counts[kind];
  EXPECT_EQ(counts[EventKind::block_down], 4);
  EXPECT_EQ(counts[EventKind::target_down], 1);
}

// Of many blocks one is cut off beyond doubt, for its owner named its hosts. Those of another one may leave just then.
TEST_F(CoreFateTest, AnOutageNextDoorProvesNothingWhereSomebodyIsAlwaysAboutToLeave) {
  CoreSettings mixed = settings(3, 200);
  const IpAddress second = IpAddress::v4(host(0).v4_value() + 1);
  mixed.targets[0].addresses = {host(0), second};
  start(mixed);
  const auto look = [&](int count, std::uint32_t silent) {
    for (int i = 0; i < count; ++i) {
      for (std::size_t v = 0; v < 3; ++v) {
        control(v);
        ping(v, "example", second, silent == 0);
        for (std::uint32_t b = 0; b < 200; ++b) ping(v, "example", host(b), b >= silent);
      }
      core_->handle_tick(now_);
      now_ += kInterval;
    }
  };
  look(6, 0);
  look(2, 2);
  std::vector<Block> down;
  for (const Event& event : events()) {
    if (event.kind == EventKind::block_down) down.push_back(*event.block);
  }
  EXPECT_THAT(down, ElementsAre(Block::of(host(0))));
}

TEST_F(CoreFateTest, AHostThatItsOwnerNamesIsMissed) {
  start(settings(3, 1));
  good_rounds(6);
  for (int i = 0; i < 4; ++i) silent_round(3);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

TEST_F(CoreFateTest, AnOutageBeganWithTheFirstProbeThatWasLost) {
  start(settings(3, 1));
  good_rounds(6);
  const Timestamp began = now_;
  for (int i = 0; i < 10; ++i) silent_round(0);
  EXPECT_EQ(view().blocks.at(0).since, began);
  const Timestamp ended = now_;
  good_rounds(5);
  EXPECT_EQ(view().blocks.at(0).since, ended);
}

TEST_F(CoreFateTest, AnOutageEndedWithTheFirstAnswerThoughOthersFoundOutLater) {
  start(settings(3, 1));
  good_rounds(6);
  for (int i = 0; i < 10; ++i) silent_round(0);
  const auto answered_by = [&](std::size_t count) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      ping(v, "example", host(0), v < count);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  };
  answered_by(1);
  for (int i = 0; i < 3; ++i) answered_by(0);
  const Timestamp ended = now_;
  answered_by(1);
  answered_by(1);
  answered_by(2);
  EXPECT_EQ(view().blocks.at(0).state, State::up);
  EXPECT_EQ(view().blocks.at(0).since, ended);
}

// One vantage point has a bad round, and all are asked for traces; then the block is cut off: before they would be
// asked again, or just when they would.
class CoreFateSilenceTest : public CoreFateTest {
 protected:
  CoreFateSilenceTest() { good_rounds(6); }
  void look(std::size_t v, bool answers) {
    control(v);
    ping(v, "example", host(0), answers);
    core_->handle_tick(now_);
  }
  void bad_round_and_silence(Duration until_found) {
    look(0, false);
    now_ += kInterval / 2;
    look(0, false);
    EXPECT_THAT(requests(), ::testing::Contains(by_all_));
    for (const std::size_t v : {1, 2}) look(v, true);
    for (const Duration pause : {Duration(std::chrono::seconds(1)), until_found}) {
      now_ += pause;
      for (const std::size_t v : {1, 2}) look(v, false);
    }
  }
};

TEST_F(CoreFateSilenceTest, AsksForThePathsOfNowWhateverWasAskedForBefore) {
  bad_round_and_silence(std::chrono::seconds(5));
  EXPECT_THAT(requests(), ElementsAre(by_all_));
  for (int i = 0; i < 30; ++i, now_ += std::chrono::seconds(1)) {
    for (const std::size_t v : {0, 1, 2}) look(v, false);
  }
  EXPECT_EQ(view().state, State::unknown);
  EXPECT_THAT(requests(), IsEmpty());
}

// Probes of all are lost by chance, the traces that this is a reason for still get there, and then the block is cut
// off.
TEST_F(CoreFateSilenceTest, AsksAgainWhenTheTracesAskedForGotThere) {
  requests();
  for (const std::size_t v : {0, 1, 2}) look(v, false);
  now_ += kInterval / 2;
  look(0, false);
  EXPECT_THAT(requests(), ::testing::Contains(by_all_));
  now_ += std::chrono::seconds(1);
  for (const std::size_t v : {0, 1, 2}) deep_trace(v, 0, 3, true);
  for (const std::size_t v : {1, 2}) look(v, false);
  EXPECT_THAT(requests(), ElementsAre(by_all_));
  now_ += std::chrono::seconds(1);
  for (const std::size_t v : {0, 1, 2}) deep_trace(v, 0, 0, false);
  for (const std::size_t v : {0, 1, 2}) look(v, false);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

TEST_F(CoreFateTest, ATraceThatGotThereBeforeTheBlockWasCutOffProvesNothing) {
  // The routers that answer are the target's own, and its owner names the host.
  CoreSettings own = settings(3, 1);
  own.targets[0].network.asn = Asn{64500};
  start(own);
  good_rounds(6);
  for (std::size_t v = 0; v < 3; ++v) {
    control(v);
    ping(v, "example", host(0), false);
    now_ += std::chrono::milliseconds(1);
    deep_trace(v, 0, 3, true, 1);
  }
  for (int i = 0; i < 4; ++i) {
    core_->handle_tick(now_);
    now_ += kInterval;
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      ping(v, "example", host(0), false);
    }
  }
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

TEST_F(CoreFateSilenceTest, DoesNotAskTwiceAtOnce) {
  bad_round_and_silence(std::chrono::seconds(9));
  EXPECT_THAT(requests(), ElementsAre(by_all_));
}

TEST_F(CoreFateSilenceTest, DoesNotAskWhereAnOpinionJustDid) {
  requests();
  for (int i = 0; i < 3; ++i, now_ += kInterval / 2) {
    for (const std::size_t v : {0, 1, 2}) look(v, false);
  }
  EXPECT_EQ(std::ranges::count(requests(), by_all_), 1);
}

TEST_F(CoreFateSilenceTest, AsksOnceThoughSomebodyStillGetsAnswers) {
  for (int i = 0; i < 8; ++i, now_ += kInterval / 2) {
    for (const std::size_t v : {0, 1, 2}) look(v, v == 0);
  }
  requests();
  for (int i = 0; i < 12; ++i, now_ += kInterval / 2) {
    for (const std::size_t v : {0, 1, 2}) look(v, v == 0);
  }
  EXPECT_EQ(std::ranges::count(requests(), by_all_), 0);
}

TEST_F(CoreFateTest, AVantagePointThatNeverLooksDoesNotKeepAHostThatLeft) {
  start(settings(3, 1));
  const IpAddress stranger = IpAddress::v4(host(0).v4_value() + 1);
  const auto look = [&](int count, bool named, bool other) {
    for (int i = 0; i < count; ++i) {
      for (std::size_t v = 0; v < 3; ++v) {
        control(v);
        if (v == 2) continue;
        ping(v, "example", host(0), named);
        ping(v, "example", stranger, other);
      }
      core_->handle_tick(now_);
      now_ += kInterval;
    }
  };
  look(6, true, true);
  look(12, false, true);
  look(6, false, false);
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(CoreFateTest, VantagePointsThatFailByChanceWhileAnotherGetsAnswersAreWaitedFor) {
  start(settings(3, 1));
  good_rounds(6);
  const auto look = [&](std::size_t v, bool answers) {
    control(v);
    ping(v, "example", host(0), answers);
    core_->handle_tick(now_);
    now_ += std::chrono::seconds(1);
  };
  const auto looks = [&](int count) {
    for (int i = 0; i < count; ++i) {
      look(0, false);
      look(1, false);
      look(2, true);
    }
  };
  looks(4);
  EXPECT_THAT(kinds(), IsEmpty());
  looks(8);
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_down, EventKind::target_down));
}

}  // namespace
}  // namespace isthmus::resilience
