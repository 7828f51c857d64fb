#include <gtest/gtest.h>

#include <algorithm>
#include <map>
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

TEST(Discovery, PausesLongerAndLongerWhereFewAnswer) {
  PathSimulator network;
  network.add_path(path_with_hosts(2));
  auto settings = unknown_block();
  settings.ping.enabled = false;
  settings.discovery.longest_pause = 4h;
  ProberWorld world(settings, network);
  std::vector<std::size_t> passes;
  for (int hour = 0; hour < 24; ++hour) {
    network.forget_sent();
    world.run_for(1h);
    if (network.sent().size() > 100) passes.push_back(static_cast<std::size_t>(hour));
  }
  // A pass takes 25 seconds: after 1, 2, 4, 4, 4, 4 and 4 hours of pause.
  EXPECT_EQ(passes, (std::vector<std::size_t>{0, 1, 3, 7, 11, 15, 19, 23}));
}

TEST(Discovery, AsksABlockNoMoreOftenThanItIsTold) {
  PathSimulator network;
  auto settings = unknown_block();
  settings.targets = {{"example", {prefix("203.0.112.0/22")}, {}}};
  settings.discovery.block_probes_per_hour = 5;
  ProberWorld world(settings, network);
  world.run_for(24h);
  EXPECT_NEAR(static_cast<double>(network.sent().size()), 4 * 5 * 24, 2);
}

TEST(Discovery, ForgetsWhoLeftAndFindsWhoMovedIn) {
  PathSimulator network;
  network.add_path(path_with_hosts(8));
  ProberWorld world(unknown_block(), network);
  world.run_for(600s);
  ASSERT_EQ(world.prober().known_addresses("example").size(), 1 + 8U);
  // Seven leave, ten come.
  auto& hosts = network.path(kBlock).hosts;
  hosts = {*hosts.begin()};
  std::set<IpAddress> fresh;
  for (int i = 0; i < 10; ++i) fresh.insert(IpAddress::v4(0xCB007180U + static_cast<unsigned>(i)));
  hosts.insert(fresh.begin(), fresh.end());
  const auto run_hours = [&](int hours) {
    for (int i = 0; i < hours; ++i) {
      world.run_for(1h);
      world.observations.clear();
      network.forget_sent();
    }
  };
  run_hours(71);
  EXPECT_EQ(world.prober().known_addresses("example").size(), 1 + 8U) << "three days are a weekend, not a move";
  run_hours(4);
  const auto known = world.prober().known_addresses("example");
  EXPECT_EQ(known.size(), 1 + 8U);
  EXPECT_EQ(std::ranges::count_if(known, [&](const IpAddress& a) { return fresh.contains(a); }), 7);
}

TEST(Discovery, ForgetsNobodyWhereAllAreSilentButLooksForOthers) {
  PathSimulator network;
  network.add_path(path_with_hosts(8));
  auto settings = unknown_block();
  settings.ping.interval = 60s;
  ProberWorld world(settings, network);
  world.run_for(600s);
  const auto before = world.prober().known_addresses("example");
  network.path(kBlock).hosts.clear();
  for (int day = 0; day < 10; ++day) {
    world.run_for(24h);
    world.observations.clear();
    network.forget_sent();
  }
  EXPECT_EQ(world.prober().known_addresses("example"), before) << "they will tell when it is over";
  network.path(kBlock).hosts = {address("203.0.113.200")};
  for (int day = 0; day < 10; ++day) {
    world.run_for(24h);
    world.observations.clear();
    network.forget_sent();
  }
  EXPECT_EQ(world.prober().known_addresses("example"),
            (std::vector<IpAddress>{address("203.0.112.1"), address("203.0.113.200")}))
      << "the block has moved";
}

TEST(Discovery, RemembersAcrossARestartWhatItHadFound) {
  PathSimulator network;
  auto settings = unknown_block();
  settings.targets[0].remembered = {kHost, address("198.51.100.9"), address("203.0.112.2")};
  ProberWorld world(settings, network);
  world.run_for(60s);
  EXPECT_EQ(world.prober().known_addresses("example"), (std::vector<IpAddress>{address("203.0.112.1"), kHost}))
      << "what lies in no block of the target, or was taken out of the configuration, is not pinged";
  std::size_t pings = 0;
  for (const PingSeries& s : only<PingSeries>(world.observations)) pings += s.address == kHost ? 1 : 0;
  EXPECT_GE(pings, 5U) << "the block is dark, and that is seen";
}

TEST(Discovery, GivesEachOfManyBlocksItsTurnWhileOthersAreFound) {
  PathSimulator network;
  auto settings = unknown_block();
  settings.targets = {{"example", {prefix("10.0.0.0/18")}, {}}};
  std::set<IpAddress> hosts;
  for (std::uint32_t block = 0; block < 64; ++block) {
    for (std::uint32_t host = 1; host <= 100; ++host) hosts.insert(IpAddress::v4(0x0A000000U + block * 256 + host));
  }
  network.add_path({.prefix = prefix("10.0.0.0/18"), .routers = routers(2), .hosts = hosts});
  ProberWorld world(settings, network);
  world.run_for(64s);
  std::map<std::uint32_t, int> asked;
  for (const auto& [at, packet] : network.sent()) ++asked[packet.destination.v4_value() >> 8];
  ASSERT_EQ(asked.size(), 64U) << "ten probes a second are ten for each block, pings of those found not counted";
}

}  // namespace
}  // namespace isthmus::support
