#include "resilience/target_measure.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "unit/resilience/way_builder.hpp"

namespace isthmus::resilience {
namespace {

using testing::WaysBuilder;

std::string name_of(Asn asn) { return asn.number == 10 ? "Ten" : ""; }

// Blocks with a few ways each, of which every third is alike, some not known; each way has `routers` routers.
std::vector<std::shared_ptr<const BlockWays>> blocks_of(std::uint32_t count, std::uint32_t routers) {
  WaysBuilder builder;
  std::vector<std::shared_ptr<const BlockWays>> blocks;
  for (std::uint32_t b = 0; b < count; ++b) {
    if (b % 3 == 2) {
      blocks.push_back(blocks.back());
      continue;
    }
    builder.next();
    for (std::uint32_t vantage = 1; vantage <= 3; ++vantage) {
      std::string hops;
      for (std::uint32_t r = 0; r < routers; ++r) {
        hops += std::to_string((b + r * vantage) % 200) + "." + std::to_string((b * 7 + r) % 251) + " ";
      }
      builder.add(vantage, b % 4 == 0 ? "99 10" : "99 20 30", hops, 1 + b % 2);
    }
    builder.unknown(4);
    // Sorted, as the cache makes them; measuring each would be most of the work.
    blocks.push_back(std::make_shared<const BlockWays>(BlockWays{builder.list(), {.ases = {1, 1, 1}}}));
  }
  return blocks;
}

TargetDiversity measured(const std::vector<std::shared_ptr<const BlockWays>>& blocks, std::size_t at_once) {
  DiversityCache cache;
  TargetMeasure measure;
  for (const auto& ways : blocks) measure.add_block(ways);
  measure.add_block(nullptr);
  while (!measure.done()) measure.sum_up(at_once);
  return measure.result(cache, name_of);
}

void expect_same(const TargetDiversity& a, const TargetDiversity& b) {
  EXPECT_EQ(a.whole, b.whole);
  EXPECT_EQ(a.hegemony, b.hegemony);
  EXPECT_EQ(a.vantage_ases, b.vantage_ases);
  EXPECT_EQ(a.blocks_known, b.blocks_known);
  EXPECT_EQ(a.blocks_on_one_as, b.blocks_on_one_as);
  EXPECT_EQ(a.names, b.names);
}

TEST(TargetMeasure, ThePiecesMakeNoDifference) {
  const auto blocks = blocks_of(300, 4);
  const TargetDiversity whole = measured(blocks, std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(whole.blocks_known, 300U);
  EXPECT_EQ(whole.vantage_ases, 3U);
  EXPECT_EQ(whole.hegemony.size(), 4U);
  EXPECT_EQ(whole.whole.chokepoints, std::vector{Asn{99}});
  EXPECT_GT(whole.whole.routers.min_cut, 0U);
  EXPECT_EQ(whole.names.size(), 1U);
  for (const std::size_t at_once : {1U, 7U, 100U}) expect_same(measured(blocks, at_once), whole);
}

TEST(TargetMeasure, NorDoTheyWhereThereAreTooManyRouters) {
  const auto blocks = blocks_of(2000, 30);
  const TargetDiversity whole = measured(blocks, std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(whole.whole.routers, Cut{});
  EXPECT_EQ(whole.whole.chokepoints, std::vector{Asn{99}});
  expect_same(measured(blocks, 100), whole);
}

TEST(TargetMeasure, APieceIsNoMoreThanItIsAskedFor) {
  const auto blocks = blocks_of(300, 4);
  TargetMeasure measure;
  for (const auto& ways : blocks) measure.add_block(ways);
  // To the end of the block that it is at.
  EXPECT_EQ(measure.sum_up(10), 12U);
  EXPECT_FALSE(measure.done());
  EXPECT_EQ(measure.sum_up(1'000'000), 200U * 4 - 12) << "alike blocks are summed once";
  EXPECT_TRUE(measure.done());
  EXPECT_EQ(measure.ways(), 800U);
}

}  // namespace
}  // namespace isthmus::resilience
