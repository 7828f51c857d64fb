// A day as the history keeps it: how long in which state, through whom, and nothing made up.

#include "isthmus/resilience/day_book.hpp"

#include <gmock/gmock.h>

#include <map>

namespace isthmus::resilience {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kMidnight{days(17440)};  // 1 October 2017

class DayBookTest : public ::testing::Test {
 protected:
  // What a store would hold, and how it would be read after a kill.
  struct Stored {
    std::map<std::tuple<std::string, std::optional<Block>, std::chrono::sys_days>, DayRecord> rows;
    Timestamp alive{};

    [[nodiscard]] DayRecord whole(std::chrono::sys_days day) const {
      return settled(rows.at({"peninsula", std::nullopt, day}), alive);
    }
    [[nodiscard]] DayRecord block(std::chrono::sys_days day, std::uint32_t index) const {
      return settled(rows.at({"peninsula", block_at(index), day}), alive);
    }
    [[nodiscard]] std::vector<DayRecord> all() const {
      std::vector<DayRecord> records;
      for (const auto& [key, record] : rows) records.push_back(record);
      return records;
    }
  };

  static Block block_at(std::uint32_t index) { return Block::of(IpAddress::v4(0x0A000000 + (index << 8))); }

  static UpstreamView upstream(std::uint32_t asn, double share) {
    UpstreamView view;
    view.asn = Asn{asn};
    view.vantage = {share, share / 2, (1 + share) / 2};
    view.address = view.flow = view.vantage;
    return view;
  }

  // The world as it is from now on.
  void set(State state, std::vector<UpstreamView> upstreams, double unknown = 0) {
    target_.state = state;
    target_.since = now_;
    target_.upstreams = upstreams;
    target_.unknown_share = unknown;
    for (std::size_t i = 0; i < target_.blocks.size(); ++i) {
      BlockView block = target_.blocks[i];
      block.state = state;
      block.since = now_;
      block.upstreams = upstreams;
      block.unknown_share = unknown;
      target_.blocks.replace(i, block);
    }
    snapshot_.targets = {target_};
  }

  void look() {
    snapshot_.time = now_;
    book_.handle_snapshot(snapshot_);
    store();
  }
  void store(std::size_t limit = 1000) {
    for (DayRecord& record : book_.poll_changed(limit)) {
      ++written_;
      stored_.rows[{record.target, record.block, record.day}] = record;
    }
    stored_.alive = book_.latest();
  }
  void pass(Duration time, Duration step = seconds(10)) {
    for (const Timestamp end = now_ + time; now_ < end;) {
      look();
      now_ += step;
    }
    look();
  }
  void kill_and_restart() { book_ = DayBook(stored_.all(), stored_.alive); }

  static Duration in(const DayRecord& record, State state) { return record.in_state[static_cast<std::size_t>(state)]; }

  DayBookTest() {
    target_.name = "peninsula";
    watch(2);
  }

  // The target has so many blocks from now on.
  void watch(std::uint32_t count) {
    SharedList<BlockView> blocks;
    for (std::uint32_t i = 0; i < count; ++i) {
      BlockView block;
      if (i < target_.blocks.size()) block = target_.blocks[i];
      block.block = block_at(i);
      blocks.push_back(block);
    }
    target_.blocks = blocks;
    snapshot_.targets = {target_};
  }

