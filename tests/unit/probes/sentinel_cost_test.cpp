// What single probes between whole traces cost: looks, loss, and quotas.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "unit/probes/sentinel_world.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

TEST_F(Sentinels, AQuietPathCostsOneProbeALookAndAPatrol) {
  begin(watching(4));
  world_->run_for(90min);
  EXPECT_TRUE(news().empty()) << "nothing changed, so there is nothing to report";
  const auto probes = static_cast<double>(network_.sent().size());
  EXPECT_NEAR(probes / (4 * 90), 1 + 1.0 / 16, 0.03);
  auto at = asked();
  EXPECT_GE(at[8], 4 * 90 * 3 / 4 - 4) << "the last router before the host";
  EXPECT_GE(at[9], 4 * 90 / 4 - 4) << "and behind it";
  for (Ttl ttl = 1; ttl <= 9; ++ttl) EXPECT_GE(at[ttl], 1) << int{ttl} << " was never patrolled";
}

TEST_F(Sentinels, LooksKeepTheFlowOfTheTraces) {
  begin(watching(3));
  std::set<std::uint32_t> words;
  world_->run_for(30min);
  for (const auto& [at, packet] : network_.sent()) words.insert(packet.flow_word);
  EXPECT_EQ(words.size(), 3U);
  forget();
  world_->run_for(2h);
  for (const auto& [at, packet] : network_.sent()) EXPECT_TRUE(words.contains(packet.flow_word));
}

TEST_F(Sentinels, LossIsNoChange) {
  network_.set_loss(0.05);
  begin(watching(6));
  world_->run_for(115min);
  EXPECT_TRUE(news().empty());
  EXPECT_LE(network_.sent().size(), 6U * 115 * 13 / 10);
}

TEST_F(Sentinels, ALimitedRouterIsNoChange) {
  auto slow = plain_path();
  slow.routers[7].icmp_per_second = 0.2;
  slow.routers[7].icmp_burst = 6;
  auto settings = watching(6);
  settings.trace.sentinel->interval = 10s;  // three times what it answers
  begin(settings, slow);
  world_->run_for(1h);
  std::set<std::vector<std::optional<IpAddress>>> seen;
  for (const Trace& trace : news()) {
    EXPECT_EQ(trace.stop, StopReason::reached);
    for (const auto& answer : answers_of(trace)) EXPECT_TRUE(!answer || *answer == kHost || answer->is_v4());
  }
  EXPECT_LE(network_.sent().size(), 6U * 360 * 2) << "silence made it ask on and on";
}

TEST_F(Sentinels, ADestinationThatFallsSilentIsNotSearchedForAtEveryHopBehindIt) {
  begin(watching());
  path().hosts.clear();
  world_->run_for(6min);
  ASSERT_EQ(news().size(), 1U);
  EXPECT_EQ(news().front().stop, StopReason::gap_limit);
  EXPECT_EQ(answers_of(news().front()).at(7), address("198.51.100.8"));
  int beyond = 0;
  for (const auto& [ttl, probes] : asked()) beyond += ttl > 9 ? probes : 0;
  EXPECT_LE(beyond, 2) << "one place far away tells as well as all in between";
  path().hosts = {kHost};
  forget();
  world_->run_for(6min);
  ASSERT_FALSE(news().empty());
  EXPECT_EQ(news().back().stop, StopReason::reached);
  EXPECT_EQ(answers_of(news().back()), truth_of(path()));
}

TEST_F(Sentinels, AreSwitchedOnAndOffWhileRunning) {
  begin(watching(2));
  auto settings = watching(2);
  settings.trace.sentinel.reset();
  ASSERT_TRUE(world_->prober().reconfigure(settings, world_->now()));
  world_->run_for(30min);
  EXPECT_TRUE(network_.sent().empty());
  ASSERT_TRUE(world_->prober().reconfigure(watching(2), world_->now()));
  world_->run_for(3h);
  EXPECT_GE(asked()[8], 2 * 60 * 3 / 4);
}

TEST_F(Sentinels, TheQuotaOfATargetIsHard) {
  auto settings = watching(6);
  settings.trace.interval = 10min;
  settings.targets.front().trace_probes_per_hour = 100;  // of 360 looks and 324 probes of whole traces
  network_.set_loss(0.02);
  begin(settings);
  world_->run_for(24h);
  const auto& sent = network_.sent();
  EXPECT_LE(sent.size(), 100U * 24 + 32);
  EXPECT_GE(sent.size(), 100U * 24 * 8 / 10) << "what is allowed is not used";
  EXPECT_GE(asked()[8] + asked()[9], 24 * 40) << "whole traces starve the looks";
  EXPECT_GE(news().size(), 24U * 3) << "looks starve the whole traces";
}

TEST_F(Sentinels, TheQuotaIsHardForWhatLooksFindOutToo) {
  auto settings = watching(6);
  settings.targets.front().trace_probes_per_hour = 100;
  begin(settings);
  for (int change = 0; change < 6 * 24; ++change) {
    replace(path(), 6, 8, 101 + 3 * (change % 40));
    world_->run_for(10min);
  }
  EXPECT_LE(network_.sent().size(), 100U * 24 + 32);
  EXPECT_GE(network_.sent().size(), 95U * 24);
}

TEST_F(Sentinels, TheQuotaHoldsWithoutSentinelsToo) {
  auto settings = only_traces(6);
  settings.targets.front().trace_probes_per_hour = 200;
  begin(settings);
  world_->run_for(5h);
  EXPECT_LE(network_.sent().size(), 200U * 5 + 32);
  EXPECT_GE(network_.sent().size(), 190U * 5);
  for (const Trace& trace : news()) EXPECT_LT(trace.ended - trace.started, 5s) << "a trace waited in its middle";
}

TEST_F(Sentinels, WhatIsLeftOfAQuotaGoesToThePathThatChanges) {
  auto settings = watching(1);
  settings.trace.interval = 24h;
  settings.targets.front().addresses = {kHost, address("203.0.114.7")};
  settings.targets.front().trace_probes_per_hour = 240;
  network_.add_path({.prefix = prefix("203.0.114.0/24"), .routers = routers(8), .hosts = {address("203.0.114.7")}});
  begin(settings);
  for (int i = 0; i < 6; ++i) {
    replace(path(), 6, 8, 101 + 10 * i);
    world_->run_for(20min);
  }
  forget();
  world_->run_for(1h);
  std::map<IpAddress, int> looks;
  for (const auto& [at, packet] : network_.sent()) ++looks[packet.destination];
  EXPECT_GE(looks[kHost], 2 * looks[address("203.0.114.7")]);
  EXPECT_GE(looks[address("203.0.114.7")], 59);
}

}  // namespace
}  // namespace isthmus::support
