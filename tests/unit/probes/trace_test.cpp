#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <ostream>
#include <set>

#include "unit/probes/story.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

Trace first_trace(ProberWorld& world, Duration within = 50s) {
  world.run_for(within);
  const auto traces = only<Trace>(world.observations);
  EXPECT_FALSE(traces.empty());
  return traces.empty() ? Trace{} : traces.front();
}

struct KindOfTrace {
  Protocol protocol{Protocol::udp};
  bool v4{true};
};
void PrintTo(const KindOfTrace& kind, std::ostream* out) {
  *out << to_string(kind.protocol) << (kind.v4 ? "_ipv4" : "_ipv6");
}

class TraceOver : public testing::TestWithParam<KindOfTrace> {
 protected:
  [[nodiscard]] IpAddress host() const { return GetParam().v4 ? kHost : address("2001:db8:7::7"); }
  [[nodiscard]] IpAddress router(int number) const {
    return address((GetParam().v4 ? "198.51.100." : "2001:db8:ffff::") + std::to_string(number));
  }
  [[nodiscard]] SimPath path(int count) const {
    SimPath path{.prefix = GetParam().v4 ? kBlock : prefix("2001:db8:7::/48"), .routers = {}, .hosts = {host()}};
    for (int i = 1; i <= count; ++i) path.routers.push_back({.interfaces = {router(i)}});
    return path;
  }
  [[nodiscard]] probes::ProberSettings settings(std::uint16_t flows) const {
    auto settings = only_traces(flows, GetParam().protocol);
    settings.targets = {{"example", {}, {host()}}};
    return settings;
  }
};
INSTANTIATE_TEST_SUITE_P(EveryKind, TraceOver,
                         testing::Values(KindOfTrace{Protocol::udp, true}, KindOfTrace{Protocol::udp, false},
                                         KindOfTrace{Protocol::icmp, true}, KindOfTrace{Protocol::icmp, false},
                                         KindOfTrace{Protocol::tcp, true}, KindOfTrace{Protocol::tcp, false}),
                         testing::PrintToStringParamName());

TEST_P(TraceOver, FindsEveryHopAndReachesTheDestination) {
  PathSimulator network;
  network.add_path(path(8));
  ProberWorld world(settings(1), network);
  const Trace trace = first_trace(world);
  EXPECT_EQ(trace.stop, StopReason::reached);
  EXPECT_EQ(trace.protocol, GetParam().protocol);
  EXPECT_EQ(trace.source, ProberWorld::source_to(host()));
  EXPECT_EQ(trace.destination, host());
  EXPECT_EQ(trace.target, "example");
  ASSERT_EQ(trace.hops.size(), 9U);
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(trace.hops[i].ttl, i + 1);
    const Reply* reply = trace.hops[i].answer();
    ASSERT_NE(reply, nullptr);
    EXPECT_EQ(reply->rtt, 4ms * (i + 1));
    if (i < 8) {
      EXPECT_EQ(reply->from, router(static_cast<int>(i) + 1));
      EXPECT_EQ(reply->quoted_ttl, Ttl{1});
      EXPECT_EQ(reply->quoted_tos, std::uint8_t{0});
    }
    EXPECT_FALSE(reply->weak);
    EXPECT_FALSE(reply->rewritten);
  }
  EXPECT_EQ(trace.hops[8].answer()->from, host());
  EXPECT_LT(trace.ended - trace.started, 200ms);
}

TEST_P(TraceOver, StaysOnOnePathPerFlowThroughLoadBalancers) {
  // Four equal next hops at three places: 64 paths, one per flow and the same at each TTL.
  PathSimulator network;
  SimPath balanced = path(6);
  for (int place = 1; place <= 3; ++place) {
    for (int i = 1; i <= 3; ++i) {
      balanced.routers[static_cast<std::size_t>(place)].interfaces.push_back(router(place * 10 + i + 100));
    }
  }
  network.add_path(balanced);
  ProberWorld world(settings(32), network);
  world.run_for(130s);
  std::map<FlowId, std::set<std::vector<IpAddress>>> paths;
  for (const Trace& trace : only<Trace>(world.observations)) {
    std::vector<IpAddress> seen;
    for (const Hop& hop : trace.hops) seen.push_back(hop.answer()->from);
    paths[trace.flow].insert(seen);
  }
  ASSERT_EQ(paths.size(), 32U);
  std::set<std::vector<IpAddress>> distinct;
  for (const auto& [flow, seen] : paths) {
    EXPECT_EQ(seen.size(), 1U) << "flow " << flow.value << " took several paths";
    distinct.insert(*seen.begin());
  }
  EXPECT_GE(distinct.size(), 16U) << "the flows do not differ";
}

