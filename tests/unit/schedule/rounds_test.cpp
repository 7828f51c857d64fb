#include "isthmus/schedule/rounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace isthmus::schedule {
namespace {

using namespace std::chrono_literals;

const Instant kStart{1h};

TEST(Rounds, StartAtOnceAndRepeatAtTheInterval) {
  Rounds rounds(10s);
  rounds.add("a", kStart);
  EXPECT_EQ(rounds.next(), kStart);
  EXPECT_EQ(rounds.pop_due(kStart)->key, "a");
  EXPECT_FALSE(rounds.pop_due(kStart + 9s));
  EXPECT_EQ(rounds.pop_due(kStart + 12s)->at, kStart + 10s);
  EXPECT_EQ(rounds.next(), kStart + 20s) << "a late round must not shift the next ones";
}

TEST(Rounds, SpreadFirstRoundsOverTheInterval) {
  Rounds rounds(100s);
  for (int i = 0; i < 50; ++i) rounds.add("job " + std::to_string(i), kStart);
  std::vector<Instant> times;
  while (const auto due = rounds.pop_due(kStart + 99s)) times.push_back(due->at);
  ASSERT_EQ(times.size(), 50U);
  Duration widest{};
  for (std::size_t i = 1; i < times.size(); ++i) widest = std::max(widest, times[i] - times[i - 1]);
  // Even spacing would be 2 s.
  EXPECT_LT(widest, 4s);
}

TEST(Rounds, SkipWhatWasMissed) {
  Rounds rounds(10s);
  rounds.add("a", kStart);
  EXPECT_TRUE(rounds.pop_due(kStart + 1h));
  EXPECT_FALSE(rounds.pop_due(kStart + 1h));
  EXPECT_EQ(rounds.next(), kStart + 1h + 10s);
}

TEST(Rounds, KeepThePhaseOfAKnownJobAndForgetRemovedOnes) {
  Rounds rounds(10s);
  rounds.add("a", kStart);
  rounds.pop_due(kStart);
  rounds.add("a", kStart + 3s);
  EXPECT_EQ(rounds.next(), kStart + 10s);
  rounds.remove("a");
  EXPECT_EQ(rounds.next(), Instant::max());
}

TEST(Rounds, MoveCloserWhenTheIntervalShrinks) {
  Rounds rounds(1h);
  rounds.add("a", kStart);
  rounds.pop_due(kStart);
  rounds.set_interval(10s, kStart + 5s);
  EXPECT_LE(rounds.next(), kStart + 15s);
  EXPECT_GE(rounds.next(), kStart + 5s);
}

}  // namespace
}  // namespace isthmus::schedule
