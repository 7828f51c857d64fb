#include "isthmus/schedule/check_rates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace isthmus::schedule {
namespace {

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

double found(const std::vector<double>& changes, const std::vector<double>& looks) {
  double all = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) all += looks[i] * -std::expm1(-changes[i] / looks[i]);
  return all;
}

TEST(CheckRates, LooksFollowChanges) {
  const std::vector<double> changes{1, 2, 7};
  const auto looks = share_checks(changes, {.budget = 20, .least = 0, .most = 100});
  EXPECT_NEAR(looks[0], 2, 1e-9);
  EXPECT_NEAR(looks[1], 4, 1e-9);
  EXPECT_NEAR(looks[2], 14, 1e-9);
}

TEST(CheckRates, EverybodyGetsTheLeastAndNobodyMoreThanTheMost) {
  const std::vector<double> changes{0, 0.1, 1, 50};
  const auto looks = share_checks(changes, {.budget = 16, .least = 1, .most = 10});
  EXPECT_NEAR(looks[0], 1, 1e-9);
  EXPECT_NEAR(looks[1], 1, 1e-9);
  EXPECT_NEAR(looks[2], 4, 1e-9);  // what is left
  EXPECT_NEAR(looks[3], 10, 1e-9);
}

TEST(CheckRates, ABudgetTooSmallForTheLeastIsSharedEqually) {
  const std::vector<double> changes{0, 5, 100};
  EXPECT_EQ(share_checks(changes, {.budget = 1.5, .least = 1, .most = 10}), std::vector<double>(3, 0.5));
}

TEST(CheckRates, MoreBudgetThanAnybodyMayUseIsLeft) {
  const std::vector<double> changes{1, 5};
  EXPECT_EQ(share_checks(changes, {.budget = 1000, .least = 1, .most = 10}), std::vector<double>(2, 10.0));
}

TEST(CheckRates, NobodyToShareWith) { EXPECT_TRUE(share_checks({}, {.budget = 1, .least = 1, .most = 2}).empty()); }

// The sum is the budget, and moving looks from one to another finds less, whatever the changes.
TEST(CheckRates, NoOtherSharingFindsMore) {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> draw(0, 2);
  for (int world = 0; world < 20; ++world) {
    std::vector<double> changes(30);
    std::generate(changes.begin(), changes.end(), [&] { return draw(random); });
    const CheckLimits limits{.budget = 60, .least = 0.5, .most = 20};
    const auto best = share_checks(changes, limits);
    ASSERT_NEAR(sum(best), limits.budget, 1e-6);
    for (int i = 0; i < 200; ++i) {
      auto other = best;
      auto& from = other[random() % other.size()];
      auto& to = other[random() % other.size()];
      const double moved = std::min({0.2, from - limits.least, limits.most - to});
      from -= moved;
      to += moved;
      ASSERT_LE(found(changes, other), found(changes, best) + 1e-9);
    }
    EXPECT_GT(found(changes, best), found(changes, std::vector<double>(30, 2.0)));
  }
}

}  // namespace
}  // namespace isthmus::schedule
