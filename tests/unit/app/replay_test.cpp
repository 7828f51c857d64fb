#include "app/replay.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "app/replay_scope.hpp"
#include "app/wiring.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"
#include "unit/app/replay_fixture.hpp"

namespace isthmus::app {
namespace {

constexpr double kRound = 240;

config::Config sample_config() {
  config::Config config;
  config::VantageConfig& oslo = config.vantages.emplace_back();
  oslo.name = "oslo";
  oslo.asn = Asn{64510};
  oslo.atlas_probe = 7;
  config::TargetConfig& target = config.targets.emplace_back();
  target.name = "example";
  target.asn = Asn{64500};
  target.prefixes = {Prefix::parse("192.0.2.0/24").value()};
  config.controls = {ip("198.51.100.1")};
  return config;
}

std::shared_ptr<const ip2as::NetworkData> data() {
  ip2as::PrefixTableBuilder builder;
  builder.add(Prefix::parse("8.0.0.0/8").value(), Asn{64508}, "Eight");
  auto known = std::make_shared<ip2as::NetworkData>();
  known->prefixes = std::move(builder).build();
  return known;
}

class ReplayTest : public testing::Test {
 protected:
  ReplayTest() : replay_(sample_config(), data(), cadence()) {}

  static ReplayCadence cadence() {
    return {.ping_interval = std::chrono::seconds(240), .trace_interval = std::chrono::seconds(240)};
  }
  void take(Observation observation) {
    verdicts_.push_back(scope_.assign(observation));
    if (verdicts_.back() == ReplayScope::Verdict::relevant) replay_.take(observation);
  }
  // One round of a vantage point: the target's hosts, enough of them not to leave all at once, and the control.
  void round(double seconds, const std::string& vantage, bool answered = true) {
    for (int host = 1; host <= 6; ++host) {
      take(ping(seconds + 0.1 * host, vantage, "192.0.2." + std::to_string(host), answered));
    }
    take(ping(seconds + 1, vantage, "198.51.100.1"));
  }
  std::vector<Event> events() {
    std::vector<Event> all;
    while (auto event = replay_.poll_event()) all.push_back(std::move(*event));
    return all;
  }

  ReplayScope scope_{sample_config(), core_settings(sample_config(), {}).targets};
  Replay replay_;
  std::vector<ReplayScope::Verdict> verdicts_;
};

TEST_F(ReplayTest, HowTheConfigurationProbesDoesNotMatter) {
  config::Config quiet = sample_config();
  quiet.probing.quiet = true;
  quiet.probing.ping.rotate = true;
  quiet.probing.trace.interval = std::chrono::hours(24);
  quiet.probing.trace.sentinel = config::SentinelConfig{std::chrono::hours(1)};
  EXPECT_EQ(replay_settings(quiet, cadence()), replay_settings(sample_config(), cadence()));
}

TEST_F(ReplayTest, KnowsVantagePointsByProbeOtherwiseByTheirAddress) {
  take(ping(0, "atlas-7"));
  Observation stranger = ping(1, "atlas-9");
  std::get<PingSeries>(stranger).seen_from = ip("8.8.8.8");
  take(stranger);
  take(ping(2, "atlas-10"));
  const auto& vantages = replay_.vantages();
  ASSERT_EQ(vantages.size(), 3U);
  EXPECT_EQ(vantages[0], (resilience::VantageSettings{"oslo", Asn{64510}}));
  EXPECT_EQ(vantages[1], (resilience::VantageSettings{"atlas-9", Asn{64508}}));
  EXPECT_EQ(vantages[2], (resilience::VantageSettings{"atlas-10", Asn{}}));
}

TEST_F(ReplayTest, LearnsTheAsOfAVantagePointWhenItFirstCan) {
  take(ping(0, "atlas-9"));
  Observation later = ping(kRound, "atlas-9");
  std::get<PingSeries>(later).seen_from = ip("8.8.8.8");
  take(later);
  EXPECT_EQ(replay_.vantages().front().asn, Asn{64508});
}

TEST_F(ReplayTest, LeavesOutWhatIsNoneOfItsBusiness) {
  take(ping(0, "atlas-7", "203.0.113.1"));
  Observation to_control = trace(1);
  std::get<Trace>(to_control).destination = ip("198.51.100.1");
  take(to_control);
  take(ping(2, ""));
  using enum ReplayScope::Verdict;
  EXPECT_EQ(verdicts_, (std::vector{no_target, no_target, no_vantage}));
  EXPECT_TRUE(replay_.vantages().empty());
}

TEST_F(ReplayTest, TellsOfAnOutageAtTheTimeOfTheArchive) {
  for (int i = 0; i < 12; ++i) {
    const bool answered = i < 6;
    for (const int probe : {7, 8, 9}) round(i * kRound + 10 * probe, "atlas-" + std::to_string(probe), answered);
  }
  const auto all = events();
  ASSERT_FALSE(all.empty());
  std::map<EventKind, Timestamp> when;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].id, i + 1);
    when.emplace(all[i].kind, all[i].time);
  }
  ASSERT_TRUE(when.contains(EventKind::target_down));
  EXPECT_GE(when[EventKind::target_down], at(6 * kRound));
  EXPECT_LE(when[EventKind::target_down], at(8 * kRound + 100));
  EXPECT_EQ(replay_.snapshot().targets.at(0).state, State::down);
  EXPECT_EQ(replay_.snapshot().time, at(11 * kRound + 91));
}

// Nothing arrives at that moment: the clock stops there by itself.
TEST_F(ReplayTest, NoticesAVantagePointThatFallsSilentWhenItDoes) {
  for (int i = 0; i < 4; ++i) {
    for (const int probe : {7, 8}) round(i * kRound, "atlas-" + std::to_string(probe));
  }
  const double last = 3 * kRound + 1;
  round(last + 20 * kRound, "atlas-8");
  const auto all = events();
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front().kind, EventKind::vantage_invalid);
  EXPECT_EQ(all.front().vantage, "oslo");
  EXPECT_GT(all.front().time, at(last + 3 * kRound));
  EXPECT_LT(all.front().time, at(last + 3 * kRound + 10));
}

}  // namespace
}  // namespace isthmus::app
