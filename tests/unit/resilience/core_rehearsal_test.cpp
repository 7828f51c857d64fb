// A core that starts anew is told the latest past once more: it then believes what the one before believed, and tells
// nothing twice. And pauses that are nobody's fault.

#include <gmock/gmock.h>

#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

class CoreRehearsalTest : public CoreTest {
 protected:
  /// Another core goes on with what this one would have stored, and is told `rounds` once more from `since` on.
  void restart_with_rehearsal(Timestamp since, const std::vector<std::vector<int>>& rounds) {
    const Timestamp until = now_;
    start(settings_, core_->baseline());
    now_ = since;
    core_->set_rehearsal(true);
    for (const auto& upstreams : rounds) round(upstreams);
    core_->set_rehearsal(false);
    EXPECT_EQ(now_, until);
  }
  void tell(const std::vector<std::vector<int>>& told) {
    for (const auto& upstreams : told) round(upstreams);
  }
};

TEST_F(CoreRehearsalTest, StatesAreKnownAgainAtOnceAndNothingIsToldTwice) {
  rounds(200, {0, 0, 1});
  static_cast<void>(events());
  const Timestamp since = now_;
  std::vector<std::vector<int>> past(10, {0, 0, 1});
  past.insert(past.end(), 10, {-1, -1, -1});
  tell(past);
  EXPECT_THAT(kinds(), Contains(EventKind::target_down));
  const TargetView before = view();
  restart_with_rehearsal(since, past);
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_FALSE(core_->poll_retrace());
  EXPECT_TRUE(core_->poll_path_changes().empty());
  const TargetView after = view();
  EXPECT_EQ(after.state, State::down);
  EXPECT_EQ(after.since, before.since);
  EXPECT_EQ(after.events, before.events) << "counted once";
  EXPECT_EQ(after.pings[0].probes, 0U) << "counters of a process count what it saw happen";
  rounds(10, {0, 0, 1});
  EXPECT_THAT(kinds(), Contains(EventKind::target_up));
}

TEST_F(CoreRehearsalTest, WithoutOneNothingIsKnownUntilSomethingIsSeen) {
  rounds(200, {0, 0, 1});
  start(settings_, core_->baseline());
  EXPECT_EQ(view().state, State::unknown);
}

TEST_F(CoreRehearsalTest, WhatIsNewAfterwardsIsStored) {
  rounds(200, {0, 0, 0});
  static_cast<void>(core_->poll_baseline(now_, true));
  const Timestamp since = now_;
  const std::vector<std::vector<int>> past(10, {0, 0, 0});
  tell(past);
  restart_with_rehearsal(since, past);
  static_cast<void>(core_->poll_baseline(now_, true));
  rounds(10, {-1, -1, -1});
  EXPECT_FALSE(core_->poll_baseline(now_).empty());
}

TEST_F(CoreRehearsalTest, APauseThatIsToldIsNobodysFault) {
  rounds(200, {0, 0, 1});
  static_cast<void>(events());
  now_ += std::chrono::seconds(40);  // Too short to be noticed, and long enough to miss everybody.
  core_->handle_pause(now_);
  core_->handle_tick(now_);
  EXPECT_THAT(kinds(), IsEmpty());
  rounds(3, {0, 0, 1});
  EXPECT_THAT(kinds(), IsEmpty());
  now_ += std::chrono::seconds(40);
  core_->handle_tick(now_);
  EXPECT_THAT(kinds(), Contains(EventKind::vantage_invalid)) << "when nobody says so, they are silent";
}

}  // namespace
}  // namespace isthmus::resilience
