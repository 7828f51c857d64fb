#include "isthmus/schedule/probe_quota.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace isthmus::schedule {
namespace {

using namespace std::chrono_literals;
using Use = ProbeQuota::Use;

constexpr Instant kStart{1h};

// Probes that leave when somebody wants to send one every second.
std::vector<Instant> greedy(ProbeQuota& quota, Use use, Duration duration) {
  std::vector<Instant> left;
  for (Instant now = kStart; now < kStart + duration; now += 1s) {
    while (quota.take(use, now)) left.push_back(now);
  }
  return left;
}

std::size_t most_in(const std::vector<Instant>& times, Duration window) {
  std::size_t most = 0;
  for (auto first = times.begin(), last = times.begin(); last != times.end(); ++last) {
    while (*last - *first >= window) ++first;
    most = std::max(most, static_cast<std::size_t>(last - first) + 1);
  }
  return most;
}

TEST(ProbeQuota, NoHourHasMoreThanTheBudget) {
  ProbeQuota quota(1000, 0.5);
  const auto left = greedy(quota, Use::check, 6h);
  EXPECT_LE(most_in(left, 1h), 1000U);
  EXPECT_GE(left.size(), 5400U);
}

TEST(ProbeQuota, ASmallBudgetStillAllowsATraceAtOnce) {
  ProbeQuota quota(10, 0.5);
  EXPECT_EQ(quota.wait(Use::whole_trace, kStart, ProbeQuota::kTrace), 0s);
  const auto left = greedy(quota, Use::check, 24h);
  EXPECT_LE(left.size(), 10U * 24 + ProbeQuota::kTrace);
  EXPECT_GE(left.size(), 10U * 24);
}

TEST(ProbeQuota, WholeTracesLeaveThePartOfTheChecks) {
  ProbeQuota quota(100, 0.5);
  const auto whole = greedy(quota, Use::whole_trace, 24h);
  EXPECT_LE(whole.size(), 50U * 24 + ProbeQuota::kTrace);
  ProbeQuota shared(100, 0.5);
  std::size_t checks = 0;
  for (Instant now = kStart; now < kStart + 24h; now += 1s) {
    while (shared.take(Use::whole_trace, now)) continue;
    if ((now - kStart) % 90s == 0s && shared.take(Use::check, now)) ++checks;
  }
  EXPECT_GE(checks, 24U * 40 * 95 / 100) << "whole traces starve the checks";
}

TEST(ProbeQuota, SaysHowLongATraceHasToWait) {
  ProbeQuota quota(3600, 1);
  while (quota.take(Use::check, kStart)) continue;
  const Duration wait = quota.wait(Use::whole_trace, kStart, 20);
  EXPECT_GT(quota.wait(Use::whole_trace, kStart + wait - 1s, 20), 0s);
  EXPECT_EQ(quota.wait(Use::whole_trace, kStart + wait, 20), 0s);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(quota.take(Use::whole_trace, kStart + wait));
  EXPECT_FALSE(quota.take(Use::whole_trace, kStart + wait));
  EXPECT_LT(quota.wait(Use::whole_trace, kStart, 1'000'000), 1h) << "more than there ever are";
}

}  // namespace
}  // namespace isthmus::schedule
