#include "net/send_times.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace isthmus::net {
namespace {

using Times = SendTimes<64>;

TEST(SendTimes, LieBetweenTheReadingsAroundThemAndAscend) {
  for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{64}}) {
    std::vector<Instant> left(count, Instant::min());
    const Instant before = monotonic_now();
    {
      Times times;
      for (Instant& at : left) times.take(at);
    }
    const Instant after = monotonic_now();
    EXPECT_LE(before, left.front());
    EXPECT_LE(left.back(), after);
    EXPECT_TRUE(std::is_sorted(left.begin(), left.end())) << count;
  }
}

TEST(SendTimes, TellABatchThatHadToWaitWhereItWaited) {
  Instant first;
  Instant second;
  const Instant before = monotonic_now();
  Instant resumed;
  {
    Times times;
    times.take(first);
    while (monotonic_now() - before < std::chrono::milliseconds(5)) continue;
    resumed = monotonic_now();
    times.take(second);
  }
  // Nearer to its end of the wait than to the other one, however busy the machine is.
  EXPECT_LT(first - before, resumed - first);
  EXPECT_LT(resumed - second, second - first);
}

TEST(SendTimes, WriteNothingWhenNothingLeft) { [[maybe_unused]] Times times; }

}  // namespace
}  // namespace isthmus::net
