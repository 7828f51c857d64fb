#include "app/status_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "app/text_columns.hpp"
#include "isthmus/formats/snapshot_json.hpp"
#include "unit/formats/sample_snapshot.hpp"

namespace isthmus::app {
namespace {

using ::testing::HasSubstr;

// The sample's target is degraded; beside it one that is up and one that is down.
resilience::Snapshot snapshot_of_three() {
  resilience::Snapshot snapshot = test::sample_snapshot();
  resilience::TargetView up = test::target_view();
  up.name = "island";
  up.state = State::up;
  resilience::TargetView down = test::target_view();
  down.name = "atoll";
  down.state = State::down;
  down.diversity = nullptr;
  down.upstreams.clear();
  down.unknown_share = 1;
  snapshot.targets = {up, test::target_view(), down};
  return snapshot;
}

StatusReport report_of(const resilience::Snapshot& snapshot) {
  return read_status(formats::targets_json(snapshot), formats::vantages_json(snapshot)).value();
}

TEST(StatusReport, IsATableOfEightyColumnsWithTheWorstFirst) {
  EXPECT_EQ(status_text(report_of(snapshot_of_three()), Charset::ascii),
            R"(1 down, 1 degraded, 1 up; as of 2017-10-01T09:07:51.000Z

target               state      since blocks up cut upstreams
atoll                down     12m 51s       1/2   - 100 % unknown
peninsula            degraded 12m 51s       1/2   1  75 % AS64496 Transit "One"
                                                    <b>
                                                    lost  AS64500
                                                     25 % unknown
island               up       12m 51s       1/2   1  75 % AS64496 Transit "One"
                                                    <b>
                                                    lost  AS64500
                                                     25 % unknown

vantage point        state      since    last  controls why
tokyo                invalid        -       -       0/3 0 of 3 control addresses
                                                        answer
frankfurt            valid    14m 31s      0s       3/3
)");
}

TEST(StatusReport, WhoCarriesMostComesFirst) {
  const auto report = read_status(R"({"time":"2017-10-01T10:50:00Z","targets":[{"target":"t","state":"up","upstreams":[
      {"asn":20485,"share":{"vantage":{"estimate":0.4}}},{"asn":1},{"asn":4837,"share":{"vantage":{"estimate":0.6}}}]}]})",
                                  R"({"time":"2017-10-01T10:50:00Z","vantages":[]})");
  ASSERT_TRUE(report) << to_string(report.error());
  std::vector<Asn> order;
  for (const StatusUpstream& upstream : report->targets.at(0).upstreams) order.push_back(upstream.asn);
  EXPECT_EQ(order, (std::vector<Asn>{Asn{4837}, Asn{20485}, Asn{1}}));
}

TEST(StatusReport, OnlyAllTargetsUpIsAllUp) {
  EXPECT_FALSE(report_of(snapshot_of_three()).all_up());
  resilience::Snapshot snapshot = test::sample_snapshot();
  EXPECT_FALSE(report_of(snapshot).all_up()) << "degraded is not up";
  test::change(snapshot.targets, 0, [](resilience::TargetView& target) { target.state = State::unknown; });
  EXPECT_FALSE(report_of(snapshot).all_up()) << "nor is unknown";
  test::change(snapshot.targets, 0, [](resilience::TargetView& target) { target.state = State::up; });
  EXPECT_TRUE(report_of(snapshot).all_up());
}

TEST(StatusReport, LongNamesBreakNoLine) {
  resilience::Snapshot snapshot = snapshot_of_three();
  test::change(snapshot.targets, 0, [](resilience::TargetView& target) {
    target.name = std::string(100, 'n');
    target.upstreams[0].name = "A Very Long Name Of A Network That Goes On And On Until Nobody Reads It Any More";
  });
  snapshot.vantages[1].reason = std::string(200, 'r');
  std::istringstream lines(status_text(report_of(snapshot), Charset::ascii));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80u) << line;
}

TEST(StatusReport, WhatIsNoDocumentOfIsthmusIsRefused) {
  EXPECT_FALSE(read_status("<html>", "{}"));
  EXPECT_FALSE(read_status("{}", "{}"));
  EXPECT_FALSE(read_status(R"({"time":"2017-10-01T00:00:00Z"})", "{}"));
  const auto odd =
      read_status(R"({"time":"2017-10-01T00:00:00Z","targets":[1,{"target":7,"state":"odd","blocks":{}}]})",
                  R"({"vantages":[null]})");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->targets.size(), 1u);
  EXPECT_EQ(odd->targets[0].state, State::unknown);
}

}  // namespace
}  // namespace isthmus::app
