#include <gtest/gtest.h>

#include <set>

#include "unit/probes/story.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

TEST(Reload, KeepsPhaseCountersAndProbesUnderWay) {
  PathSimulator network;
  network.add_path(plain_path());
  auto settings = only_pings();
  ProberWorld world(settings, network);
  world.run_for(20s + 5ms);  // the third ping is out, its answer takes 36 ms
  ASSERT_EQ(network.sent().size(), 3U);
  settings.targets.push_back({"second", {}, {address("203.0.113.8")}});
  ASSERT_TRUE(world.prober().reconfigure(settings, world.now()));
  world.run_for(14s);
  std::vector<Instant> pings;
  for (const auto& [at, packet] : network.sent()) {
    if (packet.destination == kHost) pings.push_back(at);
  }
  ASSERT_EQ(pings.size(), 4U);
  EXPECT_EQ(pings[3] - pings[2], 10s) << "the phase moved";
  std::size_t answers = 0;
  for (const PingSeries& s : only<PingSeries>(world.observations)) {
    answers += s.address == kHost && reply_of(s.outcomes[0].outcome) != nullptr ? 1 : 0;
  }
  EXPECT_EQ(answers, 4U) << "an answer under way was lost";
  EXPECT_GE(world.prober().report(world.now(), world.wall()).sent.at(0).probes, 5U);
}

TEST(Reload, StopsWhatIsGone) {
  PathSimulator network;
  network.add_path(plain_path());
  auto settings = settings_for();
  ProberWorld world(settings, network);
  world.run_for(60s + 3ms);  // in the middle of the second round of traces
  settings.targets = {{"other", {}, {address("203.0.113.9")}}};
  ASSERT_TRUE(world.prober().reconfigure(settings, world.now()));
  network.forget_sent();
  world.observations.clear();
  world.run_for(120s);
  for (const auto& [at, packet] : network.sent()) EXPECT_EQ(packet.destination, address("203.0.113.9"));
  for (const Trace& t : only<Trace>(world.observations)) EXPECT_EQ(t.target, "other");
  EXPECT_FALSE(only<Trace>(world.observations).empty());
}

TEST(Reload, IsAllOrNothing) {
  PathSimulator network;
  network.add_path(plain_path());
  auto settings = only_pings();
  ProberWorld world(settings, network);
  world.run_for(5s);
  settings.targets = {{"other", {}, {}}, {"other", {}, {}}};
  const auto refused = world.prober().reconfigure(settings, world.now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  network.forget_sent();
  world.run_for(10s);
  ASSERT_EQ(network.sent().size(), 1U);
  EXPECT_EQ(network.sent()[0].second.destination, kHost);
}

TEST(Reload, ChangesOfProtocolFlowsAndTtlsUnderWayAreSafe) {
  PathSimulator network(3);
  network.add_path(plain_path());
  network.set_loss(0.3);
  auto settings = settings_for();
  ProberWorld world(settings, network);
  for (int i = 0; i < 60; ++i) {
    settings.trace.protocol = i % 3 == 0 ? Protocol::icmp : Protocol::udp;
    settings.trace.flows = static_cast<std::uint16_t>(1 + i % 7);
    settings.trace.max_ttl = static_cast<Ttl>(4 + (i * 5) % 20);
    settings.trace.first_ttl = static_cast<Ttl>(1 + i % 4);
    settings.trace.interval = 2s;
    settings.rate_limit = 50 + i;
    settings.router_limit = i % 2;
    ASSERT_TRUE(world.prober().reconfigure(settings, world.now()));
    world.run_for(777ms);
  }
  EXPECT_FALSE(only<Trace>(world.observations).empty());
}

}  // namespace
}  // namespace isthmus::support
