#include "app/live/ping_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "app/ping_record.hpp"
#include "app/text_columns.hpp"
#include "live_fixture.hpp"

namespace isthmus::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kHealthy = "192.0.2.1";
constexpr const char* kLossy = "192.0.2.2";
constexpr const char* kRefused = "192.0.2.3";

// Three targets, twenty probes each: one well, one that loses a quarter, one that a router refuses.
PingBoard board_of_three() {
  PingBoard board;
  board.set_address("frankfurt.example.net", address(kHealthy));
  board.set_address(kLossy, address(kLossy));
  board.set_address(kRefused, address(kRefused));
  for (int i = 0; i < 20; ++i) {
    board.take(ping("frankfurt.example.net", kHealthy, reply(kHealthy, 10 + i % 5, ReplyKind::echo_reply)));
    Outcome lossy = TimedOut{};
    if (i % 4 != 1) lossy = reply(kLossy, 0.04 + i * 0.01, ReplyKind::echo_reply);
    board.take(ping(kLossy, kLossy, lossy));
    board.take(ping(kRefused, kRefused, reply("192.0.2.99", 1, ReplyKind::unreachable, 1)));
  }
  return board;
}

PingScreen screen_of(Charset charset) { return {.how = "by icmp, every 1s", .seconds = 20, .charset = charset}; }

TEST(PingView, ShowsLossWithItsCauseAndTimesInEightyColumns) {
  const auto frame = ping_screen(board_of_three(), screen_of(Charset::utf8), {.rows = 8, .columns = 80});
  EXPECT_EQ(text_of(frame.lines), R"(
isthmus ping  3 targets by icmp, every 1s                                   0:20
target             sent  loss why          last   avg  best worst    sd trend
frankfurt.exampl~    20    0%             14.00 12.00 10.00 14.00 1.451 ▂▃▄▁▁▂▃▄
192.0.2.2            20   25% timeout     0.230 0.137 0.040 0.230 0.060 ▁!▂▂▃!▄▄
192.0.2.3            20  100% !host           -     -     -     -     - !!!!!!!!


? help  q quit  p pause  r reset  d order
)");
}

TEST(PingView, KeepsWhatMattersMostInFortyColumns) {
  const auto frame = ping_screen(board_of_three(), screen_of(Charset::ascii), {.rows = 6, .columns = 40});
  EXPECT_EQ(text_of(frame.lines), R"(
isthmus ping  3 targets by icmp, ~  0:20
target            loss why          last
frankfurt.examp~    0%             14.00
192.0.2.2          25% timeout     0.230
192.0.2.3         100% !host           -
? help  q quit  p pause  r reset  d ord~
)");
}

TEST(PingView, IsNeverWiderOrTallerThanTheScreen) {
  const PingBoard board = board_of_three();
  for (const bool help : {false, true}) {
    for (const std::size_t rows : {1, 2, 3, 4, 24}) {
      for (const std::size_t width : {1, 5, 12, 13, 40, 79, 80, 81, 250}) {
        PingScreen screen = screen_of(Charset::utf8);
        screen.help = help;
        const auto frame = ping_screen(board, screen, {.rows = rows, .columns = width});
        EXPECT_EQ(frame.lines.size(), rows);
        for (const Line& line : frame.lines) EXPECT_LE(columns(plain(line)), width) << plain(line);
      }
    }
  }
}

TEST(PingView, ScrollsThroughMoreTargetsThanThereAreRows) {
  PingBoard board;
  for (int i = 0; i < 10; ++i) board.set_address("target-" + std::to_string(i), address(kHealthy));
  PingScreen screen = screen_of(Charset::ascii);
  screen.scroll = 4;
  const auto frame = ping_screen(board, screen, {.rows = 6, .columns = 80});
  EXPECT_EQ(frame.scroll_limit, 7u);
  EXPECT_THAT(plain(frame.lines[2]), ::testing::StartsWith("target-4 "));
  EXPECT_THAT(plain(frame.lines[5]), HasSubstr("4 above, 3 below"));
  screen.scroll = 100;
  EXPECT_THAT(plain(ping_screen(board, screen, {.rows = 6, .columns = 80}).lines[2]),
              ::testing::StartsWith("target-7 "));
}

TEST(PingBoard, PutsTheWorstFirstWhenAsked) {
  EXPECT_THAT(board_of_three().order(false), ElementsAre(0, 1, 2));
  EXPECT_THAT(board_of_three().order(true), ElementsAre(2, 1, 0));
}

TEST(PingBoard, ForgetsFiguresButNotTargets) {
  PingBoard board = board_of_three();
  board.reset();
  ASSERT_EQ(board.rows().size(), 3u);
  EXPECT_EQ(board.rows()[0].sent, 0u);
  EXPECT_EQ(board.rows()[0].address, address(kHealthy));
  EXPECT_THAT(board.rows()[1].faults, ::testing::IsEmpty());
}

TEST(PingBoard, KeepsTheLatestOutcomesHoweverLongItRuns) {
  PingBoard board;
  board.set_address(kHealthy, address(kHealthy));
  for (int i = 1; i <= 1000; ++i) board.take(ping(kHealthy, kHealthy, reply(kHealthy, i, ReplyKind::echo_reply)));
  EXPECT_THAT(board.rows()[0].latest(3), ElementsAre(998, 999, 1000));
  EXPECT_EQ(board.rows()[0].latest(5000).size(), PingRow::kRecent);
}

TEST(Spark, DrawsAQuietPathFlatAndLossAsAMark) {
  EXPECT_EQ(spark({10, 10.4F, 10.9F, PingRow::kLost, 20}, Charset::utf8), "▁▁▁!█");
  EXPECT_EQ(spark({PingRow::kLost}, Charset::ascii), "!");
  EXPECT_EQ(spark({0, 0}, Charset::ascii), "__");
}

TEST(PingRecord, SaysWhatWasLostAndWhy) {
  PingRecord record;
  record.add(ping(kLossy, kLossy, reply(kLossy, 1, ReplyKind::echo_reply)), true);
  record.add(ping(kLossy, kLossy, reply(kLossy, 3, ReplyKind::echo_reply)), true);
  record.add(ping(kLossy, kLossy, TimedOut{}), true);
  record.add(ping(kLossy, kLossy, SendFailed{ENETUNREACH}), true);
  record.add(ping(kLossy, kLossy, TimedOut{}), true);
  EXPECT_EQ(ping_summary(record),
            "192.0.2.2 (192.0.2.2): 5 sent, 2 answered, 60% lost (2 timeout, 1 no route), rtt min/median/p95/max "
            "1.000/1.000/3.000/3.000 ms");
  EXPECT_EQ(record.series.outcomes.size(), 5u);
}

TEST(PingRecord, AnEndlessPingKeepsFiguresOnly) {
  PingRecord record;
  for (int i = 0; i < 5; ++i) record.add(ping(kLossy, kLossy, reply(kLossy, 2, ReplyKind::echo_reply)), false);
  EXPECT_EQ(record.series.outcomes.size(), 0u);
  EXPECT_EQ(ping_summary(record),
            "192.0.2.2 (192.0.2.2): 5 sent, 5 answered, rtt min/mean/max/sd 2.000/2.000/2.000/0.000 ms");
}

}  // namespace
}  // namespace isthmus::app
