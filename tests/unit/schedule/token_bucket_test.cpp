#include "isthmus/schedule/token_bucket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

namespace isthmus::schedule {
namespace {

using namespace std::chrono_literals;

const Instant kStart{1h};

TEST(TokenBucket, GivesItsBurstAtOnceAndThenKeepsTheRate) {
  TokenBucket bucket(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart));
  EXPECT_EQ(bucket.wait(kStart), 100ms);
  EXPECT_FALSE(bucket.take(kStart + 99ms));
  EXPECT_TRUE(bucket.take(kStart + 100ms));
}

TEST(TokenBucket, SavesNoMoreThanItsBurstUp) {
  TokenBucket bucket(10, 3);
  int taken = 0;
  while (bucket.take(kStart + 24h)) ++taken;
  EXPECT_EQ(taken, 3);
}

TEST(TokenBucket, HasNoDrift) {
  // Woken late every time, a bucket that counted from each wake-up would fall behind.
  TokenBucket bucket(1000, 5);
  Instant now = kStart;
  std::uint64_t taken = 0;
  while (now < kStart + 60s) {
    while (bucket.take(now)) ++taken;
    now += bucket.wait(now) + 300us;
  }
  EXPECT_NEAR(static_cast<double>(taken), 60000, 10);
}

// The greediest sender there can be, for a simulated hour; returns the most tokens in any second.
std::size_t most_in_a_second(double rate) {
  TokenBucket bucket = TokenBucket::strict(rate);
  std::deque<Instant> window;
  std::size_t most = 0;
  std::uint64_t taken = 0;
  Instant now = kStart;
  const Instant end = kStart + (rate > 1000 ? 60s : 3600s);
  while (now < end) {
    if (!bucket.take(now)) {
      now += bucket.wait(now);
      continue;
    }
    window.push_back(now);
    while (window.front() + 1s <= now) window.pop_front();
    most = std::max(most, window.size());
    // Now and then it pauses, to save tokens up.
    if (++taken % (static_cast<std::uint64_t>(rate) * 3 + 7) == 0) now += 713ms;
  }
  return most;
}

TEST(TokenBucket, StrictOneNeverExceedsTheRateInAnySecond) {
  EXPECT_EQ(most_in_a_second(1), 1U);
  EXPECT_EQ(most_in_a_second(200), 200U);
  EXPECT_LE(most_in_a_second(777), 777U);
  EXPECT_LE(most_in_a_second(20000), 20000U);
  EXPECT_GE(most_in_a_second(20000), 19800U);
}

TEST(TokenBucket, StrictOneAllowsBurstsOfTwoMilliseconds) {
  TokenBucket bucket = TokenBucket::strict(20000);
  int taken = 0;
  while (bucket.take(kStart)) ++taken;
  EXPECT_EQ(taken, 40);
}

TEST(TokenBucket, ErrsLessThanAFiftiethOfAPercentWhateverTheRate) {
  for (double rate = 0.1; rate < 200001; rate *= 1.0007) {
    const double kept = 1e9 / static_cast<double>(TokenBucket(rate).interval().count());
    ASSERT_LE(kept, rate * (1 + 1e-12));
    ASSERT_GE(kept, rate * 0.9998) << rate;
    ASSERT_GE(1e9 / static_cast<double>(TokenBucket::strict(rate, 2ms).interval().count()), rate * 0.9978) << rate;
  }
}

}  // namespace
}  // namespace isthmus::schedule
