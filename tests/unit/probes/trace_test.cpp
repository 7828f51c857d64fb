#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
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

class TraceOver : public testing::TestWithParam<Protocol> {};
INSTANTIATE_TEST_SUITE_P(BothProtocols, TraceOver, testing::Values(Protocol::udp, Protocol::icmp),
                         [](const auto& param) { return std::string(to_string(param.param)); });

TEST_P(TraceOver, FindsEveryHopAndReachesTheDestination) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_traces(1, GetParam()), network);
  const Trace trace = first_trace(world);
  EXPECT_EQ(trace.stop, StopReason::reached);
  EXPECT_EQ(trace.protocol, GetParam());
  EXPECT_EQ(trace.source, ProberWorld::source);
  EXPECT_EQ(trace.destination, kHost);
  EXPECT_EQ(trace.target, "example");
  ASSERT_EQ(trace.hops.size(), 9U);
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(trace.hops[i].ttl, i + 1);
    const Reply* reply = trace.hops[i].answer();
    ASSERT_NE(reply, nullptr);
    EXPECT_EQ(reply->rtt, 4ms * (i + 1));
    if (i < 8) {
      EXPECT_EQ(reply->from, address("198.51.100." + std::to_string(i + 1)));
      EXPECT_EQ(reply->quoted_ttl, Ttl{1});
    }
  }
  EXPECT_EQ(trace.hops[8].answer()->from, kHost);
  EXPECT_LT(trace.ended - trace.started, 200ms);
}

TEST_P(TraceOver, StaysOnOnePathPerFlowThroughLoadBalancers) {
  // Four equal next hops at three places: 64 paths, one per flow and the same at each TTL.
  PathSimulator network;
  SimPath path{.prefix = kBlock, .routers = routers(6), .hosts = {kHost}};
  for (int place = 1; place <= 3; ++place) {
    for (int i = 1; i <= 3; ++i) {
      path.routers[static_cast<std::size_t>(place)].interfaces.push_back(
          address("198.51.100." + std::to_string(place * 10 + i + 100)));
    }
  }
  network.add_path(path);
  ProberWorld world(only_traces(32, GetParam()), network);
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
  network.add_path(plain_path());
  ProberWorld world(only_traces(4, GetParam()), network);
  world.run_for(10s);
  std::map<Ttl, std::set<std::uint32_t>> words;
  for (const auto& [at, packet] : network.sent()) words[packet.ttl].insert(packet.flow_word);
  for (const auto& [ttl, seen] : words) {
    EXPECT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen, words.at(1)) << "TTL " << int{ttl} << " does not see the flows of TTL 1";
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
