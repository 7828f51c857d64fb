#include "isthmus/telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>

#include "unit/formats/sample_snapshot.hpp"

namespace isthmus::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ProcessStatus sample_status() {
  ProcessStatus status;
  status.version = "1.2.3";
  status.revision = "abc";
  status.config_reload_success = Timestamp(std::chrono::seconds(1'506'848'000));
  status.store_failures = 2;
  status.store_damaged = 4;
  return status;
}

std::string sample_text() {
  const auto snapshot = test::sample_snapshot();
  return metrics_text(&snapshot, sample_status());
}

// Every line of the text, to look for whole ones.
std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::size_t count_starting_with(const std::vector<std::string>& lines, std::string_view start) {
  return static_cast<std::size_t>(std::ranges::count_if(lines, [&](const auto& l) { return l.starts_with(start); }));
}

TEST(Metrics, NameAtMostFiveNetworksATargetAndNoRouter) {
  const std::string text = sample_text();
  EXPECT_EQ(count_starting_with(lines_of(text), "isthmus_target_as_hegemony_ratio{"), 5u);
  EXPECT_THAT(text, Not(HasSubstr("203.0.113.254")));
}

TEST(Metrics, ATargetThatNothingIsKnownOfHasItsSeriesAllTheSame) {
  auto snapshot = test::sample_snapshot();
  test::change(snapshot.targets, 0, [](auto& target) { target.diversity.reset(); });
  const auto lines = lines_of(metrics_text(&snapshot, sample_status()));
  for (const char* line : {R"(isthmus_target_min_cut{target="peninsula",level="as"} 0)",
                           R"(isthmus_target_min_cut{target="peninsula",level="router"} 0)",
                           R"(isthmus_target_blocks_on_one_as{target="peninsula"} 0)"}) {
    EXPECT_NE(std::ranges::find(lines, line), lines.end()) << line;
  }
  EXPECT_EQ(count_starting_with(lines, "isthmus_target_chokepoint"), 0u);
}

TEST(Metrics, HaveTheValuesOfTheSnapshot) {
  const auto lines = lines_of(sample_text());
  for (const char* line : {
           R"(isthmus_target_state{target="peninsula",state="degraded"} 1)",
           R"(isthmus_target_state{target="peninsula",state="up"} 0)",
           R"(isthmus_target_upstreams{target="peninsula"} 1)",
           R"(isthmus_target_unknown_share_ratio{target="peninsula"} 0.25)",
           R"(isthmus_target_effective_upstreams{target="peninsula"} 1.5)",
           R"(isthmus_target_min_cut{target="peninsula",level="as"} 1)",
           R"(isthmus_target_min_cut{target="peninsula",level="router"} 2)",
           R"(isthmus_target_min_cut_low{target="peninsula",level="router"} 1)",
           R"(isthmus_target_disjoint_paths{target="peninsula",level="router"} 2)",
           R"(isthmus_target_blocks_on_one_as{target="peninsula"} 1)",
           R"(isthmus_target_chokepoint{target="peninsula",asn="64499",name="Carrier <b>"} 1)",
           R"(isthmus_target_as_hegemony_ratio{target="peninsula",asn="64496",name="Transit"} 0.5)",
           R"(isthmus_target_as_hegemony_ratio{target="peninsula",asn="2",name=""} 0.125)",
           R"(isthmus_target_as_hegemony_vantage_ases{target="peninsula"} 2)",
           R"(isthmus_block_state{target="peninsula",block="198.51.100.0/24",state="down"} 1)",
           R"(isthmus_block_state{target="peninsula",block="203.0.113.0/24",state="down"} 0)",
           R"(isthmus_block_reachability_probability{target="peninsula",block="203.0.113.0/24"} 0.99)",
           R"(isthmus_upstream_state{target="peninsula",upstream_asn="64500",upstream_name="",state="down"} 1)",
           R"(isthmus_upstream_share_ratio{target="peninsula",upstream_asn="64496",estimand="vantage"} 0.75)",
           R"(isthmus_upstream_share_low_ratio{target="peninsula",upstream_asn="64496",estimand="address"} 0.125)",
           R"(isthmus_upstream_share_high_ratio{target="peninsula",upstream_asn="64496",estimand="flow"} 0.75)",
           R"(isthmus_ping_probes_total{vantage="frankfurt",target="peninsula"} 10)",
           R"(isthmus_ping_replies_total{vantage="frankfurt",target="peninsula"} 6)",
           R"(isthmus_ping_probes_total{vantage="tokyo",target="peninsula"} 0)",
           R"(isthmus_vantage_state{vantage="tokyo",state="invalid"} 1)",
           R"(isthmus_vantage_state{vantage="frankfurt",state="valid"} 1)",
           R"(isthmus_vantage_last_observation_timestamp_seconds{vantage="frankfurt"} 1506848870.5)",
           R"(isthmus_vantage_last_observation_timestamp_seconds{vantage="tokyo"} 0)",
           R"(isthmus_probes_sent_total{vantage="frankfurt",engine="traceroute",protocol="udp"} 250)",
           R"(isthmus_probes_sent_total{vantage="tokyo",engine="ping",protocol="icmp"} 0)",
           R"(isthmus_replies_invalid_total{vantage="frankfurt",reason="bad_tag"} 4)",
           R"(isthmus_receive_drops_total{vantage="frankfurt"} 2)",
           R"(isthmus_observations_dropped_total{vantage="frankfurt"} 5)",
           R"(isthmus_pacing_lag_seconds{vantage="frankfurt"} 0.25)",
           R"(isthmus_pacing_lag_seconds{vantage="tokyo"} 0)",
           R"(isthmus_events_total{target="peninsula",kind="block_down"} 3)",
           R"(isthmus_events_total{target="peninsula",kind="target_down"} 0)",
           R"(isthmus_vantage_events_total{vantage="frankfurt",kind="vantage_valid"} 2)",
           R"(isthmus_observations_rejected_total{reason="late"} 7)",
           R"(isthmus_observations_rejected_total{reason="duplicate"} 0)",
           R"(isthmus_config_last_reload_successful 1)",
           R"(isthmus_config_last_reload_success_timestamp_seconds 1506848000)",
           R"(isthmus_store_failures_total 2)",
           R"(isthmus_store_damaged_files_total 4)",
           R"(isthmus_build_info{version="1.2.3",revision="abc"} 1)",
       }) {
    EXPECT_THAT(lines, ::testing::Contains(line));
  }
}

// What a page is written from, and nothing of it is an address of a hop.
TEST(Metrics, AnOutageSaysSinceWhenWhoAgreesWhereItEndsAndOnWhomItHung) {
  auto snapshot = test::sample_snapshot();
  test::change(snapshot.targets, 0, [](auto& target) {
    test::change(target.blocks, 1, [](auto& block) {
      block.upstreams = {test::upstream_view(64496, "Transit", State::unknown, 0),
                         test::upstream_view(64500, "", State::down, 0)};
      block.failing = std::make_shared<const FailingHop>(FailingHop{.vantage = "frankfurt",
                                                                    .ttl = 7,
                                                                    .address = test::ip("203.0.113.254"),
                                                                    .last_answer = test::ip("192.0.2.1")});
    });
    target.expected_upstreams = {Asn{64500}};
    target.strained_upstreams = {Asn{64496}};
  });
  const std::string text = metrics_text(&snapshot, sample_status());
  const auto lines = lines_of(text);
  for (
      const char* line : {
          R"(isthmus_target_state_since_timestamp_seconds{target="peninsula"} 1506848100)",
          R"(isthmus_block_down_since_timestamp_seconds{target="peninsula",block="198.51.100.0/24"} 1506848100)",
          R"(isthmus_vantage_blocks_down{vantage="frankfurt",target="peninsula"} 1)",
          R"(isthmus_vantage_blocks_down{vantage="tokyo",target="peninsula"} 0)",
          R"(isthmus_target_failing_hop_blocks{target="peninsula",vantage="frankfurt",ttl="7",asn="64511",)"
          R"(name="Peninsula",last_asn="64496",last_name="Transit"} 1)",
          R"(isthmus_target_sole_upstream{target="peninsula",upstream_asn="64496",upstream_name="Transit \"One\" <b>"} 1)",
          R"(isthmus_block_sole_upstream{target="peninsula",block="198.51.100.0/24",upstream_asn="64496",upstream_name="Transit"} 1)",
          R"(isthmus_upstream_expected{target="peninsula",upstream_asn="64500",upstream_name=""} 1)",
          R"(isthmus_upstream_expected{target="peninsula",upstream_asn="64496",upstream_name="Transit \"One\" <b>"} 0)",
          R"(isthmus_upstream_strained{target="peninsula",upstream_asn="64500",upstream_name=""} 0)",
          R"(isthmus_upstream_strained{target="peninsula",upstream_asn="64496",upstream_name="Transit \"One\" <b>"} 1)",
      }) {
    EXPECT_THAT(lines, ::testing::Contains(line));
  }
  EXPECT_EQ(count_starting_with(lines, "isthmus_block_down_since_timestamp_seconds{"), 1u);
  for (const char* address : {"203.0.113.254", "192.0.2.1"}) EXPECT_THAT(text, Not(HasSubstr(address)));
}

