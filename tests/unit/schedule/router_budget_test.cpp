#include "isthmus/schedule/router_budget.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/schedule/limited_router.hpp"

namespace isthmus::schedule {
namespace {

using namespace std::chrono_literals;
using support::Demand;
using support::LimitedRouter;
using support::RouterTruth;
using support::Tally;

const Instant kStart{1h};
const IpAddress kRouter = IpAddress::v4(0xCB007101);

TEST(RouterBudget, IsSharedByAllWhoAskOneRouterAndByNobodyElse) {
  RouterBudget budget(1);
  const IpAddress a = IpAddress::v4(1);
  const IpAddress b = IpAddress::v4(2);
  EXPECT_TRUE(budget.take(a, kStart));
  EXPECT_FALSE(budget.take(a, kStart + 500ms));
  EXPECT_NEAR(to_seconds(budget.wait(a, kStart + 500ms)), 0.5, 1e-6);
  EXPECT_TRUE(budget.take(b, kStart + 500ms));
  EXPECT_TRUE(budget.take(a, kStart + 1s + 1us));
}

TEST(RouterBudget, TellsAddressesOfBothFamiliesApart) {
  RouterBudget budget(1);
  EXPECT_TRUE(budget.take(IpAddress::v4(1), kStart));
  for (const char* text : {"::1", "2001:db8::1", "2001:db8::2", "2001:db9::1"}) {
    EXPECT_TRUE(budget.take(IpAddress::parse(text).value(), kStart)) << text;
    EXPECT_FALSE(budget.take(IpAddress::parse(text).value(), kStart)) << text;
  }
  EXPECT_EQ(budget.size(), 5U);
}

TEST(RouterBudget, ForgetsIdleRoutersAndFailsClosedWhenAllAreBusy) {
  RouterBudget budget(1, 100);
  for (std::uint32_t i = 0; i < 100; ++i) ASSERT_TRUE(budget.take(IpAddress::v4(i), kStart));
  EXPECT_FALSE(budget.take(IpAddress::v4(1000), kStart));
  EXPECT_FALSE(budget.take(IpAddress::v4(1000), kStart + 500ms));
  EXPECT_TRUE(budget.take(IpAddress::v4(99), kStart + 2s));
  EXPECT_TRUE(budget.take(IpAddress::v4(1000), kStart + 2s));
  EXPECT_FALSE(budget.take(IpAddress::v4(99), kStart + 2s)) << "the one asked last is not the one to forget";
  for (std::uint32_t i = 0; i < 100000; ++i) budget.take(IpAddress::v4(i), kStart + 3s + i * 1ms);
  EXPECT_LE(budget.size(), 100U);
}

TEST(RouterBudget, RemembersNothingOfRoutersThatAnswerEverything) {
  RouterBudget budget(0);
  LimitedRouter router({.limit = 1e9, .burst = 1000});
  const Tally tally = router.ask(budget, kRouter, kStart, 20s, {.askers = 200});
  EXPECT_EQ(tally.answered, tally.asked);
  EXPECT_EQ(tally.waits, 0U) << "nobody was slowed down";
  EXPECT_EQ(budget.size(), 0U);
  EXPECT_FALSE(budget.limit(kRouter));
}

// Learns for a while, then says how well it asks.
Tally learnt(RouterBudget& budget, LimitedRouter& router, Duration learning, Duration span, const Demand& demand) {
  router.ask(budget, kRouter, kStart, learning, demand);
  return router.ask(budget, kRouter, kStart + learning, span, demand);
}

void expect_good_use(const Tally& tally, double limit, Duration span) {
  EXPECT_GE(tally.answered, 0.95 * tally.asked) << "answered " << tally.answered << " of " << tally.asked;
  EXPECT_GE(tally.answered, 0.85 * limit * to_seconds(span)) << "answered " << tally.answered;
}

TEST(RouterBudget, TwoHundredTargetsAskARouterOfAHundredASecondForWhatItCanGive) {
  RouterBudget budget(0);
  LimitedRouter router({.limit = 100, .burst = 10});
  expect_good_use(learnt(budget, router, 30s, 120s, {.askers = 200}), 100, 120s);
  EXPECT_NEAR(budget.limit(kRouter).value(), 100, 5);
}

TEST(RouterBudget, LearnsLimitsOfAllSizes) {
  for (const double burst : {6.0, 50.0}) {
    for (const double limit : {2.0, 5.0, 10.0, 50.0, 300.0, 1000.0}) {
      SCOPED_TRACE(std::to_string(limit) + " a second, burst " + std::to_string(burst));
      RouterBudget budget(0);
      LimitedRouter router({.limit = limit, .burst = burst});
      expect_good_use(learnt(budget, router, limit < 10 ? 300s : 60s, 300s, {.askers = 50}), limit, 300s);
    }
  }
}

TEST(RouterBudget, LearnsTheLimitOfARouterThatSavesNothingUp) {
  for (const double limit : {1.0, 10.0, 100.0, 300.0}) {
    SCOPED_TRACE(limit);
    RouterBudget budget(0);
    LimitedRouter router({.limit = limit, .burst = 1});
    const Tally tally = learnt(budget, router, limit < 10 ? 300s : 60s, 300s, {.askers = 50});
    EXPECT_GE(tally.answered, 0.9 * tally.asked) << "answered " << tally.answered << " of " << tally.asked;
    EXPECT_GE(tally.answered, 0.8 * limit * 300);
  }
}

TEST(RouterBudget, LearnsOneAnswerASecondDespiteABurstOfSix) {
  RouterBudget budget(0);
  LimitedRouter router({.limit = 1, .burst = 6});
  const Tally tally = learnt(budget, router, 300s, 1200s, {.askers = 20});
  EXPECT_GE(tally.answered, 0.9 * tally.asked) << "answered " << tally.answered << " of " << tally.asked;
  EXPECT_GE(tally.answered, 0.85 * 1200);
}

// A trace of six flows asks each of its routers six times, all at once, and again a minute later.
TEST(RouterBudget, LearnsTheLimitOfARouterThatIsAskedAFewTimesAMinute) {
  struct Case {
    RouterTruth truth;
    int askers;
  };
  for (const Case& c :
       {Case{{.limit = 1, .burst = 1}, 6}, Case{{.limit = 1, .burst = 6}, 18}, Case{{.limit = 0.2, .burst = 1}, 6}}) {
    SCOPED_TRACE(std::to_string(c.askers) + " askers, " + std::to_string(c.truth.limit) + " a second");
    const Demand demand{.askers = c.askers, .round = 60s};
    RouterBudget untold(0);
    LimitedRouter same(c.truth);
    const Tally unhindered =
        same.ask(untold, kRouter, kStart, 1h, {.askers = c.askers, .round = 60s, .reports = false});
    ASSERT_LE(unhindered.answered, 0.7 * unhindered.asked);
    RouterBudget budget(0);
    LimitedRouter router(c.truth);
    const Tally tally = learnt(budget, router, 1h, 1h, demand);
    EXPECT_GE(tally.answered, 0.9 * tally.asked) << "answered " << tally.answered << " of " << tally.asked;
    EXPECT_GE(tally.asked, 0.95 * unhindered.asked) << "a round takes a minute, not more";
  }
}

TEST(RouterBudget, DoesNotSpreadRoundsOverMinutesForLossOfThePath) {
  for (const double loss : {0.05, 0.2, 0.4}) {
    SCOPED_TRACE(loss);
    double most = 0;
    for (unsigned seed = 1; seed <= 50; ++seed) {
      RouterBudget budget(0);
      LimitedRouter router({.limit = 1e9, .burst = 1000, .loss = loss}, seed);
      const Tally tally = router.ask(budget, kRouter, kStart, 2h, {.askers = 6, .round = 60s});
      EXPECT_GE(tally.asked, 0.97 * 6 * 120);
      most = std::max(most, to_seconds(tally.waited) / tally.asked);
    }
    EXPECT_LE(most, 5) << "seconds that a probe waits on average";
  }
}

TEST(RouterBudget, FollowsALimitThatChanges) {
  RouterBudget budget(0);
  LimitedRouter router({.limit = 100, .burst = 10});
  router.ask(budget, kRouter, kStart, 60s, {.askers = 200});
  router.set_limit(30);
  router.ask(budget, kRouter, kStart + 60s, 60s, {.askers = 200});
  expect_good_use(router.ask(budget, kRouter, kStart + 120s, 60s, {.askers = 200}), 30, 60s);
  router.set_limit(400);
  router.ask(budget, kRouter, kStart + 180s, 240s, {.askers = 200});
  expect_good_use(router.ask(budget, kRouter, kStart + 420s, 60s, {.askers = 200}), 400, 60s);
}

TEST(RouterBudget, DoesNotTakeLossOfThePathForALimit) {
  for (const double loss : {0.01, 0.05, 0.15, 0.3}) {
    SCOPED_TRACE(loss);
    RouterBudget budget(0);
    LimitedRouter router({.limit = 1e9, .burst = 1000, .loss = loss});
    const Tally tally = router.ask(budget, kRouter, kStart, 120s, {.askers = 50});
    RouterBudget untold(0);
    LimitedRouter same({.limit = 1e9, .burst = 1000, .loss = loss});
    const Tally unhindered = same.ask(untold, kRouter, kStart, 120s, {.askers = 50, .reports = false});
    EXPECT_GE(tally.asked, 0.85 * unhindered.asked) << "of " << unhindered.asked;
  }
}

TEST(RouterBudget, LearnsALimitBehindALossyPath) {
  RouterBudget budget(0);
  LimitedRouter router({.limit = 100, .burst = 10, .loss = 0.05});
  const Tally tally = learnt(budget, router, 60s, 120s, {.askers = 200});
  EXPECT_GE(tally.answered, 0.88 * tally.asked) << "answered " << tally.answered << " of " << tally.asked;
  EXPECT_GE(tally.answered, 0.80 * 100 * 120);
}

TEST(RouterBudget, ForgetsLossOfThePathWhenItIsOver) {
  RouterBudget budget(0);
  LimitedRouter router({.limit = 100, .burst = 10, .loss = 0.3});
  router.ask(budget, kRouter, kStart, 120s, {.askers = 200});
  router.set_loss(0);
  router.ask(budget, kRouter, kStart + 120s, 120s, {.askers = 200});
  router.set_limit(80);
  router.ask(budget, kRouter, kStart + 240s, 30s, {.askers = 200});
  expect_good_use(router.ask(budget, kRouter, kStart + 270s, 60s, {.askers = 200}), 80, 60s);
}

TEST(RouterBudget, TakesNothingFromSilenceOfTheWholePath) {
  RouterBudget budget(0);
  for (int i = 0; i < 10000; ++i) {
    const Instant sent = kStart + i * 10ms;
    ASSERT_TRUE(budget.take(kRouter, sent));
    budget.unanswered(kRouter, sent, sent + 1s, Silence::path);
  }
  EXPECT_EQ(budget.size(), 0U);
  EXPECT_FALSE(budget.limit(kRouter));
}

TEST(RouterBudget, KeepsALimitThroughAnOutageOfThePath) {
  RouterBudget budget(0);
  LimitedRouter router({.limit = 100, .burst = 10});
  router.ask(budget, kRouter, kStart, 60s, {.askers = 200});
  const double before = budget.limit(kRouter).value();
  router.ask(budget, kRouter, kStart + 60s, 60s, {.askers = 200, .outage = true});
  EXPECT_NEAR(budget.limit(kRouter).value(), before, before * 0.15);
}

TEST(RouterBudget, DoesNotSlowDownForARouterThatFellSilentForGood) {
  RouterBudget budget(0);
  LimitedRouter router({.limit = 1e9, .burst = 1000, .loss = 1});
  router.ask(budget, kRouter, kStart, 60s, {.askers = 10});
  const Tally tally = router.ask(budget, kRouter, kStart + 60s, 60s, {.askers = 10});
  EXPECT_GE(tally.asked, 0.9 * 10 * 60 / 2.0) << "asking less would not have brought one answer";
}

TEST(RouterBudget, KeepsWhatItLearntWhenTheCeilingChanges) {
  RouterBudget budget(1000);
  LimitedRouter router({.limit = 100, .burst = 10});
  router.ask(budget, kRouter, kStart, 60s, {.askers = 200});
  budget.set_ceiling(0);
  expect_good_use(router.ask(budget, kRouter, kStart + 60s, 60s, {.askers = 200}), 100, 60s);
  budget.set_ceiling(20);
  EXPECT_LE(router.ask(budget, kRouter, kStart + 120s, 60s, {.askers = 200}).asked, 20 * 60 + 1);
}

TEST(RouterBudget, NeverAsksMoreThanTheCeiling) {
  RouterBudget budget(5);
  LimitedRouter router({.limit = 1e9, .burst = 1000});
  const Tally tally = router.ask(budget, kRouter, kStart, 100s, {.askers = 200});
  EXPECT_LE(tally.asked, 501);
  EXPECT_GE(tally.asked, 490);
}

}  // namespace
}  // namespace isthmus::schedule
