#include "app/live/line.hpp"

#include <gtest/gtest.h>

#include <clocale>

#include "app/live/rtt_stats.hpp"
#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

TEST(LiveLine, IsCutToTheScreenAndColouredOnlyWhereAsked) {
  const Line line{{"12345", Style::bad}, {"67890"}};
  EXPECT_EQ(ansi(line, 8, false), "12345678");
  EXPECT_EQ(ansi(line, 8, true), "\033[31m12345\033[0m678");
  EXPECT_EQ(ansi(line, 3, true), "\033[31m123\033[0m") << "what is cut off leaves no colour behind";
  EXPECT_EQ(plain({{"a  "}, {"b  "}}), "a  b");
}

TEST(LiveLine, LetsNoNameOfAStrangerMoveTheCursor) {
  ASSERT_NE(std::setlocale(LC_CTYPE, "C.UTF-8"), nullptr);
  EXPECT_EQ(printable("evil\033[2Jname\r\n", Charset::utf8), "evil?[2Jname??");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J",
                      Charset::utf8),
            "?2J")
      << "a control character of ISO 6429 in eight bits";
  EXPECT_EQ(printable("Zürich", Charset::utf8), "Zürich");
  EXPECT_EQ(printable("Zürich", Charset::ascii), "Z?rich");
  EXPECT_EQ(printable("中国", Charset::utf8), "??") << "two columns each would break the table";
  EXPECT_EQ(columns(printable("\xff\xfe", Charset::utf8)), 2u) << "no UTF-8 at all";
}

TEST(LiveLine, TextFitsItsColumn) {
  EXPECT_EQ(fitted("abc", 5), "abc  ");
  EXPECT_EQ(fitted("abcdef", 4), "abc~");
  EXPECT_EQ(fitted("abc", 0), "");
  EXPECT_EQ(fitted_right("abc", 5), "  abc");
  EXPECT_EQ(fitted_right("abcdef", 4), "abc~");
}

TEST(LiveLine, ATimeTakesFiveColumnsAtMost) {
  for (const auto& [ms, text] : std::initializer_list<std::pair<double, const char*>>{{0, "0.000"},
                                                                                      {0.0449, "0.045"},
                                                                                      {9.9994, "9.999"},
                                                                                      {9.9996, "10.00"},
                                                                                      {99.994, "99.99"},
                                                                                      {99.996, "100.0"},
                                                                                      {999.94, "999.9"},
                                                                                      {999.96, "1000"},
                                                                                      {12345, "12345"}}) {
    EXPECT_EQ(short_rtt(ms), text) << ms;
  }
}

TEST(LiveLine, LossIsNeverRoundedAway) {
  EXPECT_EQ(short_loss(0, 0), "");
  EXPECT_EQ(short_loss(0, 9), "0%");
  EXPECT_EQ(short_loss(1, 1000000), "0.1%");
  EXPECT_EQ(short_loss(1, 16), "6.2%");
  EXPECT_EQ(short_loss(1, 4), "25%");
  EXPECT_EQ(short_loss(99999, 100000), "99%");
  EXPECT_EQ(short_loss(3, 3), "100%");
}

TEST(LiveLine, ColumnsGiveWayFromTheEnd) {
  const std::vector<Column> columns{{"a", 4}, {"b", 0}, {"c", 4}};
  EXPECT_EQ(columns_that_fit(columns, 10, 20), 3u);
  EXPECT_EQ(columns_that_fit(columns, 10, 19), 2u);
  EXPECT_EQ(columns_that_fit(columns, 10, 15), 2u) << "what nobody wants takes no room";
  EXPECT_EQ(columns_that_fit(columns, 10, 14), 0u);
}

TEST(LiveLine, TheLeftEdgeGivesWayBeforeTheRightOne) {
  EXPECT_EQ(plain(between_edges("a title", "0:12", 30, Style::plain)), "a title                   0:12");
  EXPECT_EQ(plain(between_edges("a very long title of a screen", "0:12", 30, Style::plain)),
            "a very long title of a ~  0:12");
  EXPECT_EQ(plain(between_edges("a very long title of a screen", "0:12", 25, Style::plain)),
            "a very long title of a s~");
}

TEST(RttStats, AgreesWithTheDefinitions) {
  RttStats stats;
  EXPECT_EQ(stats.deviation(), 0);
  for (const double rtt : {2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0}) stats.add(rtt);
  EXPECT_EQ(stats.count, 8u);
  EXPECT_DOUBLE_EQ(stats.mean, 5);
  EXPECT_DOUBLE_EQ(stats.deviation(), std::sqrt(32.0 / 7));
  EXPECT_EQ(stats.best, 2);
  EXPECT_EQ(stats.worst, 9);
  EXPECT_EQ(stats.last, 9);
}

}  // namespace
}  // namespace isthmus::app
