#include "isthmus/schedule/random_order.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace isthmus::schedule {
namespace {

TEST(RandomOrder, VisitsEveryElementOnce) {
  std::vector<std::uint64_t> sizes{254, 256, 257, 4095, 4097, 65535, 65537, 100000, 1048577};
  for (std::uint64_t size = 1; size < 130; ++size) sizes.push_back(size);
  for (const std::uint64_t size : sizes) {
    const RandomOrder order(size, 99 + size);
    std::vector<bool> seen(size);
    for (std::uint64_t i = 0; i < size; ++i) {
      const std::uint64_t at = order.at(i);
      ASSERT_LT(at, size);
      ASSERT_FALSE(seen[at]) << at << " twice in " << size;
      seen[at] = true;
    }
  }
}

TEST(RandomOrder, BearsTheLargestSizes) {
  for (const std::uint64_t size :
       {std::uint64_t{1} << 62, (std::uint64_t{1} << 62) - 1, (std::uint64_t{1} << 61) + 1}) {
    const RandomOrder order(size, 5);
    std::uint64_t upper_half = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      ASSERT_LT(order.at(i), size);
      ASSERT_NE(order.at(i), order.at(i + 1));
      upper_half += order.at(i) > size / 2 ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(upper_half), 500, 80);
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
  for (const std::uint64_t key : {3U, 4U, 5U, 6U}) {
    const RandomOrder order(65536, key);
    int neighbours = 0;
    for (std::uint64_t i = 1; i < 10000; ++i) {
      const auto gap = static_cast<std::int64_t>(order.at(i)) - static_cast<std::int64_t>(order.at(i - 1));
      neighbours += std::abs(gap) < 256 ? 1 : 0;
    }
    // By chance 0.8 % of the steps are that short.
    EXPECT_LT(neighbours, 120) << key;
  }
}

// How far counts are from even ones, in standard deviations of chance.
double unevenness(const std::vector<double>& counts, double expected) {
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - expected) * (count - expected) / expected;
  const double freedom = static_cast<double>(counts.size()) - 1;
  return (chi_square - freedom) / std::sqrt(2 * freedom);
}

TEST(RandomOrder, SpreadsEveryStretchEvenly) {
  // A router behind one 64th of the addresses, or in front of one of 16 TTLs, must not see bursts.
  for (const std::uint64_t size : {std::uint64_t{1048576}, std::uint64_t{1500000}, std::uint64_t{70000}}) {
    for (std::uint64_t key = 0; key < 20; ++key) {
      const RandomOrder order(size, key);
      std::vector<double> high(64);
      std::vector<double> low(16);
      std::vector<double> next(64);  // pairs of neighbours in the order, by where both of them are
      for (std::uint64_t i = 0; i < 6400; ++i) {
        const std::uint64_t at = order.at(i);
        high[at * 64 / size] += 1;
        low[at % 16] += 1;
        next[(at * 8 / size) * 8 + order.at(i + 1) * 8 / size] += 1;
      }
      EXPECT_LT(unevenness(high, 100), 5) << size << " key " << key;
      EXPECT_LT(unevenness(low, 400), 5) << size << " key " << key;
      EXPECT_LT(unevenness(next, 100), 5) << size << " key " << key;
    }
  }
}

}  // namespace
}  // namespace isthmus::schedule
