// A page that would be too large goes without what matters least, says so, and does not change its mind all the time.

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "isthmus/telemetry/metrics.hpp"
#include "unit/formats/sample_snapshot.hpp"
#include "unit/telemetry/exposition.hpp"

namespace isthmus::telemetry {
namespace {

using ::testing::Contains;
using ::testing::Not;

constexpr std::uint64_t kGroups[] = {100, 50, 10};

TEST(SeriesLimit, LeavesOutTheFirstGroupsUntilTheRestFits) {
  EXPECT_EQ(SeriesLimit(160).leave_out(kGroups), 0u);
  EXPECT_EQ(SeriesLimit(159).leave_out(kGroups), 1u);
  EXPECT_EQ(SeriesLimit(60).leave_out(kGroups), 1u);
  EXPECT_EQ(SeriesLimit(59).leave_out(kGroups), 2u);
  EXPECT_EQ(SeriesLimit(1).leave_out(kGroups), 2u) << "the last group is never left out";
}

TEST(SeriesLimit, CountsWhatEveryPageGoesWithout) {
  SeriesLimit limit(60);
  EXPECT_EQ(limit.dropped(), 0u);
  static_cast<void>(limit.leave_out(kGroups));
  EXPECT_EQ(limit.dropped(), 100u);
  static_cast<void>(limit.leave_out(kGroups));
  EXPECT_EQ(limit.dropped(), 200u);
}

TEST(SeriesLimit, ASeriesMoreOrLessAtTheLimitDoesNotMakeAGroupComeAndGo) {
  SeriesLimit limit(160);
  const auto out_with = [&](std::uint64_t last) {
    const std::uint64_t groups[] = {100, 50, last};
    return limit.leave_out(groups);
  };
  EXPECT_EQ(out_with(10), 0u);
  EXPECT_EQ(out_with(11), 1u);
  EXPECT_EQ(out_with(10), 1u) << "it would fit again, but only just";
  EXPECT_EQ(out_with(0), 1u);
  const std::uint64_t fewer[] = {90, 50, 4};
  EXPECT_EQ(limit.leave_out(fewer), 0u) << "a tenth of the limit is free";
}

std::set<std::string> names_in(const test::Exposition& page) {
  std::set<std::string> names;
  for (const auto& series : page.series) names.insert(series.name);
  return names;
}

double value_of(const test::Exposition& page, const std::string& name, const std::string& family = {}) {
  for (const auto& series : page.series) {
    if (series.name == name && (family.empty() || series.labels.at("family") == family)) return series.value;
  }
  return -1;
}

class LimitedPage : public ::testing::Test {
 protected:
  test::Exposition page(std::uint64_t most) {
    if (status_.series->most() != most) status_.series = std::make_shared<SeriesLimit>(most);
    return test::read_exposition(metrics_text(&snapshot_, status_));
  }
  resilience::Snapshot snapshot_ = test::sample_snapshot();
  ProcessStatus status_;
};

TEST_F(LimitedPage, BelowTheLimitNothingIsMissingAndTheCounterSaysSo) {
  const auto all = page(SeriesLimit::kNone);
  EXPECT_EQ(value_of(all, "isthmus_series_dropped_total"), 0);
  EXPECT_EQ(value_of(page(5000), "isthmus_series_limit"), 5000);
  EXPECT_THAT(names_in(all), Not(Contains("isthmus_series_left_out")));
}

TEST_F(LimitedPage, DetailOfBlocksGoesFirstAndTheSamePageSaysHowMuchItWas) {
  const std::size_t all = page(SeriesLimit::kNone).series.size();
  const auto less = page(all - 1);
  EXPECT_THAT(names_in(less), Not(Contains("isthmus_block_reachability_probability")));
  EXPECT_THAT(names_in(less), Contains("isthmus_ping_rtt_seconds_bucket"));
  EXPECT_EQ(value_of(less, "isthmus_series_dropped_total"), 2) << "two blocks";
  EXPECT_EQ(value_of(less, "isthmus_series_left_out", "isthmus_block_reachability_probability"), 2);
}

TEST_F(LimitedPage, StatesOfTargetsAndAllAboutVantagePointsAndIsthmusStayWhateverTheLimit) {
  const auto least = page(1);
  for (const char* name : {"isthmus_target_state", "isthmus_vantage_state", "isthmus_probes_sent_total",
                           "isthmus_build_info", "isthmus_snapshot_timestamp_seconds"}) {
    EXPECT_THAT(names_in(least), Contains(name));
  }
  for (const char* name : {"isthmus_block_state", "isthmus_upstream_state", "isthmus_target_upstreams",
                           "isthmus_ping_probes_total", "isthmus_events_total"}) {
    EXPECT_THAT(names_in(least), Not(Contains(name)));
    EXPECT_GT(value_of(least, "isthmus_series_left_out", name), 0) << name;
  }
}

// Whatever the limit is: one scrape after the other has the same families, and what is missing was counted.
TEST_F(LimitedPage, TheSameSnapshotHasTheSameSeriesAtEveryScrape) {
  const std::size_t all = page(SeriesLimit::kNone).series.size();
  for (std::size_t most = 1; most <= all; most += 7) {
    const auto first = page(most);
    const auto second = page(most);
    EXPECT_EQ(names_in(first), names_in(second)) << most;
    const double dropped = value_of(first, "isthmus_series_dropped_total");
    EXPECT_EQ(value_of(second, "isthmus_series_dropped_total"), 2 * dropped) << most;
    const auto named = std::ranges::count(first.series, "isthmus_series_left_out", &test::Exposition::Series::name);
    EXPECT_EQ(static_cast<double>(first.series.size()) + dropped, static_cast<double>(all) + static_cast<double>(named))
        << most;
  }
}

}  // namespace
}  // namespace isthmus::telemetry
