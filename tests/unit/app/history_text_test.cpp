#include "app/history_text.hpp"

#include <gmock/gmock.h>

#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

using resilience::DayRecord;
using resilience::HistoryQuery;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::sys_days kToday{days(17440)};

std::string name_of(Asn asn) { return asn == Asn{4837} ? "China Unicom" : ""; }

DayRecord day_of(std::chrono::sys_days day) {
  DayRecord record;
  record.target = "north-korea";
  record.day = day;
  record.in_state = {hours(23), Duration{}, minutes(8) + seconds(5), minutes(30)};
  record.until = day + days(1);
  const double covered = to_seconds(record.covered());
  record.unknown_share = 0.1 * covered;
  for (const auto& [asn, share] :
       std::vector<std::pair<std::uint32_t, double>>{{4837, 0.3}, {20485, 0.6}, {7, 0.001}}) {
    DayRecord::Upstream& upstream = record.upstreams.emplace_back(DayRecord::Upstream{.asn = Asn{asn}});
    upstream.share.fill(
        {.estimate = share * covered, .low = 0.2 * covered, .high = 0.7 * covered, .least = 0, .most = 1});
  }
  return record;
}

HistoryQuery query() { return {.target = "north-korea", .block = {}, .first = kToday, .last = kToday + days(9)}; }

TEST(HistoryText, IsALineADayWithTheLargestUpstreamFirst) {
  const std::string text = history_text(query(), {{day_of(kToday)}, {}}, name_of);
  EXPECT_THAT(text, HasSubstr("2017-10-01   99.417 %         -    8m 05s   30m 00s   21m 55s  "
                              "AS20485 60 % (20-70), AS4837 China Unicom 30 % (20-70),\n"));
  EXPECT_THAT(text, HasSubstr("\n" + std::string(63, ' ') + "unknown 10 %\n"));
  EXPECT_THAT(text, Not(HasSubstr("AS7 "))) << "too little to be named";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    EXPECT_LE(columns(text.substr(at, end - at)), 120u);
    at = end + 1;
  }
}

TEST(HistoryText, NamesDaysWithoutAnythingAndSumsUpTheRest) {
  const std::string text = history_text(query(), {{day_of(kToday), day_of(kToday + days(2))}, {}}, name_of);
  EXPECT_THAT(text, HasSubstr("2017-10-02  nothing is stored of this day\n"));
  EXPECT_THAT(text, HasSubstr("in all       99.417 %         -   16m 10s    1h 00m   24h 43m\n"));
}

TEST(HistoryText, ADayThatGoesOnIsMeasuredByWhatHasPassedOfIt) {
  DayRecord record = day_of(kToday);
  record.in_state = {hours(2), Duration{}, Duration{}, Duration{}};
  record.until = kToday + hours(3);
  record.present.emplace();
  EXPECT_THAT(history_text(query(), {{record}, {}}, name_of),
              HasSubstr("100.000 %         -         -         -    1h 00m"));
}

TEST(HistoryText, AMomentOfOutageIsNever100Percent) {
  DayRecord record = day_of(kToday);
  record.in_state = {days(1), Duration{}, std::chrono::milliseconds(100), Duration{}};
  EXPECT_THAT(history_text(query(), {{record}, {}}, name_of), HasSubstr(" 99.999 %"));
}

TEST(HistoryText, SaysWhenNothingIsKnown) {
  EXPECT_EQ(history_text(query(), {{}, {}}, name_of),
            "Nothing is known of north-korea from 2017-10-01 to 2017-10-10.\n");
  DayRecord blind = day_of(kToday);
  blind.in_state = {Duration{}, Duration{}, Duration{}, hours(24)};
  EXPECT_THAT(history_text(query(), {{blind}, {}}, name_of), HasSubstr("2017-10-01    unknown "));
}

TEST(HistoryText, APathChangeHasTwoSides) {
  resilience::PathChange change;
  change.time = Timestamp(kToday + hours(9));
  change.target = "north-korea";
  change.block = Block::of(IpAddress::parse("175.45.176.0").value());
  change.vantage = "frankfurt";
  change.address = IpAddress::parse("175.45.176.71").value();
  change.flow = FlowId{5};
  change.before = {.as_path = {Asn{3356}, Asn{4837}},
                   .router = IpAddress::parse("219.158.1.1").value(),
                   .upstream = Asn{4837},
                   .confidence = Confidence::a};
  const std::string text = path_changes_text(
      {.kept = {change}, .left_out = {{.hour = change.time, .target = "north-korea", .count = 17}}}, name_of);
  EXPECT_EQ(text,
            "2017-10-01T09:00:00.000Z  north-korea 175.45.176.0/24  from frankfurt to 175.45.176.71, flow 5\n"
            "  before  AS3356 AS4837 by 219.158.1.1, upstream AS4837 China Unicom, confidence A\n"
            "  after   no known network, upstream undecided\n"
            "2017-10-01T09:00:00.000Z  north-korea  17 more in this hour were counted, not kept\n");
  EXPECT_THAT(path_changes_text({}, name_of), HasSubstr("No path"));
}

TEST(HistoryText, SaysWhatWasToldTooLate) {
  const resilience::LateTally tally{.day = kToday,
                                    .target = "north-korea",
                                    .block = {},
                                    .vantage = "japan",
                                    .pings = 720,
                                    .answers = 718,
                                    .traces = 12,
                                    .reached = 11};
  const char* line = "2017-10-01  japan: 718 of 720 pings answered, 11 of 12 traces reached their destination\n";
  EXPECT_THAT(history_text(query(), {{day_of(kToday)}, {tally}}, name_of), HasSubstr(line));
  EXPECT_THAT(history_text(query(), {{}, {tally}}, name_of), HasSubstr("pings answered")) << "nobody else ran that day";
}

}  // namespace
}  // namespace isthmus::app
