#include <gtest/gtest.h>

#include <set>

#include "unit/probes/story.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

probes::ProberSettings unknown_block() {
  auto settings = only_pings();
  settings.targets = {{"example", {prefix("203.0.112.0/23")}, {address("203.0.112.1")}}};
  settings.rate_limit = 100;
  settings.discovery.enabled = true;
  return settings;
}

SimPath path_with_hosts(int count) {
  SimPath path = plain_path();
  path.hosts.clear();
  for (int i = 1; i <= count; ++i) path.hosts.insert(IpAddress::v4(0xCB007100U + static_cast<unsigned>(i * 7)));
  return path;
}

TEST(Discovery, FindsWhoAnswersAndPingsThemFromThenOn) {
  PathSimulator network;
  network.add_path(path_with_hosts(3));
  ProberWorld world(unknown_block(), network);
  world.run_for(60s);
  const auto known = world.prober().known_addresses("example");
  EXPECT_EQ(known, (std::vector<IpAddress>{address("203.0.112.1"), address("203.0.113.7"), address("203.0.113.14"),
                                           address("203.0.113.21")}));
  world.observations.clear();
  world.run_for(10s);
  std::set<IpAddress> pinged;
  for (const PingSeries& s : only<PingSeries>(world.observations)) pinged.insert(s.address);
  EXPECT_EQ(pinged, std::set<IpAddress>(known.begin(), known.end()));
}

TEST(Discovery, IsGentleAndAsksEachAddressOnceAPass) {
  PathSimulator network;
  auto settings = unknown_block();
  settings.ping.enabled = false;
  ProberWorld world(settings, network);
  world.run_for(1800s);
  std::set<IpAddress> asked;
  Instant last = Instant::min();
  for (const auto& [at, packet] : network.sent()) {
    EXPECT_TRUE(kBlock.contains(packet.destination)) << "the other block has a known address";
    EXPECT_TRUE(asked.insert(packet.destination).second) << "asked twice";
    if (last != Instant::min()) {
      EXPECT_GE(at - last, 100ms) << "more than a tenth of the rate";
    }
    last = at;
  }
  EXPECT_EQ(asked.size(), 254U);
  EXPECT_FALSE(asked.contains(address("203.0.113.0")));
  EXPECT_FALSE(asked.contains(address("203.0.113.255")));
  world.run_for(3600s);
  EXPECT_EQ(network.sent().size(), 2 * 254U) << "a silent block is looked at again after a pause";
}

TEST(Discovery, StopsWhenABlockHasEnough) {
  PathSimulator network;
  network.add_path(path_with_hosts(30));
  ProberWorld world(unknown_block(), network);
  world.run_for(600s);
  EXPECT_EQ(world.prober().known_addresses("example").size(), 1 + 8U);
}

TEST(Discovery, FoundAddressesAreTraced) {
  PathSimulator network;
  network.add_path(path_with_hosts(1));
  auto settings = unknown_block();
  settings.trace.enabled = true;
  ProberWorld world(settings, network);
  world.run_for(180s);
  std::set<IpAddress> traced;
  for (const Trace& t : only<Trace>(world.observations)) traced.insert(t.destination);
  EXPECT_TRUE(traced.contains(address("203.0.113.7")));
}

}  // namespace
}  // namespace isthmus::support
