// A snapshot is made of what changed since the latest one: it must be what one made of everything would be.

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "isthmus/formats/snapshot_json.hpp"
#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

class SnapshotTest : public CoreTest {
 protected:
  Snapshot snapshot() { return core_->snapshot(now_); }
};

TEST_F(SnapshotTest, SharesBlocksAndTargetsThatDidNotChange) {
  CoreSettings two = settings(3, 2);
  two.targets.push_back(
      {.network = {.name = "second", .asn = Asn{64510}, .prefixes = {}}, .blocks = {Block::of(host(7))}});
  start(two);
  rounds(6, {0, 0, 1}, 2);
  const Snapshot before = snapshot();
  trace(0, 1, 0);
  const Snapshot after = snapshot();
  EXPECT_EQ(&after.targets[1], &before.targets[1]);
  EXPECT_NE(&after.targets[0], &before.targets[0]);
  EXPECT_EQ(&after.targets[0].blocks[0], &before.targets[0].blocks[0]);
  EXPECT_NE(&after.targets[0].blocks[1], &before.targets[0].blocks[1]);
}

TEST_F(SnapshotTest, APingThatChangesNothingIsCountedAndCostsNoBlock) {
  rounds(6, {0, 0, 1});
  const Snapshot before = snapshot();
  ping(0, "example", host(0), true);
  const Snapshot after = snapshot();
  EXPECT_EQ(after.targets[0].pings[0].replies, before.targets[0].pings[0].replies + 1);
  EXPECT_EQ(&after.targets[0].blocks[0], &before.targets[0].blocks[0]);
  now_ += kInterval;
  ping(0, "example", host(0), false);
  EXPECT_LT(snapshot().targets[0].blocks[0].vantages[0].probability, 0.99);
}

// It is a control that turns the misses into an opinion, long after they were looked at.
TEST_F(SnapshotTest, ASuspicionThatIsConfirmedShowsAlsoWhenTheBlockStaysWhatItIs) {
  start(settings(5, 1));
  rounds(6, {0, 0, 0, 0, 0});
  for (int i = 0; i < 4; ++i) {
    for (std::size_t v = 0; v < 5; ++v) ping(v, "example", host(0), v >= 3);
    now_ += kInterval / 4;
  }
  const auto seen_by = [&](std::size_t v) { return snapshot().targets[0].blocks[0].vantages[v].state; };
  control(0);
  control(1);
  EXPECT_EQ(seen_by(1), State::down);
  EXPECT_EQ(seen_by(2), State::up);
  EXPECT_EQ(snapshot().targets[0].blocks[0].state, State::degraded);
  control(2);
  EXPECT_EQ(seen_by(2), State::down);
  EXPECT_EQ(snapshot().targets[0].blocks[0].state, State::degraded);
}

TEST_F(SnapshotTest, AnOldOneStaysWhatItWas) {
  rounds(6, {0, 0, 1});
  const Snapshot before = snapshot();
  const std::string told = formats::targets_json(before);
  rounds(6, {-1, -1, -1});
  EXPECT_EQ(snapshot().targets[0].state, State::down);
  EXPECT_EQ(before.targets[0].state, State::up);
  EXPECT_EQ(formats::targets_json(before), told);
}

TEST_F(SnapshotTest, LearningEndsAlsoWhenNobodyLooks) {
  round({0, 0, 1});
  EXPECT_TRUE(view().blocks[0].learning);
  now_ += 5 * kInterval;
  EXPECT_FALSE(view().blocks[0].learning);
}

// Shares of more blocks than a snapshot, or a round of looking for shifts, reviews: they follow a vantage point that
// goes blind, a few seconds late.
TEST_F(SnapshotTest, ManyBlocksFollowABlindVantagePointBitByBit) {
  constexpr std::uint32_t kBlocks = 9000;
  start(settings(3, kBlocks));
  rounds(6, {0, 0, 0}, kBlocks);
  EXPECT_DOUBLE_EQ(view().blocks[0].upstreams.at(0).vantage.estimate, 1);
  for (int i = 0; i < 3; ++i) {
    control(0, false);
    control(1);
    control(2);
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  Snapshot latest = snapshot();
  EXPECT_FALSE(latest.vantages[0].voting);
  const auto followed = [](const BlockView& block) { return block.upstreams.at(0).units == 2; };
  const auto count = [&] {
    return std::count_if(latest.targets[0].blocks.begin(), latest.targets[0].blocks.end(), followed);
  };
  EXPECT_GT(count(), 0);
  EXPECT_LT(count(), kBlocks);
  latest = snapshot();
  EXPECT_LT(count(), kBlocks);
  for (int i = 0; i < 7; ++i) latest = snapshot();
  EXPECT_EQ(count(), kBlocks) << "a thousand blocks each time";
  EXPECT_EQ(latest.targets[0].upstreams.at(0).units, 2 * kBlocks);
}

// Everything that can happen, in any order.
struct Step {
  enum { control, ping, trace } kind;
  std::size_t vantage;
  std::uint32_t block;
  std::uint16_t flow;
  bool sees;
  bool answers;
  int upstream;
};

std::vector<Step> story(unsigned seed, std::size_t steps) {
  std::mt19937 random(seed);
  std::vector<int> way{0, 0, 1, 1};
  std::vector<bool> sees(4, true);
  bool dark = false;
  std::vector<Step> all;
  while (all.size() < steps) {
    if (random() % 8 == 0) way[random() % 4] = static_cast<int>(random() % 3);
    if (random() % 15 == 0) sees[random() % 4] = random() % 2 == 0;
    if (random() % 30 == 0) dark = !dark;
    Step step{.kind = static_cast<decltype(Step::kind)>(random() % 3),
              .vantage = random() % 4,
              .block = static_cast<std::uint32_t>(random() % 4),
              .flow = static_cast<std::uint16_t>(random() % 2),
              .sees = sees[step.vantage],
              .answers = false,
              .upstream = way[step.vantage]};
    step.answers = step.sees && !(dark && step.block < 2) && random() % 20 != 0;
    all.push_back(step);
  }
  return all;
}

class EveryStory : public SnapshotTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  static constexpr std::size_t kReload = 600;
  static Timestamp time_of(std::size_t step) { return Timestamp(std::chrono::hours(24)) + step * (kInterval / 12); }

  // What the core says after so many steps; `watched` looks at it after each of them.
  std::string told(const std::vector<Step>& steps, std::size_t count, bool watched) {
    now_ = time_of(0);
    start(settings(4, 4));
    for (std::size_t i = 0; i < count; ++i) {
      now_ = time_of(i);
      const Step& step = steps[i];
      if (i == kReload) {
        CoreSettings changed = settings(4, 5);
        changed.targets[0].blocks.erase(changed.targets[0].blocks.begin());
        core_->reconfigure(changed, data());
      }
      if (step.kind == Step::control) control(step.vantage, step.sees);
      if (step.kind == Step::ping) ping(step.vantage, "example", host(step.block), step.answers);
      if (step.kind == Step::trace) trace(step.vantage, step.block, step.answers ? step.upstream : -1, step.flow);
      core_->handle_tick(now_);
      if (watched) static_cast<void>(snapshot());
    }
    return formats::targets_json(snapshot()) + formats::paths_json(snapshot());
  }
};

TEST_P(EveryStory, MadeOfChangesIsTheSameAsMadeOfEverything) {
  const std::vector<Step> steps = story(GetParam(), 1000);
  for (std::size_t count = 20; count <= steps.size(); count += 61) {
    ASSERT_EQ(told(steps, count, true), told(steps, count, false)) << count << " steps";
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, EveryStory, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace isthmus::resilience
