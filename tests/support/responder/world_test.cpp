#include "support/responder/world.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "support/responder/record_file.hpp"

namespace isthmus::responder {
namespace {

constexpr WorldSettings kWorld = kDefaultWorld;

DestinationIndex host(std::uint32_t block, std::uint32_t number = 1) { return block << 8 | number; }

TEST(World, KeepsHostsAtNineToFourteenHops) {
  std::set<std::uint32_t> distances;
  for (std::uint32_t block = 0; block < kWorld.blocks; ++block) {
    const std::uint32_t distance = world_distance(&kWorld, block);
    distances.insert(distance);
    EXPECT_EQ(world_hop(&kWorld, host(block), 7, distance - 1).is_host, 0);
    EXPECT_EQ(world_hop(&kWorld, host(block), 7, distance).is_host, 1);
    EXPECT_EQ(world_hop(&kWorld, host(block), 7, 63).distance, distance);
  }
  EXPECT_EQ(distances, (std::set<std::uint32_t>{9, 10, 11, 12, 13, 14}));
}

TEST(World, SharesATreeNearTheSource) {
  for (std::uint32_t ttl = 1; ttl <= kTreeDepth; ++ttl) {
    std::set<std::uint32_t> routers;
    for (std::uint32_t block = 0; block < kWorld.blocks; ++block) {
      routers.insert(world_hop(&kWorld, host(block), 7, ttl).router);
    }
    EXPECT_EQ(routers.size(), 1U << (ttl - 1)) << "at ttl " << ttl;
  }
}

TEST(World, LeadsEveryTreeRouterToTwoBelowIt) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> links;
  for (std::uint32_t block = 0; block < kWorld.blocks; ++block) {
    links.emplace(world_hop(&kWorld, host(block), 7, 4).router, world_hop(&kWorld, host(block), 7, 5).router);
  }
  EXPECT_EQ(links.size(), 16U);
}

TEST(World, NeverPutsOneRouterAtTwoPlaces) {
  std::vector<std::uint32_t> ttl_of(kMaxRouters, 0);
  std::vector<std::uint32_t> as_of(kMaxRouters, 0);
  for (std::uint32_t block = 0; block < kWorld.blocks; ++block) {
    const std::uint32_t as = world_as_of(&kWorld, block) + 1;
    for (std::uint32_t ttl = 1; ttl + 1 < world_distance(&kWorld, block); ++ttl) {
      const std::uint32_t router = world_hop(&kWorld, host(block), block * 31, ttl).router;
      ASSERT_LT(router, std::uint32_t{kMaxRouters});
      ASSERT_GE(router, std::uint32_t{kMaxBlocks}) << "edge routers belong to one block each";
      if (ttl_of[router] == 0) ttl_of[router] = ttl;
      EXPECT_EQ(ttl_of[router], ttl);
      if (ttl < kIngressTtl) continue;
      if (as_of[router] == 0) as_of[router] = as;
      EXPECT_EQ(as_of[router], as);
    }
    EXPECT_EQ(world_hop(&kWorld, host(block), 7, world_distance(&kWorld, block) - 1).router, block);
  }
}

TEST(World, LetsFlowsDifferInDiamondsAlone) {
  std::vector<std::set<std::uint32_t>> widths(kMaxDistance + 1);
  const std::set<std::uint32_t> diamonds{kCoreTtl, kAsDiamondTtl, kAsDiamondTtl + 1};
  for (std::uint32_t block = 0; block < kWorld.blocks; block += 97) {
    for (std::uint32_t ttl = 1; ttl < world_distance(&kWorld, block); ++ttl) {
      std::set<std::uint32_t> routers;
      for (std::uint32_t flow = 0; flow < 200; ++flow) {
        routers.insert(world_hop(&kWorld, host(block), flow, ttl).router);
      }
      widths[ttl].insert(static_cast<std::uint32_t>(routers.size()));
      if (!diamonds.contains(ttl)) {
        EXPECT_EQ(routers.size(), 1U) << "block " << block << " ttl " << ttl;
      }
    }
  }
  EXPECT_EQ(widths[kCoreTtl], (std::set<std::uint32_t>{4}));
  EXPECT_EQ(widths[kAsDiamondTtl], (std::set<std::uint32_t>{1, 2, 3, 4}));
}

TEST(World, SilencesAndLimitsTheSharesItIsTold) {
  std::uint32_t silent_hosts = 0;
  std::uint32_t silent_routers = 0;
  std::uint32_t limited = 0;
  std::uint32_t both = 0;
  WorldSettings world = kWorld;
  world.limited_router_percent = 10;
  for (std::uint32_t i = 0; i < kMaxBlocks; ++i) {
    silent_hosts += world_host_answers(&world, host(i)) == 0 ? 1 : 0;
    const bool silent = world_router_answers(&world, i) == 0;
    const bool is_limited = world_router_limited(&world, i) != 0;
    silent_routers += silent ? 1 : 0;
    limited += is_limited ? 1 : 0;
    both += silent && is_limited ? 1 : 0;
  }
  // Five standard deviations of a fair draw of 65,536.
  const double all = kMaxBlocks;
  EXPECT_NEAR(silent_hosts, all * 0.30, 590);
  EXPECT_NEAR(silent_routers, all * 0.10, 390);
  EXPECT_NEAR(limited, all * 0.10, 390);
  EXPECT_NEAR(both, all * 0.01, 130);
}

TEST(World, IsAnotherOneForAnotherSeed) {
  WorldSettings other = kWorld;
  other.seed = 2;
  std::uint32_t same = 0;
  for (std::uint32_t block = 0; block < kWorld.blocks; ++block) {
    same += world_distance(&kWorld, block) == world_distance(&other, block) ? 1 : 0;
  }
  EXPECT_LT(same, kWorld.blocks / 2);
}

TEST(World, EndsWithItsBlocks) {
  WorldSettings world = kWorld;
  world.blocks = 16;
  world.ases = 4;
  EXPECT_EQ(world_hop(&world, host(15), 7, 3).exists, 1);
  EXPECT_EQ(world_hop(&world, host(16), 7, 3).exists, 0);
  EXPECT_EQ(world_hop(&world, host(15), 7, 0).exists, 0);
}

TEST(WorldLimit, LetsItsRateThroughAndItsBurst) {
  std::uint64_t bucket = 0;
  std::uint32_t allowed = 0;
  constexpr std::uint64_t kStart = 1'000'000'000'000;
  constexpr std::uint64_t kMillisecond = 1'000'000;
  for (std::uint64_t i = 0; i <= 10'000; ++i) {
    allowed += world_limit_allows(&kWorld, &bucket, kStart + i * kMillisecond);
  }
  EXPECT_EQ(allowed, kWorld.limit_burst + 10 * kWorld.limit_per_second);
}

TEST(WorldLimit, SavesNoMoreThanItsBurst) {
  std::uint64_t bucket = 0;
  std::uint32_t allowed = 0;
  for (int i = 0; i < 1000; ++i) allowed += world_limit_allows(&kWorld, &bucket, 3'600'000'000'000);
  EXPECT_EQ(allowed, kWorld.limit_burst);
}

TEST(FlowRecord, KeepsEachFlowOnceAndCountsWhatItCannotKeep) {
  FlowRecord record{};
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t flow = 0; flow < kMaxRecordedFlows; ++flow) world_record_flow(&record, host(9, 1), flow);
  }
  EXPECT_EQ(record.flows, std::uint32_t{kMaxRecordedFlows});
  EXPECT_EQ(record.lost, 0U);
  world_record_flow(&record, host(9, 2), 0);
  EXPECT_EQ(record.lost, 1U) << "the same flow to another host is another flow";
  EXPECT_EQ(record.probes, 3U * kMaxRecordedFlows + 1);
}

}  // namespace
}  // namespace isthmus::responder
