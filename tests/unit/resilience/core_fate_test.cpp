// Whether those who do not answer have gone away, or are cut off.

#include <gmock/gmock.h>

#include "unit/resilience/core_fate_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
