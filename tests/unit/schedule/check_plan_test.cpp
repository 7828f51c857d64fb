#include "isthmus/schedule/check_plan.hpp"

#include <gtest/gtest.h>

#include <map>

namespace isthmus::schedule {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart{1h};

// Looks at what is due until then; nothing ever changes. How often each one was looked at, and how long the longest
// pause between two looks was.
struct Looks {
  int count{0};
  Instant last{kStart};
  Duration longest{};
};
std::map<CheckPlan::Id, Looks> run(CheckPlan& plan, Duration duration, Instant from = kStart) {
  std::map<CheckPlan::Id, Looks> looks;
  while (plan.next() <= from + duration) {
    const Instant now = plan.next();
    const auto id = plan.pop_due(now);
    if (!id) break;
    Looks& seen = looks[*id];
    if (seen.count++ > 0) seen.longest = std::max(seen.longest, now - seen.last);
    seen.last = now;
    plan.looked(*id, false, now);
  }
  return looks;
}

TEST(CheckPlan, LooksAtEveryPathOnceAnInterval) {
  CheckPlan plan;
  plan.set_interval(30s, kStart);
  for (CheckPlan::Id id = 0; id < 100; ++id) plan.add(id, "example", kStart);
  const auto looks = run(plan, 1h);
  ASSERT_EQ(looks.size(), 100U);
  for (const auto& [id, seen] : looks) {
    EXPECT_NEAR(seen.count, 120, 1);
    EXPECT_EQ(seen.longest, 30s);
  }
}

TEST(CheckPlan, SpreadsThePathsOverTheInterval) {
  CheckPlan plan;
  plan.set_interval(60s, kStart);
  for (CheckPlan::Id id = 0; id < 60; ++id) plan.add(id, "example", kStart);
  for (Instant now = kStart; now < kStart + 60s; now += 10s) {
    int due = 0;
    while (plan.pop_due(now + 10s)) ++due;
    EXPECT_NEAR(due, 10, 2);
  }
}

TEST(CheckPlan, WhatIsBeingLookedAtIsNotDue) {
  CheckPlan plan;
  plan.add(1, "example", kStart);
  ASSERT_EQ(plan.pop_due(kStart + 60s), 1U);
  EXPECT_EQ(plan.next(), Instant::max());
  plan.postpone(1, kStart + 70s);
  EXPECT_EQ(plan.next(), kStart + 70s);
  ASSERT_EQ(plan.pop_due(kStart + 70s), 1U);
  plan.looked(1, false, kStart + 71s);
  EXPECT_EQ(plan.next(), kStart + 131s);
  plan.remove(1);
  EXPECT_EQ(plan.next(), Instant::max());
  plan.looked(1, true, kStart + 80s);
  plan.postpone(1, kStart + 90s);
  EXPECT_EQ(plan.size(), 0U);
}

TEST(CheckPlan, ALookAtOnceLeavesThePlanAsItIs) {
  CheckPlan plan;
  plan.add(1, "example", kStart);
  ASSERT_EQ(plan.pop_due(kStart + 60s), 1U);
  plan.looked(1, false, kStart + 60s);
  plan.hurry(1, kStart + 70s);
  plan.hurry(2, kStart + 70s);
  ASSERT_EQ(plan.next(), kStart + 70s);
  ASSERT_EQ(plan.pop_due(kStart + 70s), 1U);
  plan.looked(1, false, kStart + 71s);
  EXPECT_EQ(plan.next(), kStart + 120s);
}

TEST(CheckPlan, ASmallBudgetStretchesTheInterval) {
  CheckPlan plan;
  plan.set_interval(10s, kStart);
  plan.set_budget("example", 20.0 / 60, kStart);  // for 100 paths that want ten a second
  for (CheckPlan::Id id = 0; id < 100; ++id) plan.add(id, "example", kStart);
  int all = 0;
  for (const auto& [id, seen] : run(plan, 1h)) all += seen.count;
  EXPECT_NEAR(all, 20 * 60, 20);
}

TEST(CheckPlan, WhatTheIntervalLeavesGoesWhereChangesWere) {
  CheckPlan plan;
  plan.set_interval(100s, kStart);
  plan.set_budget("example", 0.2, kStart);  // twice what ten paths want
  for (CheckPlan::Id id = 0; id < 10; ++id) plan.add(id, "example", kStart);
  Instant now = kStart;
  for (int change = 0; change < 5; ++change) {
    run(plan, 30min, now);
    now += 30min;
    plan.looked(3, true, now);
  }
  auto looks = run(plan, 1h, now);
  EXPECT_GT(looks[3].count, 3 * looks[4].count);
  int all = 0;
  for (const auto& [id, seen] : looks) {
    EXPECT_LE(seen.longest, 100s);
    all += seen.count;
  }
  EXPECT_LE(all, 721 + 10);
  EXPECT_GE(all, 600);
}

TEST(CheckPlan, GroupsDoNotShareTheirBudgets) {
  CheckPlan plan;
  plan.set_interval(10s, kStart);
  plan.set_budget("poor", 0.01, kStart);
  plan.add(1, "poor", kStart);
  plan.add(2, "rich", kStart);
  EXPECT_DOUBLE_EQ(plan.rate_of(1), 0.01);
  EXPECT_DOUBLE_EQ(plan.rate_of(2), 0.1);
  plan.set_budget("poor", std::nullopt, kStart);
  EXPECT_DOUBLE_EQ(plan.rate_of(1), 0.1);
}

TEST(CheckPlan, AShorterIntervalTakesEffectAtOnce) {
  CheckPlan plan;
  plan.set_interval(1h, kStart);
  plan.add(1, "example", kStart);
  plan.set_interval(10s, kStart + 1s);
  EXPECT_LE(plan.next(), kStart + 11s);
}

}  // namespace
}  // namespace isthmus::schedule
