// What a core says where it does not see: the broker is away, another core judges, the log's time stands still, nobody
// has heard of a vantage point.

#include <gmock/gmock.h>

#include "unit/app/stream_core_fixture.hpp"

namespace isthmus::app {
namespace {

using ::testing::IsEmpty;

TEST_F(StreamCoreTest, ABrokerThatIsAwayIsNoOutageAndNobodysFault) {
  Process process(world_, file(), {0, 1});
  world_.rounds(80);
  process.read();
  for (const Duration away : {Duration(6s), Duration(25s), Duration(70s), Duration(10min), Duration(24h)}) {
    world_.now += away;
    if (away > StreamCore::kBlindAfter) {
      const auto blind = process.snapshot();
      EXPECT_EQ(blind.targets[0].state, State::unknown) << to_string(away);
      EXPECT_EQ(blind.targets[0].blocks[0].state, State::unknown);
      EXPECT_EQ(blind.vantages[0].state, VantageState::unknown);
      EXPECT_EQ(blind.vantages[0].reason, "the broker is away");
      EXPECT_FALSE(blind.vantages[0].voting);
    }
    world_.rounds(4);
    process.read();
    EXPECT_EQ(process.snapshot().targets[0].state, State::up) << to_string(away);
    EXPECT_EQ(process.snapshot().vantages[0].state, VantageState::valid);
  }
  EXPECT_THAT(kinds(process.events()), IsEmpty());
}

// Agents send nothing to a partition without targets.
TEST_F(StreamCoreTest, VantagePointsAreSeenWhereverTheyAreHeardOf) {
  Process process(world_, file(), {0, 1});
  world_.rounds(80);
  process.core().take(world_.behind(1, 0), Instant(world_.now.time_since_epoch()), world_.now);
  const auto snapshot = process.snapshot();
  for (const auto& vantage : snapshot.vantages) EXPECT_EQ(vantage.state, VantageState::valid) << vantage.reason;
  const std::string read = fleet::partition_of("island", FleetWorld::kPartitions) == 1 ? "island" : "north-korea";
  for (const auto& target : snapshot.targets) {
    EXPECT_EQ(target.state, target.name == read ? State::up : State::unknown) << target.name;
  }
}

TEST_F(StreamCoreTest, WhoMayProbeNothingOfAPartitionIsNotBlindForThat) {
  for (const std::uint32_t partition : {0U, 1U}) {
    SCOPED_TRACE(partition);
    world_ = {};
    world_.absent = {{2, partition}};
    Process process(world_, file("of" + std::to_string(partition) + ".db"), {0, 1});
    world_.rounds(80);
    process.read();
    const auto vantages = process.snapshot().vantages;
    EXPECT_EQ(vantages[2].state, VantageState::valid) << vantages[2].reason;
    EXPECT_TRUE(vantages[2].voting);
    EXPECT_TRUE(vantages[2].last_observation);
  }
}

TEST_F(StreamCoreTest, WhatAnotherCoreJudgesIsLeftToIt) {
  Process process(world_, file(), {0, 1});
  world_.rounds(80);
  process.read();
  const Instant now(world_.now.time_since_epoch());
  const auto half = process.core().snapshot(now, "", [](std::uint32_t partition) { return partition == 0; });
  ASSERT_EQ(half.targets.size(), 1U);
  EXPECT_EQ(fleet::partition_of(half.targets[0].name, FleetWorld::kPartitions), 1U);
  EXPECT_EQ(half.vantages.size(), 3U);
  const auto none = process.core().snapshot(now, "", [](std::uint32_t) { return true; });
  EXPECT_TRUE(none.targets.empty());
  EXPECT_TRUE(none.vantages.empty()) << "it has no say in who sees, either";
  EXPECT_EQ(process.snapshot().targets.size(), 2U);
}

// One of the brokers was ahead, and led the stream for a moment.
TEST_F(StreamCoreTest, WhileTheTimeOfTheLogStandsStillNothingIsSaidToBeWell) {
  Process process(world_, file(), {0, 1});
  world_.rounds(80);
  process.read();
  world_.rounds(1);
  for (auto& [partition, message] : world_.stream) {
    if (message.stored == world_.now) message.stored += 1h;
  }
  process.read();
  world_.rounds(6);
  process.read();
  EXPECT_EQ(process.snapshot().targets[0].state, State::unknown);
  EXPECT_EQ(process.snapshot().vantages[0].state, VantageState::unknown);
  world_.now += 1h;
  world_.rounds(6);
  process.read();
  EXPECT_EQ(process.snapshot().targets[0].state, State::up);
  EXPECT_THAT(kinds(process.events()), IsEmpty());
}

}  // namespace
}  // namespace isthmus::app