TEST_P(TraceOver, ConstantHeaderFieldsPerFlow) {
  PathSimulator network;
  network.add_path(path(8));
  ProberWorld world(settings(4), network);
  world.run_for(10s);
  std::map<Ttl, std::set<std::uint32_t>> words;
  for (const auto& [at, packet] : network.sent()) words[packet.ttl].insert(packet.flow_word);
  for (const auto& [ttl, seen] : words) {
    EXPECT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen, words.at(1)) << "TTL " << int{ttl} << " does not see the flows of TTL 1";
  }
}

TEST(Trace, ReachesAHostByItsOpenAndByItsClosedPort) {
  for (const bool open : {false, true}) {
    PathSimulator network;
    network.add_path(plain_path());
    network.path(kBlock).tcp_open = open;
    ProberWorld world(only_traces(1, Protocol::tcp), network);
    const Trace trace = first_trace(world);
    ASSERT_EQ(trace.stop, StopReason::reached);
    EXPECT_EQ(trace.hops.back().answer()->kind, open ? ReplyKind::tcp_syn_ack : ReplyKind::tcp_rst);
  }
}

TEST(Trace, LooksOnlyAtItsWindowBetweenFullTraces) {
  PathSimulator network;
  network.add_path(plain_path());
  auto settings = only_traces();
  settings.trace.window = 3;
  settings.trace.full_every = 4;
  ProberWorld world(settings, network);
  world.run_for(60s * 9 - 1s);
  std::vector<Ttl> first;
  for (const Trace& trace : only<Trace>(world.observations)) {
    EXPECT_EQ(trace.stop, StopReason::reached);
    EXPECT_EQ(trace.hops.back().ttl, 9);
    first.push_back(trace.hops.front().ttl);
  }
  EXPECT_EQ(first, (std::vector<Ttl>{1, 6, 6, 6, 1, 6, 6, 6, 1}));
}

TEST(Trace, GoesTheWholeWayAtOnceWhenItsWindowChanged) {
  PathSimulator network;
  network.add_path(plain_path());
  auto settings = only_traces();
  settings.trace.window = 3;
  ProberWorld world(settings, network);
  world.run_for(119s);
  for (const int routers_now : {8, 3, 12}) {
    SimPath& path = network.path(kBlock);
    path.routers = routers(routers_now);
    for (SimRouter& router : path.routers) router.interfaces = {IpAddress::v4(router.interfaces[0].v4_value() + 100)};
    path.routers[0].interfaces = {address("198.51.100." + std::to_string(200 + routers_now))};
    world.observations.clear();
    world.run_for(60s);
    const auto traces = only<Trace>(world.observations);
    ASSERT_FALSE(traces.empty());
    EXPECT_EQ(traces.back().hops.size(), static_cast<std::size_t>(routers_now) + 1);
    EXPECT_EQ(traces.back().hops.front().answer()->from, path.routers[0].interfaces[0]);
    for (const Trace& trace : traces) {
      EXPECT_NE(trace.hops.front().answer() == nullptr ? IpAddress() : trace.hops.front().answer()->from, kHost)
          << "a trace without a path";
    }
  }
}

TEST(Trace, SilenceIsAValueAndCostsLittleTime) {
  PathSimulator network;
  SimPath path = plain_path();
  path.routers[2].silent = true;
  path.routers[6].silent = true;
  network.add_path(path);
  ProberWorld world(only_traces(), network);
  const Trace trace = first_trace(world);
  EXPECT_EQ(trace.stop, StopReason::reached);
  ASSERT_EQ(trace.hops.size(), 9U);
  for (const std::size_t silent : {2U, 6U}) {
    EXPECT_EQ(trace.hops[silent].answer(), nullptr);
    EXPECT_EQ(trace.hops[silent].outcomes.size(), 2U);
  }
  // Both attempts together, not two full timeouts of two seconds.
  EXPECT_LT(trace.ended - trace.started, 1s);
}

TEST(Trace, EndsAtTheGapLimit) {
  PathSimulator network;
  SimPath path = plain_path();
  path.hosts.clear();
  network.add_path(path);
  ProberWorld world(only_traces(), network);
  const Trace trace = first_trace(world);
  EXPECT_EQ(trace.stop, StopReason::gap_limit);
  ASSERT_EQ(trace.hops.size(), 8U + 5U);
  EXPECT_EQ(trace.hops[7].answer()->from, address("198.51.100.8"));
  for (std::size_t i = 8; i < 13; ++i) EXPECT_EQ(trace.hops[i].answer(), nullptr);
}

