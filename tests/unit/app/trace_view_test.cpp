#include "app/live/trace_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "app/live/hop_table.hpp"
#include "app/text_columns.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"
#include "live_fixture.hpp"

namespace isthmus::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kHost = "198.51.100.10";

// Two ways balanced by flow; hop 4 is silent, hop 1 is lost now and then on one of them, and behind hop 1 flow 2 is cut
// off from round 6 on.
TraceWatch twelve_rounds() {
  TraceWatch watch;
  for (int i = 0; i < 12; ++i) {
    watch.take(round(0, {{"192.0.2.1", 0.2}, {"192.0.2.6", 1.5}, {"192.0.2.14", 2.5}, {"*", 0}, {kHost, 3.3 + i}}));
    watch.take(round(
        1, {{i % 3 == 0 ? "*" : "192.0.2.1", 0.2}, {"192.0.2.10", 1.7}, {"192.0.2.18", 2.9}, {"*", 0}, {kHost, 13.3}}));
    if (i < 6) {
      watch.take(round(2, {{"192.0.2.1", 0.2}, {"192.0.2.6", 1.5}, {"192.0.2.14", 2.5}, {"*", 0}, {kHost, 3.3}}));
    } else {
      watch.take(round(2, {{"192.0.2.1", 0.2}, {"*", 0}, {"*", 0}, {"*", 0}, {"*", 0}, {"*", 0}}));
    }
  }
  return watch;
}

TraceScreen screen_of(const TraceWatch&) {
  return {.title = "example.net (198.51.100.10) by udp, 3 flows, every 1s",
          .seconds = 75,
          .charset = Charset::utf8,
          .name_of = [](const IpAddress& router) {
            return router == address("192.0.2.6") ? std::string("ae-1.core.frankfurt.example.net") : std::string();
          }};
}

TEST(TraceView, ShowsPathsByFlowAndLossByCauseInEightyColumns) {
  const TraceWatch watch = twelve_rounds();
  EXPECT_EQ(text_of(trace_screen(watch, screen_of(watch), {.rows = 14, .columns = 80}).lines), R"(
isthmus trace  example.net (198.51.100.10) by udp, 3 flows, eve~  round 12  1:15
TTL path host                  loss why       sent  last   avg  best worst    sd
  1 ab   192.0.2.1              11% limited     36 0.200 0.200 0.200 0.200 0.000
  2 a    ae-1.core.frankfurt~   25% forward     24 1.500 1.500 1.500 1.500 0.000
    ae-1.core.frankfurt.example.net  192.0.2.6
    b    192.0.2.10              0%             12 1.700 1.700 1.700 1.700 0.000
  3 a    192.0.2.14             25% forward     24 2.500 2.500 2.500 2.500 0.000
    b    192.0.2.18              0%             12 2.900 2.900 2.900 2.900 0.000
  4 * never answered
  5 ab   198.51.100.10          17% forward     36 13.30 9.500 3.300 14.30 4.366



? help  q quit  p pause  r reset  d display  n names
)");
}

TEST(TraceView, LeavesOutDetailsWhereThereIsNoRoom) {
  const TraceWatch watch = twelve_rounds();
  const auto frame = trace_screen(watch, screen_of(watch), {.rows = 10, .columns = 40});
  EXPECT_EQ(text_of(frame.lines), R"(
isthmus trace  example.~  round 12  1:15
TTL path host                 loss   avg
  1 ab   192.0.2.1             11% 0.200
  2 a    ae-1.core.frankfur~   25% 1.500
    b    192.0.2.10             0% 1.700
  3 a    192.0.2.14            25% 2.500
    b    192.0.2.18             0% 2.900
  4 * never answered
  5 ab   198.51.100.10         17% 9.500
? help  q quit  p pause  r reset  d dis~
)");
  EXPECT_EQ(frame.scroll_limit, 0u);
}

TEST(TraceView, ShowsEachFlowEndToEnd) {
  const TraceWatch watch = twelve_rounds();
  TraceScreen screen = screen_of(watch);
  screen.display = TraceDisplay::flows;
  EXPECT_EQ(text_of(trace_screen(watch, screen, {.rows = 8, .columns = 80}).lines), R"(
isthmus trace  example.net (198.51.100.10) by udp, 3 flows, eve~  round 12  1:15
flow path rounds  loss  last   avg  best worst changes  ended
   0 a        12    0% 14.30 8.800 3.300 14.30       0  reached at 5
   1 b        12    0% 13.30 13.30 13.30 13.30       0  reached at 5
   2 a        12   50% 3.300 3.300 3.300 3.300       0  gap_limit at 6
path a, flows 0 2: 192.0.2.1 > 192.0.2.6 > 192.0.2.14 > * > 198.51.100.10
path b, flow 1: 192.0.2.1 > 192.0.2.10 > 192.0.2.18 > * > 198.51.100.10
? help  q quit  p pause  r reset  d display  n names
)");
}

