// Times and durations as text: round trips, edges, and what is refused.

#include "isthmus/base/time.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

namespace isthmus {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Timestamp at(std::int64_t unix_seconds, Duration rest = {}) { return Timestamp(seconds(unix_seconds)) + rest; }

TEST(Rfc3339, KnownTimes) {
  EXPECT_EQ(to_rfc3339(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(at(1506848871)), "2017-10-01T09:07:51.000Z");
  EXPECT_EQ(to_rfc3339(at(951782400)), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(at(-1, milliseconds(1))), "1969-12-31T23:59:59.001Z");
}

TEST(Rfc3339, CutsToMillisecondsTowardsThePast) {
  EXPECT_EQ(to_rfc3339(at(0, Duration(1'999'999))), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(to_rfc3339(at(0, Duration(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsOffsetsAndFractions) {
  const Timestamp expected = at(1506848871);
  for (const char* text : {"2017-10-01T09:07:51Z", "2017-10-01t09:07:51z", "2017-10-01 09:07:51.000Z",
                           "2017-10-01T11:07:51+02:00", "2017-10-01T03:37:51-05:30", "2017-09-30T23:07:51-10:00"}) {
    EXPECT_EQ(parse_rfc3339(text).value(), expected) << text;
  }
  EXPECT_EQ(parse_rfc3339("2017-10-01T09:07:51.5Z").value(), expected + milliseconds(500));
  EXPECT_EQ(parse_rfc3339("2017-10-01T09:07:51.000000001Z").value(), expected + Duration(1));
  EXPECT_EQ(parse_rfc3339("2017-10-01T09:07:51.0000000019Z").value(), expected + Duration(1));
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z").value(), parse_rfc3339("2017-01-01T00:00:00Z").value());
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "2017",
                           "2017-10-01",
                           "2017-10-01T09:07:51",
                           "2017-10-01T09:07Z",
                           "2017-13-01T00:00:00Z",
                           "2017-00-01T00:00:00Z",
                           "2017-02-29T00:00:00Z",
                           "2017-10-32T00:00:00Z",
                           "2017-10-01T24:00:00Z",
                           "2017-10-01T09:60:00Z",
                           "2017-10-01T09:07:61Z",
                           "2017-10-01T09:07:51.Z",
                           "2017-10-01T09:07:51+0200",
                           "2017-10-01T09:07:51+24:00",
                           "2017-10-01T09:07:51Z ",
                           " 2017-10-01T09:07:51Z",
                           "2017-10-0109:07:51Z",
                           "2017-1-01T09:07:51Z",
                           "-017-10-01T09:07:51Z",
                           "1677-12-31T23:59:59Z",  // Years that nanoseconds in 64 bits cannot tell.
                           "2262-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z"}) {
    const auto time = parse_rfc3339(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, ErrorCode::parse_failed);
    EXPECT_NE(time.error().detail.find("RFC 3339"), std::string::npos);
  }
}

TEST(Rfc3339, ReadsTheFirstAndTheLastYearWithAnyOffset) {
  EXPECT_EQ(to_rfc3339(parse_rfc3339("1678-01-01T00:00:00+23:59").value()), "1677-12-31T00:01:00.000Z");
  EXPECT_EQ(to_rfc3339(parse_rfc3339("2261-12-31T23:59:59-23:59").value()), "2262-01-01T23:58:59.000Z");
}

TEST(Rfc3339, RoundTripsToTheMillisecond) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; ++i) {
    const auto whole = static_cast<std::int64_t>(random() % 8'000'000'000ull) - 1'000'000'000;  // 1938 to 2191
    const Timestamp time = at(whole, milliseconds(random() % 1000));
    ASSERT_EQ(parse_rfc3339(to_rfc3339(time)).value(), time);
  }
}

TEST(DurationText, EveryUnit) {
  EXPECT_EQ(parse_duration("7ns").value(), Duration(7));
  EXPECT_EQ(parse_duration("7us").value(), Duration(7'000));
  EXPECT_EQ(parse_duration("500ms").value(), milliseconds(500));
  EXPECT_EQ(parse_duration("10s").value(), seconds(10));
  EXPECT_EQ(parse_duration("1.5m").value(), seconds(90));
  EXPECT_EQ(parse_duration("12h").value(), hours(12));
  EXPECT_EQ(parse_duration("90d").value(), hours(90 * 24));
  EXPECT_EQ(parse_duration("0s").value(), Duration::zero());
  EXPECT_EQ(parse_duration("0.1s").value(), milliseconds(100));
}

TEST(DurationText, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "10", "s", "-1s", "1 s", " 1s", "1s ", "1S", "1sec", "1h30m", "nan s", "nans", "infs",
                           "1e30s", "1e400s", "300000d", "0x10s", "+1s", "1,5s"}) {
    ASSERT_FALSE(parse_duration(text)) << text;
  }
}

TEST(DurationText, ShortestExactText) {
  EXPECT_EQ(to_string(Duration::zero()), "0s");
  EXPECT_EQ(to_string(Duration(seconds(10))), "10s");
  EXPECT_EQ(to_string(Duration(milliseconds(1500))), "1500ms");
  EXPECT_EQ(to_string(Duration(minutes(90))), "90m");
  EXPECT_EQ(to_string(Duration(hours(48))), "2d");
  EXPECT_EQ(to_string(Duration(1'000'001)), "1000001ns");
}

TEST(DurationText, RoundTripsExactlyWhileADoubleCan) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 5000; ++i) {
    const Duration duration(static_cast<std::int64_t>(random() >> (11 + random() % 50)));
    ASSERT_EQ(parse_duration(to_string(duration)).value(), duration) << to_string(duration);
  }
}

TEST(DurationText, SecondsAsANumber) {
  EXPECT_DOUBLE_EQ(to_seconds(milliseconds(1500)), 1.5);
  EXPECT_DOUBLE_EQ(to_seconds(Duration(-1)), -1e-9);
}

}  // namespace
}  // namespace isthmus