TEST(Trace, EndsWhereARouterRefuses) {
  PathSimulator network;
  SimPath path = plain_path();
  path.routers[5].unreachable = true;
  network.add_path(path);
  ProberWorld world(only_traces(), network);
  const Trace trace = first_trace(world);
  EXPECT_EQ(trace.stop, StopReason::unreachable);
  ASSERT_EQ(trace.hops.size(), 6U);
  EXPECT_EQ(trace.hops[5].answer()->icmp_code, 13);
}

TEST(Trace, EndsInALoop) {
  PathSimulator network;
  SimPath path = plain_path();
  path.loops = true;
  network.add_path(path);
  ProberWorld world(only_traces(), network);
  const Trace trace = first_trace(world);
  EXPECT_EQ(trace.stop, StopReason::loop);
  // Routers 7 and 8 take turns: 7 answers at 7, 9 and 11.
  EXPECT_EQ(trace.hops.size(), 11U);
}

TEST(Trace, EndsAtTheTtlLimit) {
  PathSimulator network;
  network.add_path({.prefix = kBlock, .routers = routers(40), .hosts = {kHost}});
  ProberWorld world(only_traces(), network);
  const Trace trace = first_trace(world);
  EXPECT_EQ(trace.stop, StopReason::max_ttl);
  EXPECT_EQ(trace.hops.size(), 32U);
}

TEST(Trace, DoesNotOvershootOnceTheDistanceIsKnown) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_traces(6), network);
  world.run_for(59s);
  network.forget_sent();
  world.observations.clear();
  world.run_for(60s);
  EXPECT_EQ(network.sent().size(), 6U * 9U);
  EXPECT_EQ(only<Trace>(world.observations).size(), 6U);
}

TEST(Trace, FollowsAPathThatGetsLongerOrShorter) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_traces(), network);
  world.run_for(59s);
  network.path(kBlock).routers = routers(12);
  world.run_for(60s);
  network.path(kBlock).routers = routers(4);
  world.run_for(60s);
  const auto traces = only<Trace>(world.observations);
  ASSERT_EQ(traces.size(), 3U);
  EXPECT_EQ(traces[0].hops.size(), 9U);
  EXPECT_EQ(traces[1].hops.size(), 13U);
  EXPECT_EQ(traces[2].hops.size(), 5U);
  for (const Trace& trace : traces) EXPECT_EQ(trace.stop, StopReason::reached);
}

TEST(Trace, ABrokenPathEndsWithItsLastRouterThoughTheDistanceWasKnown) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_traces(), network);
  world.run_for(59s);
  network.path(kBlock).routers[1].drops = true;
  world.run_for(60s);
  const auto traces = only<Trace>(world.observations);
  ASSERT_EQ(traces.size(), 2U);
  EXPECT_EQ(traces[1].stop, StopReason::gap_limit);
  ASSERT_EQ(traces[1].hops.size(), 2U + 5U);
  EXPECT_NE(traces[1].hops[1].answer(), nullptr);
}

TEST(Trace, SurvivesLoss) {
  PathSimulator network(5);
  network.add_path(plain_path());
  network.set_loss(0.2);
  ProberWorld world(only_traces(6), network);
  world.run_for(3600s);
  const auto traces = only<Trace>(world.observations);
  EXPECT_EQ(traces.size(), 360U);
  const auto reached =
      std::count_if(traces.begin(), traces.end(), [](const Trace& t) { return t.stop == StopReason::reached; });
  EXPECT_GT(reached, 340);
  for (const Trace& trace : traces) {
    for (std::size_t i = 0; i < trace.hops.size(); ++i) {
      ASSERT_EQ(trace.hops[i].ttl, i + 1);
      ASSERT_FALSE(trace.hops[i].outcomes.empty());
    }
  }
}

TEST(Trace, WithoutARouteFailsAtOnceAndRecovers) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_traces(), network);
  world.set_route(false);
  world.run_for(30s);
  world.set_route(true);
  world.set_send_error(EPERM);
  world.run_for(60s);
  world.set_send_error(0);
  world.run_for(60s);
  const auto traces = only<Trace>(world.observations);
  ASSERT_EQ(traces.size(), 3U);
  EXPECT_EQ(traces[0].stop, StopReason::send_failed);
  EXPECT_EQ(traces[1].stop, StopReason::send_failed);
  ASSERT_EQ(traces[1].hops.size(), 1U);
  EXPECT_EQ(std::get<SendFailed>(traces[1].hops[0].outcomes[0]).error_number, EPERM);
  EXPECT_EQ(traces[2].stop, StopReason::reached);
}

TEST(Trace, NowComesBeforeItsTurn) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_traces(6), network);
  world.run_for(20s);
  world.observations.clear();
  world.prober().trace_now("example", kHost, world.now());
  world.run_for(1s);
  EXPECT_EQ(only<Trace>(world.observations).size(), 6U);
}

}  // namespace
}  // namespace isthmus::support