TEST(TraceView, NamesNetworksAndLabels) {
  ip2as::PrefixTableBuilder builder;
  builder.add(Prefix::parse("192.0.2.0/24").value(), Asn{64500}, "Example Carrier \033[31m");
  const auto networks = std::move(builder).build();
  Trace trace = round(0, {{"192.0.2.1", 0.2}, {kHost, 1}});
  auto& labelled = std::get<Reply>(trace.hops[0].outcomes[0]);
  labelled.mpls = {{.label = 16004, .experimental = 0, .bottom = false, .ttl = 1},
                   {.label = 24001, .experimental = 5, .bottom = true, .ttl = 1}};
  TraceWatch watch;
  watch.take(trace);
  TraceScreen screen{.title = "example.net by udp, 1 flow, every 1s", .seconds = 1, .networks = &networks};
  EXPECT_EQ(text_of(trace_screen(watch, screen, {.rows = 8, .columns = 80}).lines), R"(
isthmus trace  example.net by udp, 1 flow, every 1s                round 1  0:01
TTL host             AS        loss why       sent  last   avg  best worst    sd
  1 192.0.2.1        AS64500     0%              1 0.200 0.200 0.200 0.200 0.000
    Example Carrier ?[31m  MPLS 16004, 24001 (class 5)
  2 198.51.100.10                0%              1 1.000 1.000 1.000 1.000 0.000
MPLS tunnel from hop 1 to hop 1

? help  q quit  p pause  r reset  d display  n names
)");
}

TEST(TraceView, ScrollsToItsEndAndNoFurtherUnderItsHeading) {
  const TraceWatch watch = twelve_rounds();
  TraceScreen screen = screen_of(watch);
  screen.display = TraceDisplay::details;
  screen.scroll = 100;
  const auto frame = trace_screen(watch, screen, {.rows = 6, .columns = 80});
  EXPECT_EQ(frame.scroll_limit, 5u);
  EXPECT_THAT(plain(frame.lines[1]), ::testing::StartsWith("TTL "));
  EXPECT_THAT(plain(frame.lines[4]), ::testing::StartsWith("  5 ab   198.51.100.10"));
  EXPECT_THAT(plain(frame.lines[5]), HasSubstr("5 above, 0 below"));
}

TEST(TraceView, IsNeverWiderOrTallerThanTheScreen) {
  const TraceWatch watch = twelve_rounds();
  for (const auto display : {TraceDisplay::automatic, TraceDisplay::details, TraceDisplay::flows}) {
    for (const bool help : {false, true}) {
      for (const std::size_t rows : {1, 2, 3, 8, 24}) {
        for (const std::size_t width : {1, 8, 20, 39, 40, 60, 79, 80, 81, 300}) {
          TraceScreen screen = screen_of(watch);
          screen.display = display;
          screen.help = help;
          const auto frame = trace_screen(watch, screen, {.rows = rows, .columns = width});
          EXPECT_EQ(frame.lines.size(), rows);
          for (const Line& line : frame.lines) EXPECT_LE(columns(ansi(line, width, false)), width);
        }
      }
    }
  }
}

TEST(TraceView, HelpFitsEightyColumnsAndTwentyFourRowsWithoutABreak) {
  TraceScreen screen;
  screen.help = true;
  const auto frame = trace_screen(TraceWatch(), screen, {.rows = 24, .columns = 80});
  EXPECT_EQ(frame.scroll_limit, 0u);
  for (const Line& line : frame.lines) EXPECT_THAT(plain(line), Not(::testing::StartsWith("         "))) << "wrapped";
}

TEST(TraceWatch, ANewRouterBeginsWithoutTheLossOfTheOldOne) {
  TraceWatch watch;
  for (int i = 0; i < 4; ++i) watch.take(round(0, {{"192.0.2.1", 1}, {i % 2 == 0 ? "192.0.2.6" : "*", 2}, {kHost, 3}}));
  for (int i = 0; i < 3; ++i) watch.take(round(0, {{"192.0.2.1", 1}, {"192.0.2.10", 2}, {kHost, 3}}));
  const auto hops = watch.hops();
  ASSERT_EQ(hops.size(), 3u);
  ASSERT_EQ(hops[1].responders.size(), 2u);
  EXPECT_EQ(hops[1].responders[0].lost, 2u);
  EXPECT_THAT(hops[1].responders[0].flows, IsEmpty()) << "no path leads over it any more";
  EXPECT_EQ(hops[1].responders[1].lost, 0u);
  EXPECT_THAT(hops[1].responders[1].flows, ElementsAre(0));
  EXPECT_EQ(watch.flows()[0].changes, 1u);
}

TEST(TraceWatch, AShorterPathLeavesNoHopsBehindItsDestination) {
  TraceWatch watch;
  watch.take(round(0, {{"192.0.2.1", 1}, {"192.0.2.6", 2}, {"192.0.2.14", 3}, {kHost, 4}}));
  watch.take(round(0, {{"192.0.2.1", 1}, {"192.0.2.6", 2}, {kHost, 4}}));
  const auto hops = watch.hops();
  ASSERT_EQ(hops.size(), 3u);
  EXPECT_EQ(hops[2].responders.back().address, address(kHost));
  EXPECT_EQ(watch.paths()[0].hops.size(), 3u);
}

TEST(TraceWatch, SilenceBehindAKnownDestinationIsItsLossAndNoPath) {
  TraceWatch watch;
  watch.take(round(0, {{"192.0.2.1", 1}, {kHost, 4}}));
  watch.take(round(0, {{"192.0.2.1", 1}, {"*", 0}, {"*", 0}, {"*", 0}}));
  const auto hops = watch.hops();
  ASSERT_EQ(hops.size(), 2u);
  EXPECT_EQ(hops[1].responders[0].lost, 1u);
  EXPECT_EQ(watch.flows()[0].reached, 1u);
}

TEST(TraceWatch, ProbesHeldBackForABusyRouterAreNoLoss) {
  Trace trace = round(0, {{"192.0.2.1", 1}, {kHost, 4}});
  TraceWatch watch;
  watch.take(trace);
  trace.hops[0].outcomes[0] = SendFailed{EBUSY};
  watch.take(trace);
  trace.hops[0].outcomes[0] = SendFailed{ENETUNREACH};
  watch.take(trace);
  EXPECT_EQ(watch.hops()[0].responders[0].sent(), 1u);
  EXPECT_EQ(watch.withheld(), 1u);
  EXPECT_EQ(watch.send_failures(), 1u);
  const auto frame = trace_screen(watch, {}, {.rows = 10, .columns = 80});
  EXPECT_THAT(text_of(frame.lines), HasSubstr("1 probes could not be sent: no route"));
}

TEST(TraceWatch, KeepsNoMoreThanItSaysHoweverLongItRuns) {
  TraceWatch watch;
  for (int i = 0; i < 1000; ++i) {
    const std::string router = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    watch.take(round(0, {{router.c_str(), 1}, {kHost, 4}}));
  }
  EXPECT_EQ(watch.hops()[0].responders.size(), TraceWatch::kMostResponders);
  EXPECT_LT(watch.diagnoses()[0].hops[0].probes, 2 * TraceWatch::kRounds);
  EXPECT_EQ(watch.rounds(), 1000u);
}

TEST(TraceWatch, AResetForgetsFiguresAndKeepsPaths) {
  TraceWatch watch = twelve_rounds();
  watch.reset();
  EXPECT_EQ(watch.rounds(), 0u);
  EXPECT_THAT(watch.hops(), IsEmpty());
  EXPECT_EQ(watch.paths().size(), 2u);
  watch.take(round(2, {{"192.0.2.1", 0.2}, {"*", 0}, {"*", 0}, {"*", 0}, {"*", 0}}));
  EXPECT_EQ(watch.hops()[1].responders[0].address, address("192.0.2.6")) << "whose probes were lost is still known";
}

TEST(HopTable, LettersGoOnBehindZ) {
  EXPECT_EQ(path_letter(0), 'a');
  EXPECT_EQ(path_letter(26), 'A');
  EXPECT_EQ(path_letter(64), '+');
}

}  // namespace
}  // namespace isthmus::app
