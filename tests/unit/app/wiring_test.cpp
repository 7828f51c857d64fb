// What the configuration and the last run come to for a prober, in packets and in words.

#include "app/wiring.hpp"

#include <gtest/gtest.h>

#include "app/probing_text.hpp"

namespace isthmus::app {
namespace {

using namespace std::chrono_literals;

IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

config::Config small_network() {
  config::Config config;
  config.vantages.resize(2);
  config.vantages[0].name = "office";
  config.vantages[1].name = "cloud";
  config.targets.resize(1);
  config.targets[0].name = "example";
  config.targets[0].prefixes = {Prefix::parse("192.0.2.0/23").value()};
  config.probing.rate_limit = 50;
  return config;
}

TEST(Wiring, AKnownAddressComesBackToTheVantagePointThatKnewIt) {
  resilience::BlockMemory block;
  block.block = Block::of(address("192.0.2.1"));
  block.addresses = {{"office", address("192.0.2.1"), 0.9}, {"cloud", address("192.0.2.2"), 0.9}};
  resilience::Baseline baseline;
  baseline.targets.resize(2);
  baseline.targets[0].name = "example";
  baseline.targets[0].blocks = {block};
  baseline.targets[1].name = "gone";
  baseline.targets[1].blocks = {block};
  const config::Config config = small_network();
  auto settings = prober_settings(config, config.vantages[0], {});
  remember(settings, baseline);
  ASSERT_EQ(settings.targets.size(), 1U);
  EXPECT_EQ(settings.targets[0].remembered, std::vector{address("192.0.2.1")});
}

TEST(Wiring, QuietReachesTheProber) {
  config::Config config = small_network();
  config.probing.quiet = true;
  config.probing.ping.rotate = true;
  const auto settings = prober_settings(config, config.vantages[0], {});
  EXPECT_TRUE(settings.ping.rotate);
  EXPECT_EQ(settings.discovery.rescan_pause, 48h);
  EXPECT_EQ(prober_settings(small_network(), config.vantages[0], {}).discovery.rescan_pause, 1h);
}

TEST(Wiring, WhatIsAssignedOverTheWireIsWhatOneProcessWouldDo) {
  config::Config config = small_network();
  config.fleet.emplace();
  config.fleet->partition = {0, 3, 8};
  config.targets[0].addresses = {address("192.0.2.1")};
  config.targets[0].trace_probes_per_hour = 25;
  config.controls = {address("198.51.100.1")};
  config.probing.router_limit = 9;
  config.probing.quiet = true;
  config.probing.ping = {.interval = 7s, .timeout = 3s, .protocol = Protocol::tcp, .port = 443, .rotate = true};
  config.probing.trace = {.interval = 5h,
                          .protocol = Protocol::tcp,
                          .port = 80,
                          .flows = 3,
                          .timeout = 4s,
                          .attempts = 5,
                          .max_ttl = 21,
                          .gap_limit = 8,
                          .sentinel = config::SentinelConfig{90s}};
  const fleet::Assignment assignment = assignment_of(config, config.vantages[1]);
  EXPECT_EQ(assignment.vantage, "cloud");
  EXPECT_EQ(assignment.stream, "ISTHMUS");
  EXPECT_EQ(assignment.partitions, 8U);
  const auto arrived = fleet::decode_assignment(fleet::encode(assignment));
  ASSERT_TRUE(arrived) << to_string(arrived.error());
  EXPECT_EQ(*arrived, assignment);
  const auto settings = prober_settings(*arrived, {}, {});
  EXPECT_EQ(settings.vantage, "cloud");
  EXPECT_EQ(settings.targets[0].trace_probes_per_hour, 12.5) << "two vantage points share it";
  EXPECT_EQ(settings.controls, config.controls);
  EXPECT_EQ(settings.rate_limit, 50);
  EXPECT_EQ(settings.router_limit, 9);
  EXPECT_EQ(settings.ping.interval, 7s);
  EXPECT_EQ(settings.ping.timeout, 3s);
  EXPECT_EQ(settings.ping.protocol, Protocol::tcp);
  EXPECT_EQ(settings.ping.destination_port, 443);
  EXPECT_TRUE(settings.ping.rotate);
  EXPECT_EQ(settings.discovery.block_probes_per_hour, 5);
  EXPECT_EQ(settings.trace.interval, 5h);
  EXPECT_EQ(settings.trace.protocol, Protocol::tcp);
  EXPECT_EQ(settings.trace.destination_port, 80);
  EXPECT_EQ(settings.trace.flows, 3);
  EXPECT_EQ(settings.trace.timeout, 4s);
  EXPECT_EQ(settings.trace.attempts, 5);
  EXPECT_EQ(settings.trace.max_ttl, 21);
  EXPECT_EQ(settings.trace.gap_limit, 8);
  EXPECT_EQ(settings.trace.sentinel, probes::SentinelSettings{90s});
}

TEST(Wiring, TheLeastRateCountsPingsTracesAndSentinels) {
  config::Config config = small_network();
  config.targets[0].addresses = {address("192.0.2.1"), address("192.0.2.2"), address("192.0.2.3")};
  config.probing.ping.interval = 10s;
  config.probing.trace.interval = 120s;
  config.probing.trace.flows = 5;
  // Three given addresses and one at least of the other block; two blocks, five flows, twelve hops.
  EXPECT_DOUBLE_EQ(least_rate(config), 0.4 + 1);
  config.probing.ping.rotate = true;
  EXPECT_DOUBLE_EQ(least_rate(config), 0.2 + 1);
  config.probing.trace.sentinel = config::SentinelConfig{100s};
  EXPECT_DOUBLE_EQ(least_rate(config), 0.2 + 1 + 0.1);
}

TEST(Wiring, ProbingIsSaidInWords) {
  config::Config config = small_network();
  EXPECT_EQ(describe_probing(config), "pings every address every 10s, traces 6 flows to each block every 1m");
  config.probing.quiet = true;
  config.probing.ping.interval = 600s;
  config.probing.ping.rotate = true;
  config.probing.trace.interval = 24h;
  config.probing.trace.flows = 1;
  config.probing.trace.sentinel = config::SentinelConfig{1h};
  EXPECT_EQ(describe_probing(config),
            "quiet: pings one address of each block every 10m, traces 1 flow to each block every 1d and looks at them "
            "every 1h");
}

}  // namespace
}  // namespace isthmus::app
