#include "resilience/fate.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace isthmus::resilience {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Duration kRound = minutes(10);
constexpr std::size_t kWatchers = 2;
const IpAddress kHost = IpAddress::v4(0xC0000201);
const IpAddress kOther = IpAddress::v4(0xC0000202);

class BlockFateTest : public testing::Test {
 protected:
  double odds() const { return std::exp(BlockFate::log_odds(fate_.silence(), kRound)); }
  // A round in which these answer and those are missed by both who watch.
  void round(const std::vector<IpAddress>& answering, const std::vector<IpAddress>& missed = {}) {
    for (const IpAddress& address : answering) fate_.handle_answer(address, now_);
    for (const IpAddress& address : missed) {
      for (std::size_t v = 0; v < kWatchers; ++v) fate_.handle_miss(address, now_, v, kWatchers);
    }
    now_ += kRound;
  }
  void days(int count, const std::vector<IpAddress>& answering, const std::vector<IpAddress>& missed = {}) {
    for (int i = 0; i < count * 144; ++i) round(answering, missed);
  }
  BlockFate fate_;
  Timestamp now_{hours(24)};
};

TEST_F(BlockFateTest, WhereNobodyAnsweredNothingCanBeCutOff) { EXPECT_EQ(odds(), 0); }

TEST_F(BlockFateTest, OneUnknownHostThatFallsSilentSaysNothing) {
  round({kHost});
  EXPECT_LT(odds(), 0.01);
}

TEST_F(BlockFateTest, AfterAMonthAHostThatNeverLeftSaysSomething) {
  days(30, {kHost});
  EXPECT_GT(odds(), 0.3);
  EXPECT_LT(odds(), 9);
}

TEST_F(BlockFateTest, AnAddressThatItsOwnerNamesIsExpectedToStay) {
  fate_.name_address(kHost);
  round({kHost});
  EXPECT_GT(odds(), 9);
}

TEST_F(BlockFateTest, UnlessItHasLeftBefore) {
  fate_.name_address(kHost);
  days(1, {kHost, kOther});
  days(1, {kOther}, {kHost});
  days(1, {kHost, kOther});
  days(1, {kHost}, {kOther});  // The other one is away when the silence begins.
  EXPECT_EQ(fate_.silence().addresses, 1U);
  EXPECT_LT(odds(), 1);
}

TEST_F(BlockFateTest, TwoThatNeverLeftAndFallSilentTogetherAreAnOutage) {
  days(10, {kHost, kOther});
  EXPECT_GT(odds(), 9);
}

TEST_F(BlockFateTest, TwoThatLeaveEveryEveningAreNone) {
  for (int day = 0; day < 20; ++day) {
    // One goes before the other, and a third sees them both.
    const IpAddress stays = IpAddress::v4(0xC0000203);
    for (int i = 0; i < 72; ++i) round({kHost, kOther, stays});
    for (int i = 0; i < 72; ++i) round({stays}, {kHost, kOther});
  }
  days(1, {kHost, kOther});
  BlockFate::Silence both = fate_.silence();
  EXPECT_EQ(both.addresses, 3U);
  fate_.handle_miss(IpAddress::v4(0xC0000203), now_, 0, kWatchers);
  days(1, {kHost, kOther}, {IpAddress::v4(0xC0000203)});
  EXPECT_EQ(fate_.silence().addresses, 2U);
  EXPECT_LT(odds(), 1);
}

TEST_F(BlockFateTest, WhoComesBackAloneWasAway) {
  days(10, {kHost});
  const double before = odds();
  days(1, {}, {kHost});
  round({kHost});
  EXPECT_LT(odds(), before / 10);
}

TEST_F(BlockFateTest, ButNotAfterAnOutage) {
  days(10, {kHost});
  const double before = odds();
  days(1, {}, {kHost});
  fate_.forget_misses();
  round({kHost});
  EXPECT_NEAR(odds(), before, before / 10);
}

TEST_F(BlockFateTest, ALostProbeIsNoDeparture) {
  days(5, {kHost, kOther});
  const double before = odds();
  for (int i = 0; i < 1000; ++i) {
    round({kHost, kOther});
    fate_.handle_miss(kHost, now_, 0, kWatchers);
    now_ += kRound;
  }
  EXPECT_GE(odds(), before);
}

TEST_F(BlockFateTest, NorIsARoundInWhichOneWhoLooksTriesAgainAndAgain) {
  days(5, {kHost});
  const double before = odds();
  for (int i = 0; i < 100; ++i) {
    for (int probe = 0; probe < 15; ++probe) fate_.handle_miss(kHost, now_, 0, kWatchers);
    round({kHost});
  }
  EXPECT_GE(odds(), before);
}