TEST(Metrics, RoundTripsByUpstreamAreAHistogramOfTheirOwn) {
  auto snapshot = test::sample_snapshot();
  test::change(snapshot.targets, 0, [](auto& target) {
    resilience::RttStatistics& rtts = target.pings[0].upstream_rtts[Asn{64496}];
    rtts.buckets[0] = 1;
    rtts.buckets.back() = 2;
    rtts.sum_seconds = 5.25;
  });
  const auto lines = lines_of(metrics_text(&snapshot, sample_status()));
  const std::string of = R"({vantage="frankfurt",target="peninsula",upstream_asn="64496")";
  for (const std::string& line : {"_bucket" + of + R"(,le="0.0005"} 1)", "_bucket" + of + R"(,le="2"} 1)",
                                  "_bucket" + of + R"(,le="+Inf"} 3)", "_count" + of + "} 3", "_sum" + of + "} 5.25"}) {
    EXPECT_THAT(lines, ::testing::Contains("isthmus_upstream_rtt_seconds" + line));
  }
}

TEST(Metrics, WhatNothingIsSaidAboutHasNoSeries) {
  auto snapshot = test::sample_snapshot();
  // Two upstreams carry it: none alone.
  test::change(snapshot.targets, 0, [](auto& target) {
    target.upstreams = {test::upstream_view(64496, "", State::up, 0.5), test::upstream_view(64500, "", State::up, 0.5)};
    test::change(target.blocks, 0, [&](auto& block) { block.upstreams = target.upstreams; });
  });
  const auto lines = lines_of(metrics_text(&snapshot, sample_status()));
  for (const char* family : {"isthmus_target_sole_upstream", "isthmus_block_sole_upstream",
                             "isthmus_target_failing_hop_blocks", "isthmus_upstream_expected"}) {
    EXPECT_EQ(count_starting_with(lines, family), 0u) << family;
  }
}

