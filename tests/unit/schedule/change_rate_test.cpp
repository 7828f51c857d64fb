#include "isthmus/schedule/change_rate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace isthmus::schedule {
namespace {

using namespace std::chrono_literals;

double a_day(const ChangeRate& rate) { return rate.per_second() * 86400; }

TEST(ChangeRate, BelievesInOneChangeADayBeforeItKnows) { EXPECT_DOUBLE_EQ(a_day(ChangeRate()), 1); }

TEST(ChangeRate, QuietTimeAndChangesMoveIt) {
  ChangeRate quiet;
  for (int i = 0; i < 24 * 60; ++i) quiet.looked(1min, false);
  EXPECT_NEAR(a_day(quiet), 0.22, 0.02);
  ChangeRate changed = quiet;
  changed.looked(1min, true);
  EXPECT_NEAR(changed.per_second() / quiet.per_second(), 5, 0.1);
}

TEST(ChangeRate, ClocksThatStandStillDoNoHarm) {
  ChangeRate rate;
  rate.looked(-5s, true);
  rate.looked(0s, true);
  EXPECT_NEAR(a_day(rate), 9, 1e-6);
}

// Each look tells only whether there was a change; at three changes a look on average most of them are never seen one
// by one, and counting looks with a change would make less than a third of the rate.
TEST(ChangeRate, FindsTheRateAlsoWhereLooksAreRare) {
  for (const double changes_a_look : {0.05, 0.5, 3.0}) {
    std::mt19937_64 random(7);
    std::bernoulli_distribution any(-std::expm1(-changes_a_look));
    ChangeRate rate;
    for (int i = 0; i < 4000; ++i) rate.looked(10min, any(random));
    // Weighted by the memory, 432 looks count.
    EXPECT_NEAR(rate.per_second() * 600 / changes_a_look, 1, 0.35) << changes_a_look;
  }
}

TEST(ChangeRate, ForgetsHowItUsedToBe) {
  ChangeRate rate;
  for (int i = 0; i < 24; ++i) rate.looked(1h, true);
  const double unstable = rate.per_second();
  for (int i = 0; i < 14 * 24; ++i) rate.looked(1h, false);
  EXPECT_LT(rate.per_second(), unstable / 30);
}

}  // namespace
}  // namespace isthmus::schedule
