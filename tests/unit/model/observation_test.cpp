// The small rules that observations and events carry.

#include "isthmus/model/observation.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "isthmus/model/event.hpp"

namespace isthmus {
namespace {

Timestamp at(int seconds) { return Timestamp(std::chrono::seconds(seconds)); }

TEST(Hop, AnswerIsTheFirstReply) {
  Hop hop{3, {TimedOut{}, SendFailed{1}}};
  EXPECT_EQ(hop.answer(), nullptr);
  Reply first;
  first.from = IpAddress::v4(1);
  Reply second;
  second.from = IpAddress::v4(2);
  hop.outcomes.insert(hop.outcomes.end(), {first, second});
  ASSERT_NE(hop.answer(), nullptr);
  EXPECT_EQ(hop.answer()->from, IpAddress::v4(1));
}

TEST(Observation, TraceIsCompleteAtItsEnd) {
  Trace trace;
  trace.vantage = "frankfurt";
  trace.started = at(10);
  trace.ended = at(12);
  EXPECT_EQ(vantage_of(Observation(trace)), "frankfurt");
  EXPECT_EQ(time_of(Observation(trace)), at(12));
}

TEST(Observation, PingSeriesIsCompleteWithItsLastSending) {
  PingSeries series;
  series.vantage = "tokyo";
  series.outcomes = {{at(10), TimedOut{}}, {at(11), TimedOut{}}};
  EXPECT_EQ(vantage_of(Observation(series)), "tokyo");
  EXPECT_EQ(time_of(Observation(series)), at(11));
}

TEST(Words, StatesAndKindsRoundTripAndDiffer) {
  std::set<std::string> words;
  for (const State state : kStates) {
    EXPECT_EQ(parse_state(to_string(state)), state);
    words.insert(to_string(state));
  }
  EXPECT_EQ(words, (std::set<std::string>{"up", "degraded", "down", "unknown"}));
  for (const VantageState state : kVantageStates) EXPECT_EQ(parse_vantage_state(to_string(state)), state);
  words.clear();
  for (const EventKind kind : kEventKinds) {
    EXPECT_EQ(parse_event_kind(to_string(kind)), kind);
    words.insert(to_string(kind));
  }
  EXPECT_EQ(words,
            (std::set<std::string>{"upstream_appeared", "upstream_lost", "upstream_restored", "share_shifted",
                                   "redundancy_lost", "redundancy_restored", "block_down", "block_up", "target_down",
                                   "target_partial", "target_up", "vantage_invalid", "vantage_valid"}));
}

TEST(Words, NonsenseIsNoWord) {
  for (const char* text : {"", "Up", "up ", "nonsense"}) {
    EXPECT_EQ(parse_state(text), std::nullopt);
    EXPECT_EQ(parse_vantage_state(text), std::nullopt);
    EXPECT_EQ(parse_event_kind(text), std::nullopt);
  }
}

TEST(Words, ConfidenceIsALetter) {
  EXPECT_STREQ(to_string(Confidence::a), "A");
  EXPECT_STREQ(to_string(Confidence::b), "B");
  EXPECT_STREQ(to_string(Confidence::c), "C");
}

}  // namespace
}  // namespace isthmus