TEST(Metrics, HistogramIsCumulativeAndComplete) {
  const auto lines = lines_of(sample_text());
  const std::string series = R"(isthmus_ping_rtt_seconds_bucket{vantage="frankfurt",target="peninsula",le=")";
  EXPECT_EQ(count_starting_with(lines, series), resilience::kRttBucketsSeconds.size() + 1);
  for (const char* line : {"0.0005\"} 1", "0.01\"} 1", "0.02\"} 5", "2\"} 5", "+Inf\"} 6"}) {
    EXPECT_THAT(lines, ::testing::Contains(series + line));
  }
  EXPECT_THAT(lines,
              ::testing::Contains(R"(isthmus_ping_rtt_seconds_count{vantage="frankfurt",target="peninsula"} 6)"));
  EXPECT_THAT(lines,
              ::testing::Contains(R"(isthmus_ping_rtt_seconds_sum{vantage="frankfurt",target="peninsula"} 2.5625)"));
}

TEST(Metrics, EveryTargetAndVantageHasItsSeriesBeforeAnythingIsKnown) {
  resilience::Snapshot snapshot;
  resilience::TargetView target;
  target.name = "new";
  target.pings.resize(1);
  target.pings[0].vantage = "tokyo";
  snapshot.targets.push_back(target);
  snapshot.vantages.resize(1);
  snapshot.vantages[0].name = "tokyo";
  const auto lines = lines_of(metrics_text(&snapshot, sample_status()));
  EXPECT_THAT(lines, ::testing::Contains(R"(isthmus_target_state{target="new",state="unknown"} 1)"));
  EXPECT_THAT(lines, ::testing::Contains(R"(isthmus_vantage_state{vantage="tokyo",state="unknown"} 1)"));
  EXPECT_THAT(lines, ::testing::Contains(R"(isthmus_target_upstreams{target="new"} 0)"));
  EXPECT_EQ(count_starting_with(lines, "isthmus_target_state{"), kStates.size());
  EXPECT_EQ(count_starting_with(lines, "isthmus_events_total{"), kEventKinds.size());
  EXPECT_EQ(count_starting_with(lines, "isthmus_replies_invalid_total{"), kInvalidReasons);
  EXPECT_EQ(count_starting_with(lines, "isthmus_probes_sent_total{"), 1u);
}

