// What single probes between whole traces report: the path as it is, and what of it was measured when.

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/probes/sentinel_world.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

TEST_F(Sentinels, WhatWasTakenOverSaysWhenItWasMeasured) {
  begin(watching());
  replace(path(), 6, 8);
  const Timestamp changed = world_->wall();
  world_->run_for(61s);
  ASSERT_EQ(news().size(), 1U);
  const Trace remapped = news().front();
  for (const Hop& hop : remapped.hops) {
    if (hop.ttl <= 4) {
      ASSERT_TRUE(hop.measured) << int{hop.ttl};
      EXPECT_LT(*hop.measured, changed);
    } else {
      EXPECT_FALSE(hop.measured) << int{hop.ttl} << " was asked just now";
    }
  }
}

TEST_F(Sentinels, ANewPathIsConfirmedByTheLooksThatFollowAndLaterNowAndThen) {
  begin(watching());
  replace(path(), 6, 8);
  const Timestamp changed = world_->wall();
  world_->run_for(5min + 10s);
  ASSERT_EQ(news().size(), 1U);
  const auto first = traces();
  ASSERT_EQ(first.size(), 5U) << "the change, and four looks that found the same";
  for (const Hop& hop : first.back().hops) {
    EXPECT_EQ(hop.measured.has_value(), hop.ttl != 8) << int{hop.ttl};
    if (hop.ttl >= 5 && hop.measured) {
      EXPECT_GT(*hop.measured, changed);
    }
  }
  EXPECT_GE(first.back().started - first.front().ended, 230s);
  forget();
  world_->run_for(60min);
  EXPECT_TRUE(news().empty());
  EXPECT_EQ(traces().size(), 6U);
  for (const Trace& trace : traces()) EXPECT_EQ(answers_of(trace), truth_of(path()));
  for (const Trace& trace : traces()) EXPECT_EQ(trace.stop, StopReason::reached);
}

// Whatever changed, as long as it shows where the sentinel stands: what is reported is the path as it is.
TEST_F(Sentinels, ReportsThePathAsItIsWhateverChanged) {
  std::uint64_t random = 5;
  const auto below = [&](std::size_t limit) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(random >> 33) % limit;
  };
  begin(watching(), {.prefix = kBlock, .routers = routers(14), .hosts = {kHost}});
  int number = 30;
  int found = 0;
  std::size_t cost = 0;
  for (int round = 0; round < 150; ++round) {
    auto& way = path().routers;
    const std::size_t from = below(way.size());
    const std::size_t removed = std::min(way.size() - from, below(4));
    std::vector<SimRouter> added(below(4));
    for (SimRouter& router : added) {
      router.interfaces = {IpAddress::v4(0xC6336400U + static_cast<std::uint32_t>(number++))};
      router.silent = below(4) == 0;
    }
    if (way.size() - removed + added.size() < 6 || way.size() - removed + added.size() > 20) continue;
    way.erase(way.begin() + static_cast<std::ptrdiff_t>(from),
              way.begin() + static_cast<std::ptrdiff_t>(from + removed));
    way.insert(way.begin() + static_cast<std::ptrdiff_t>(from), added.begin(), added.end());
    forget();
    const Timestamp changed = world_->wall();
    world_->run_for(62s);
    auto reported = news();
    std::erase_if(reported, [&](const Trace& trace) { return trace.started <= changed; });
    for (const Trace& trace : reported) {
      EXPECT_EQ(answers_of(trace), truth_of(path()))
          << "round " << round << " from " << from + 1 << " removed " << removed << " added " << added.size();
    }
    const bool partial = std::any_of(reported.begin(), reported.end(), [](const Trace& trace) {
      return std::any_of(trace.hops.begin(), trace.hops.end(), [](const Hop& hop) { return hop.measured.has_value(); });
    });
    if (partial) {
      ++found;
      cost += network_.sent().size();
    }
    // What does not show where the sentinel stands must not be found in the next round.
    world_->prober().trace_now("example", kHost, world_->now());
    world_->run_for(3min);
  }
  EXPECT_GE(found, 40);
  EXPECT_LT(cost, static_cast<std::size_t>(found) * 13) << "as dear as whole traces";
}

TEST_F(Sentinels, ARouterThatFallsSilentIsReportedOnceAndTheOneBeforeItWatchedInstead) {
  begin(watching());
  path().routers[7].silent = true;
  world_->run_for(90s);
  ASSERT_EQ(news().size(), 1U);
  EXPECT_EQ(answers_of(news().front()), truth_of(path()));
  forget();
  world_->run_for(30min);
  EXPECT_TRUE(news().empty());
  EXPECT_GE(asked()[7], 21);
  EXPECT_LE(asked()[8], 3);
  replace(path(), 6, 7);
  world_->run_for(90s);
  ASSERT_FALSE(news().empty());
  EXPECT_EQ(answers_of(news().front()), truth_of(path()));
}

TEST_F(Sentinels, APathThatDiesAndComesBackIsSeenBothTimes) {
  begin(watching());
  path().routers[4].drops = true;
  world_->run_for(80s);
  ASSERT_EQ(news().size(), 1U);
  EXPECT_EQ(news().front().stop, StopReason::gap_limit);
  EXPECT_EQ(answers_of(news().front())[4], address("198.51.100.5"));
  forget();
  world_->run_for(20min);
  EXPECT_TRUE(news().empty()) << "it is known to be dead";
  EXPECT_LE(network_.sent().size(), 25U);
  path().routers[4].drops = false;
  world_->run_for(130s);
  ASSERT_FALSE(news().empty());
  EXPECT_EQ(news().front().stop, StopReason::reached);
  EXPECT_EQ(answers_of(news().front()), truth_of(path()));
}

TEST_F(Sentinels, RoutersThatTakeTurnsAreNoChange) {
  auto turns = plain_path();
  turns.routers[7] = {.interfaces = {address("198.51.100.8"), address("198.51.100.88")}, .per_packet = true};
  begin(watching(2), turns);
  world_->run_for(20min);
  forget();
  world_->run_for(90min);
  for (const Trace& trace : news()) EXPECT_EQ(trace.stop, StopReason::reached);
  EXPECT_LE(news().size(), 2U * 90 * 3 / 100);
  EXPECT_LE(network_.sent().size(), 2U * 90 * 5);
}

TEST_F(Sentinels, ATraceAskedForDuringALookFollowsIt) {
  begin(watching());
  path().routers[7].silent = true;  // the look takes seconds
  while (network_.sent().empty()) world_->run_for(1s);
  world_->prober().trace_now("example", kHost, world_->now());
  world_->run_for(20s);
  ASSERT_GE(news().size(), 2U);
  const Trace last = news().back();
  for (const Hop& hop : last.hops) EXPECT_FALSE(hop.measured);
}

TEST_F(Sentinels, ALookAskedForIsReportedWhateverItFinds) {
  begin(watching(3));
  world_->run_for(10min);
  forget();
  world_->prober().look_now("example", kHost, world_->now());
  world_->prober().look_now("example", address("203.0.113.99"), world_->now());
  world_->run_for(1s);
  EXPECT_EQ(traces().size(), 3U);
  EXPECT_TRUE(news().empty());
  EXPECT_LE(network_.sent().size(), 9U);
  EXPECT_GE(asked()[8], 3);
  EXPECT_GE(asked()[9], 3);
}

}  // namespace
}  // namespace isthmus::support
