#include "app/explanation.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "app/event_explanation.hpp"
#include "app/text_columns.hpp"
#include "unit/app/infer_fixture.hpp"

namespace isthmus::app {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the tests' own words.
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string explained(const std::vector<Trace>& traces) {
  const auto data = charted();
  TraceIntake intake(data, {.targets = {}, .explained = Prefix::parse("175.45.176.0/24").value()});
  for (const Trace& trace : traces) intake.take(trace);
  intake.settle();
  return explain_block(intake.map(), 0, block("175.45.176.0/24"), *data);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void expect_to_fit(const std::string& text) {
  for (const std::string& line : lines_of(text)) EXPECT_LE(columns(line), kTextWidth) << line;
}

std::string line_with(const std::string& text, const std::string& part) {
  for (const std::string& line : lines_of(text)) {
    if (line.find(part) != std::string::npos) return line;
  }
  return "no line with " + part + " in\n" + text;
}

TEST(Explanation, SaysWhoWhyAndHowSure) {
  const std::string text = explained({by_unicom()});
  EXPECT_THAT(text, HasSubstr("175.45.176.0/24 of AS131279 STAR-KP"));
  EXPECT_THAT(line_with(text, "AS4837 China Unicom: "), HasSubstr("confidence A, 9"));
  EXPECT_THAT(text, HasSubstr("(rule adjacent)"));
  EXPECT_THAT(line_with(text, "  for: "), HasSubstr("known to sell the target transit"));
  expect_to_fit(text);
}

TEST(Explanation, SaysWhatSpeaksAgainst) {
  Trace trace = inference::testing::trace("12.0.1.1 219.158.3.2 * * 175.45.176.71");
  const std::string text = explained({trace});
  const std::string against = text.substr(text.find("  against: "));
  EXPECT_THAT(against, HasSubstr("two or three hops before the target are silent"));
  EXPECT_THAT(against, HasSubstr("hop before the last router is of another network"));
}

TEST(Explanation, ShowsEveryHopWithItsOwner) {
  Trace trace = inference::testing::trace("192.168.1.1 12.0.1.1 * 219.158.3.2 103.35.255.254 175.45.176.71");
  const std::string text = explained({trace});
  EXPECT_THAT(line_with(text, " 192.168.1.1 "), HasSubstr("private"));
  EXPECT_THAT(line_with(text, " 12.0.1.1 "), HasSubstr("AS7018 AT&T"));
  EXPECT_THAT(line_with(text, "     3  *"), Not(HasSubstr("AS")));
  EXPECT_THAT(line_with(text, " 103.35.255.254 "), HasSubstr("unmapped"));
  EXPECT_THAT(line_with(text, " 175.45.176.71 "), AllOf(HasSubstr("AS131279"), HasSubstr("target")));
}

TEST(Explanation, TracesThatSayTheSameAreToldOnce) {
  const std::string text =
      explained({by_unicom({.vantage = "one", .flow = 1}), by_unicom({.vantage = "one", .flow = 2}),
                 by_ttk({.vantage = "two", .flow = 1}, "144.232.1.1")});
  EXPECT_THAT(text, HasSubstr("2 flows from one (AS7018)"));
  EXPECT_THAT(text, HasSubstr("1 flow from two (AS1239)"));
}

TEST(Explanation, AGuessIsCalledUnknown) {
  EXPECT_THAT(explained({dying()}), HasSubstr("unknown: AS7018 AT&T is likeliest, but only"));
}

TEST(Explanation, HopsThatWereNotUsedSaySo) {
  const Trace trace = inference::testing::trace("12.0.1.1 219.158.3.2 219.158.3.2 175.45.176.71");
  EXPECT_THAT(explained({trace}), HasSubstr("not used"));
}

config::Config configuration() {
  config::Config config;
  config::TargetConfig& target = config.targets.emplace_back();
  target.name = "north-korea";
  target.asn = kStar;
  target.prefixes = {Prefix::parse("175.45.176.0/22").value()};
  config::VantageConfig& vantage = config.vantages.emplace_back();
  vantage.name = "us";
  vantage.asn = Asn{7018};
  return config;
}

Event moved() {
  Event event;
  event.id = 17;
  event.kind = EventKind::upstream_lost;
  event.target = "north-korea";
  event.block = block("175.45.176.0/24");
  event.upstream = kTtk;
  event.before = "4837,20485";
  event.after = "4837";
  event.evidence.summary = "AS20485 no longer carries 175.45.176.0/24, as seen from us.";
  event.evidence.traces = {by_unicom({.started = 90}), by_ttk({.started = 30})};
  return event;
}

TEST(EventExplanation, PutsBeforeAndAfterSideBySide) {
  const std::string text = explain_event(moved(), configuration(), charted());
  EXPECT_THAT(text, HasSubstr("Event 17: upstream_lost"));
  EXPECT_THAT(text, HasSubstr("4837,20485 -> 4837"));
  // The older trace is the one before, whatever their order.
  EXPECT_LT(text.find("AS20485 TransTeleCom: confidence"), text.find("AS4837 China Unicom: confidence"));
  EXPECT_THAT(line_with(text, "  2 188.43.225.1 "), AllOf(HasSubstr(" <> "), HasSubstr("219.158.3.1 ")));
  EXPECT_THAT(line_with(text, "  1 12.0.1.1 "), AllOf(HasSubstr(" |  "), Not(HasSubstr("<>"))));
  expect_to_fit(text);
}

TEST(EventExplanation, ALoneTraceIsShownByItself) {
  Event event = moved();
  event.evidence.traces.pop_back();
  const std::string text = explain_event(event, configuration(), charted());
  EXPECT_THAT(text, Not(HasSubstr("Before:")));
  EXPECT_THAT(text, HasSubstr("AS4837 China Unicom: confidence"));
  EXPECT_THAT(text, HasSubstr("owner of address"));
}

TEST(EventExplanation, ATargetThatIsNoLongerWatchedIsLookedUp) {
  EXPECT_THAT(explain_event(moved(), {}, charted()), HasSubstr("AS4837 China Unicom: confidence"));
}

TEST(EventExplanation, WithoutTracesItSaysWhatTheEventRestsOn) {
  Event event = moved();
  event.kind = EventKind::block_down;
  event.evidence.traces.clear();
  EXPECT_THAT(explain_event(event, configuration(), charted()), HasSubstr("It rests on pings"));
}

TEST(EventExplanation, LongAddressesAndWordsKeepTheColumns) {
  Event event = moved();
  event.evidence.summary = std::string(300, 'x') + " " + std::string(90, 'y');
  event.evidence.traces = {inference::testing::trace("2001:db8:1111:2222:3333:4444:5555:6666 2001:db8::1",
                                                     {.destination = "2001:db8::1", .started = 1}),
                           inference::testing::trace("2001:db8:1111:2222:3333:4444:5555:7777 * 2001:db8::1",
                                                     {.destination = "2001:db8::1", .started = 2})};
  expect_to_fit(explain_event(event, configuration(), charted()));
}

}  // namespace
}  // namespace isthmus::app