TEST(Metrics, WithoutASnapshotOnlyTheProcessSpeaks) {
  const std::string text = metrics_text(nullptr, sample_status());
  EXPECT_THAT(text, HasSubstr("isthmus_build_info{"));
  EXPECT_THAT(text, Not(HasSubstr("target")));
  EXPECT_THAT(text, Not(HasSubstr("isthmus_snapshot_timestamp_seconds")));
}

TEST(Metrics, NoHopAddressIsEverALabel) {
  const std::string text = sample_text();
  for (const char* address : {"192.0.2.1\"", "198.51.100.9", "203.0.113.71"})
    EXPECT_THAT(text, Not(HasSubstr(address)));
}

TEST(Metrics, HostileNamesStayInsideTheirLabel) {
  auto snapshot = test::sample_snapshot();
  test::change(snapshot.targets, 0, [](auto& target) { target.upstreams[0].name = "a\"} 1\nb\\ \xFF"; });
  const auto lines = lines_of(metrics_text(&snapshot, sample_status()));
  EXPECT_THAT(lines, ::testing::Contains(
                         "isthmus_upstream_state{target=\"peninsula\",upstream_asn=\"64496\",upstream_name=\"a\\\"} "
                         "1\\nb\\\\ \xEF\xBF\xBD\",state=\"up\"} 1"));
}

TEST(Metrics, PromtoolHasNothingToSay) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  auto snapshot = test::sample_snapshot();
  test::change(snapshot.targets, 0, [](auto& target) { target.upstreams[0].name = "a\"} 1\nb\\ \xFF"; });
  char name[] = "/tmp/isthmus-promtool-XXXXXX";
  const int said = ::mkstemp(name);
  ASSERT_GE(said, 0);
  FILE* promtool = ::popen(("promtool check metrics >" + std::string(name) + " 2>&1").c_str(), "w");
  ASSERT_NE(promtool, nullptr);
  const std::string text = metrics_text(&snapshot, sample_status());
  EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), promtool), text.size());
  const int status = ::pclose(promtool);
  std::string complaint(4096, '\0');
  const auto size = ::read(said, complaint.data(), complaint.size());
  complaint.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  ::close(said);
  std::remove(name);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(complaint, "");
}

}  // namespace
}  // namespace isthmus::telemetry
