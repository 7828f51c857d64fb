// The hops near a vantage point, which all of its traces share, under a budget that would not let each of them ask.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "unit/probes/story.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

constexpr int kTargets = 30;
constexpr std::uint16_t kFlows = 4;

IpAddress host(int target) { return IpAddress::v4(0xCB007107U + (static_cast<std::uint32_t>(target) << 8)); }

// Thirty blocks behind three common routers and four of their own; each router answers once a second.
void build(PathSimulator& network) {
  for (int t = 0; t < kTargets; ++t) {
    SimPath path{.prefix = Prefix(host(t), 24), .routers = routers(3), .hosts = {host(t)}};
    for (std::uint32_t i = 0; i < 4; ++i) {
      path.routers.push_back({.interfaces = {IpAddress::v4(0x0A000001U + static_cast<std::uint32_t>(t) * 256 + i)}});
    }
    for (SimRouter& router : path.routers) router.icmp_per_second = 2;
    network.add_path(path);
  }
}

probes::ProberSettings settings() {
  auto settings = only_traces(kFlows);
  settings.router_limit = 1;
  settings.trace.concurrency = 256;
  settings.targets.clear();
  for (int t = 0; t < kTargets; ++t) settings.targets.push_back({"target " + std::to_string(t), {}, {host(t)}});
  return settings;
}

TEST(NearHops, DoNotBoundHowManyTracesAVantagePointTakes) {
  PathSimulator network;
  build(network);
  ProberWorld world(settings(), network);
  world.run_for(10min);  // the first traces have to find out
  network.forget_sent();
  world.observations.clear();
  world.run_for(5min);
  const auto traces = only<Trace>(world.observations);
  // 120 traces a minute through a router that answers 60 times.
  EXPECT_GE(traces.size(), 5U * kTargets * kFlows);
  std::map<Ttl, int> asked;
  for (const auto& [at, packet] : network.sent()) ++asked[packet.ttl];
  for (Ttl ttl = 1; ttl <= 3; ++ttl) {
    EXPECT_LE(asked[ttl], 5 * 60 + 1) << "TTL " << int{ttl};
    EXPECT_GE(asked[ttl], 5) << "TTL " << int{ttl} << " has to be asked every round";
  }
  for (const Trace& trace : traces) {
    ASSERT_EQ(trace.stop, StopReason::reached);
    ASSERT_LE(trace.hops.front().ttl, 5) << "more than half of the way is missing";
    for (std::size_t i = 0; i < trace.hops.size(); ++i) {
      ASSERT_EQ(trace.hops[i].ttl, trace.hops.front().ttl + i);
      ASSERT_NE(trace.hops[i].answer(), nullptr);
    }
  }
}

TEST(NearHops, ThatChangeAreSeenByEveryTrace) {
  PathSimulator network;
  build(network);
  ProberWorld world(settings(), network);
  world.run_for(10min);
  const IpAddress other = address("198.51.100.77");
  for (int t = 0; t < kTargets; ++t) network.path(Prefix(host(t), 24)).routers[1].interfaces = {other};
  world.observations.clear();
  world.run_for(30min);
  std::set<std::pair<IpAddress, std::uint16_t>> seen;
  for (const Trace& trace : only<Trace>(world.observations)) {
    for (const Hop& hop : trace.hops) {
      if (hop.answer() != nullptr && hop.answer()->from == other) seen.emplace(trace.destination, trace.flow.value);
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kTargets) * kFlows);
}

TEST(NearHops, AreAskedByEveryTraceWhileTheirRoutersAnswerEverything) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_traces(6), network);
  world.run_for(10min);
  for (const Trace& trace : only<Trace>(world.observations)) EXPECT_EQ(trace.hops.size(), 9U);
}

}  // namespace
}  // namespace isthmus::support