TEST_F(BlockFateTest, ALoneWatcherMayTellWhoIsAway) {
  days(10, {kHost});
  const double before = odds();
  for (int i = 0; i < 3; ++i) fate_.handle_miss(kHost, now_, 0, 1);
  round({kHost});
  EXPECT_LT(odds(), before / 10);
}

TEST_F(BlockFateTest, WhoIsMissedOnlySinceNobodyAnswersMayBeCutOff) {
  days(10, {kHost, kOther});
  // Each round is another one's turn.
  round({kOther});
  for (int i = 0; i < 10; ++i) round({}, {kHost, kOther});
  EXPECT_EQ(fate_.silence().addresses, 2U);
  round({kOther});
  EXPECT_EQ(fate_.silence().addresses, 1U);
}

TEST_F(BlockFateTest, ThatAllLeaveAtThatHourIsNoLikelierThanCertain) {
  const std::vector<IpAddress> hosts{kHost, kOther, IpAddress::v4(0xC0000203), IpAddress::v4(0xC0000204)};
  for (int day = 0; day < 10; ++day) {
    for (int i = 0; i < 72; ++i) round(hosts);
    for (int i = 0; i < 72; ++i) round({}, hosts);
  }
  // Each is asked in a round of its own.
  for (int i = 0; i < 72; ++i) round(hosts);
  for (const IpAddress& host : hosts) round({host});
  const BlockFate::Silence silence = fate_.silence();
  const Duration window = BlockFate::window_of(silence, kRound);
  EXPECT_EQ(window, 4 * kRound);
  EXPECT_EQ(BlockFate::log_coincidence(silence, window), 0);
}

TEST_F(BlockFateTest, ARestartThatTakesNoTimeChangesNothing) {
  const IpAddress left = IpAddress::v4(0xC0000203);
  days(5, {kHost, kOther, left});
  days(1, {kHost, kOther}, {left});  // That one is gone for good,
  days(1, {kHost}, {kOther});
  days(1, {kHost, kOther});  // and that one came back.
  const auto hosts = fate_.remember();
  ASSERT_EQ(hosts.size(), 3U);
  BlockFate restarted;
  restarted.restore(hosts);
  EXPECT_EQ(restarted.remember(), hosts);
  restarted.handle_pause(now_ - kRound);
  const BlockFate::Silence before = fate_.silence();
  const BlockFate::Silence after = restarted.silence();
  EXPECT_EQ(before.addresses, 2U);
  EXPECT_EQ(after.addresses, before.addresses);
  EXPECT_EQ(after.first_left, before.first_left);
  EXPECT_EQ(after.last_left, before.last_left);
  EXPECT_DOUBLE_EQ(after.log_departure_rates, before.log_departure_rates);
  // And goes on learning from there.
  for (BlockFate* fate : {&fate_, &restarted}) fate->handle_answer(kHost, now_);
  EXPECT_EQ(restarted.remember(), fate_.remember());
}

TEST_F(BlockFateTest, WhoFellSilentWhileNobodyLookedMayHaveLeftAtAnyTime) {
  days(10, {kHost, kOther});
  EXPECT_GT(odds(), 9);
  fate_.handle_pause(now_ + hours(8));
  EXPECT_LT(odds(), 9);
  EXPECT_EQ(fate_.silence().last_left, now_ + hours(8));
  // Whoever answers again fell silent after that.
  now_ += hours(8) + kRound;
  round({kHost, kOther});
  EXPECT_GT(odds(), 9);
}

TEST_F(BlockFateTest, HoweverLongNobodyLookedAnOutageIsNoLikelierThanCertain) {
  fate_.name_address(kHost);
  days(10, {kHost});
  fate_.handle_pause(now_ + hours(24 * 1000));
  EXPECT_LE(odds(), 1);
}

TEST_F(BlockFateTest, HostsOfTwoBlocksTogetherSayMoreThanEach) {
  days(3, {kHost});
  BlockFate neighbour;
  neighbour.handle_answer(kOther, now_ - kRound);
  const auto both = BlockFate::join(fate_.silence(), neighbour.silence());
  EXPECT_EQ(both.addresses, 2U);
  EXPECT_GT(BlockFate::log_odds(both, kRound), BlockFate::log_odds(fate_.silence(), kRound));
  EXPECT_GT(BlockFate::log_odds(both, kRound), BlockFate::log_odds(neighbour.silence(), kRound));
}

}  // namespace
}  // namespace isthmus::resilience