  Timestamp now_{kMidnight + hours(6)};
  std::chrono::sys_days today_{std::chrono::floor<days>(kMidnight)};
  TargetView target_;
  Snapshot snapshot_;
  DayBook book_;
  Stored stored_;
  int written_{0};
};

TEST_F(DayBookTest, AQuietHourIsWrittenOnceAndWhole) {
  set(State::up, {upstream(4837, 1)});
  pass(hours(1));
  EXPECT_EQ(written_, 3) << "the target and its two blocks";
  const DayRecord day = stored_.whole(today_);
  EXPECT_EQ(in(day, State::up), hours(1));
  EXPECT_EQ(day.covered(), hours(1));
  EXPECT_EQ(day.availability(), 1.0);
  ASSERT_EQ(day.upstreams.size(), 1U);
  EXPECT_DOUBLE_EQ(day.upstreams[0].share[0].estimate, 3600);
  EXPECT_DOUBLE_EQ(day.upstreams[0].share[0].low, 1800);
  EXPECT_DOUBLE_EQ(day.upstreams[0].share[0].least, 1);
  EXPECT_EQ(day.until, now_);
}

TEST_F(DayBookTest, SharesAreWeighedByTime) {
  set(State::up, {upstream(4837, 1)});
  pass(hours(1));
  set(State::up, {upstream(4837, 0.4), upstream(20485, 0.5)}, 0.1);
  pass(hours(3));
  const DayRecord day = stored_.block(today_, 1);
  ASSERT_EQ(day.upstreams.size(), 2U);
  EXPECT_NEAR(day.upstreams[0].share[2].estimate, 3600 * (1 + 3 * 0.4), 1e-6);
  EXPECT_NEAR(day.upstreams[0].share[2].least, 0.4, 1e-9);
  EXPECT_NEAR(day.upstreams[0].share[2].most, 1, 1e-9);
  EXPECT_EQ(day.upstreams[1].asn, Asn{20485});
  EXPECT_NEAR(day.upstreams[1].share[2].estimate, 3600 * 3 * 0.5, 1e-6);
  EXPECT_NEAR(day.upstreams[1].share[2].least, 0, 1e-9) << "in the first hour it had none";
  EXPECT_NEAR(day.unknown_share, 3600 * 3 * 0.1, 1e-6);
}

TEST_F(DayBookTest, AnUpstreamThatGoesHasNoShareFromThenOn) {
  set(State::up, {upstream(4837, 0.5), upstream(20485, 0.5)});
  pass(hours(1));
  set(State::up, {upstream(4837, 1)});
  pass(hours(1));
  const DayRecord day = stored_.whole(today_);
  ASSERT_EQ(day.upstreams.size(), 2U);
  EXPECT_NEAR(day.upstreams[1].share[0].estimate, 1800, 1e-6);
  EXPECT_EQ(day.upstreams[1].share[0].least, 0);
}

TEST_F(DayBookTest, AnOutageIsTimedByWhenItBeganNotByWhenItWasLookedAt) {
  set(State::up, {upstream(4837, 1)});
  pass(minutes(10));
  now_ += seconds(7);
  set(State::down, {}, 1);
  now_ += seconds(3);
  pass(minutes(10));
  const DayRecord day = stored_.whole(today_);
  EXPECT_EQ(in(day, State::up), minutes(10) + seconds(7));
  EXPECT_EQ(in(day, State::down), minutes(10) + seconds(3));
  EXPECT_NEAR(*day.availability(), 607.0 / 1210, 1e-9);
}

TEST_F(DayBookTest, UnknownTimeIsNeitherUpNorDown) {
  set(State::up, {upstream(4837, 1)});
  pass(minutes(30));
  set(State::unknown, {}, 1);
  pass(minutes(30));
  const DayRecord day = stored_.whole(today_);
  EXPECT_EQ(in(day, State::unknown), minutes(30));
  EXPECT_EQ(day.covered(), hours(1));
  EXPECT_EQ(day.availability(), 1.0) << "of the time in which it was known";
  DayRecord blind;
  blind.in_state[static_cast<std::size_t>(State::unknown)] = hours(1);
  EXPECT_EQ(blind.availability(), std::nullopt);
}

TEST_F(DayBookTest, MidnightEndsOneDayAndBeginsTheNext) {
  now_ = kMidnight + hours(23);
  set(State::up, {upstream(4837, 1)});
  pass(hours(2), seconds(7));
  const DayRecord first = stored_.rows.at({"peninsula", std::nullopt, today_});
  EXPECT_FALSE(first.present) << "it is over";
  EXPECT_EQ(in(first, State::up), hours(1));
  EXPECT_EQ(in(stored_.whole(today_ + days(1)), State::up), now_ - (kMidnight + days(1)));
  EXPECT_EQ(stored_.rows.size(), 6U);
}

TEST_F(DayBookTest, ASleepingMachineCoversNothing) {
  set(State::up, {upstream(4837, 1)});
  pass(minutes(10));
  now_ += hours(2);
  pass(minutes(10));
  const DayRecord day = stored_.whole(today_);
  EXPECT_EQ(day.covered(), minutes(20));
}

TEST_F(DayBookTest, AfterAGapEverythingIsWrittenAtOnceWhateverTheLimit) {
  set(State::up, {upstream(4837, 1)});
  pass(minutes(10));
  now_ += hours(2);
  snapshot_.time = now_;
  book_.handle_snapshot(snapshot_);
  store(1);
  for (std::uint32_t block = 0; block < 2; ++block) EXPECT_EQ(stored_.block(today_, block).covered(), minutes(10));
}

TEST_F(DayBookTest, ARestartInTheMiddleOfADayGoesOn) {
  set(State::up, {upstream(4837, 1)});
  pass(hours(1));
  kill_and_restart();
  now_ += minutes(5);
  set(State::up, {upstream(4837, 0.5)});
  pass(hours(1));
  const DayRecord day = stored_.block(today_, 0);
  EXPECT_EQ(day.covered(), hours(2)) << "not the five minutes in between";
  EXPECT_NEAR(day.upstreams.at(0).share[0].estimate, 3600 * 1.5, 1e-6);
}

TEST_F(DayBookTest, AKillJustAfterMidnightLosesNoneOfTheDay) {
  now_ = kMidnight + hours(23);
  set(State::up, {upstream(4837, 1)});
  pass(hours(1) - seconds(10));
  // Midnight passes, but nothing more is written than that the program lives.
  now_ = kMidnight + days(1) + seconds(5);
  snapshot_.time = now_;
  book_.handle_snapshot(snapshot_);
  stored_.alive = book_.latest();
  kill_and_restart();
  store();
  EXPECT_EQ(in(stored_.whole(today_), State::up), hours(1));
  EXPECT_EQ(in(stored_.whole(today_ + days(1)), State::up), seconds(5));
}

TEST_F(DayBookTest, WhatIsNoLongerWatchedIsNoLongerCovered) {
  set(State::up, {upstream(4837, 1)});
  pass(minutes(10));
  const SharedList<BlockView> blocks = target_.blocks;
  watch(1);
  pass(minutes(10));
  EXPECT_EQ(stored_.block(today_, 0).covered(), minutes(20));
  EXPECT_EQ(stored_.block(today_, 1).covered(), minutes(10));
  // It comes back on the same day: the day goes on.
  target_.blocks = blocks;
  snapshot_.targets = {target_};
  pass(minutes(10));
  EXPECT_EQ(stored_.block(today_, 1).covered(), minutes(20));
  snapshot_.targets = {};
  pass(minutes(10));
  EXPECT_EQ(stored_.whole(today_).covered(), minutes(30));
  EXPECT_EQ(stored_.block(today_, 0).covered(), minutes(30));
}

TEST_F(DayBookTest, ManyBlocksTakeTurnsAndAreAllCovered) {
  const auto count = static_cast<std::uint32_t>(2 * DayBook::kBlocksAtOnce + 500);
  watch(count);
  set(State::up, {upstream(4837, 1)});
  for (int i = 0; i < 10; ++i) {
    snapshot_.time = now_;
    book_.handle_snapshot(snapshot_);
    store(count);
    now_ += seconds(1);
  }
  EXPECT_EQ(stored_.rows.size(), count + 1);
  for (const std::uint32_t i : {0U, count / 2, count - 1}) {
    EXPECT_GE(stored_.block(today_, i).covered(), seconds(6)) << "first looked at within three seconds";
  }
}

TEST_F(DayBookTest, WhatWasPolledAndLostIsToldAgain) {
  set(State::up, {upstream(4837, 1)});
  pass(minutes(10));
  const auto before = stored_.rows;
  stored_.rows.clear();
  book_.forget_polled();
  store();
  EXPECT_EQ(stored_.rows, before);
}

}  // namespace
}  // namespace isthmus::resilience
