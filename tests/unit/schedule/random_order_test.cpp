#include "isthmus/schedule/random_order.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

namespace isthmus::schedule {
namespace {

TEST(RandomOrder, VisitsEveryElementOnce) {
  for (const std::uint64_t size : {1U, 2U, 3U, 4U, 5U, 254U, 256U, 257U, 65535U, 100000U}) {
    const RandomOrder order(size, 99);
    std::vector<bool> seen(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      const std::uint64_t at = order.at(i);
      ASSERT_LT(at, size);
      ASSERT_FALSE(seen[at]) << at << " twice in " << size;
      seen[at] = true;
    }
  }
}

TEST(RandomOrder, DependsOnTheKey) {
  const RandomOrder a(65536, 1);
  const RandomOrder b(65536, 2);
  int equal = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) equal += a.at(i) == b.at(i) ? 1 : 0;
  EXPECT_LT(equal, 10);
}

TEST(RandomOrder, LeavesNeighboursApart) {
  const RandomOrder order(65536, 3);
  int neighbours = 0;
  for (std::uint64_t i = 1; i < 10000; ++i) {
    const auto gap = static_cast<std::int64_t>(order.at(i)) - static_cast<std::int64_t>(order.at(i - 1));
    neighbours += std::abs(gap) < 256 ? 1 : 0;
  }
  // By chance 0.8 % of the steps are that short.
  EXPECT_LT(neighbours, 200);
}

}  // namespace
}  // namespace isthmus::schedule
