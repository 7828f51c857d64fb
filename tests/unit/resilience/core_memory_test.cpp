// Restarts, reloads, snapshots, and what they cost.

#include <gmock/gmock.h>

#include <chrono>

#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(CoreTest, ARestartRepeatsNothingAndForgetsNothing) {
  rounds(8, {0, 0, 1});
  const Baseline saved = core_->baseline();
  EXPECT_EQ(saved.targets.at(0).blocks.at(0).upstreams.size(), 2U);
  EXPECT_EQ(saved.targets.at(0).blocks.at(0).addresses.size(), 3U);
  start(settings_, saved);
  EXPECT_EQ(core_->baseline(), saved);
  rounds(8, {0, 0, 1});
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(view().since, saved.targets.at(0).since);
}

TEST_F(CoreTest, ABlockThatWasDownAndIsDownIsNoNews) {
  rounds(8, {0, 0, 1});
  rounds(4, {-1, -1, -1});
  const Baseline saved = core_->baseline();
  start(settings_, saved);
  rounds(4, {-1, -1, -1});
  EXPECT_THAT(kinds(), IsEmpty());
  EXPECT_EQ(view().state, State::down);
  rounds(4, {0, 0, 1});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::block_up, EventKind::target_up));
  EXPECT_EQ(view().events.at(EventKind::block_down), 1U);
}

TEST_F(CoreTest, WhatWasLostOrCameWhileWeWereOffIsNews) {
  rounds(8, {0, 0, 1});
  start(settings_, core_->baseline());
  rounds(3, {0, 0, 0});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::upstream_lost, EventKind::redundancy_lost, EventKind::redundancy_lost));
  start(settings_, core_->baseline());
  rounds(3, {0, 2, 2});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::upstream_appeared, EventKind::redundancy_restored,
                                   EventKind::redundancy_restored));
}

TEST_F(CoreTest, AReloadKeepsWhatContinues) {
  start(settings(3, 2));
  rounds(8, {0, 0, 1}, 2);
  CoreSettings changed = settings(4, 3);
  changed.vantages.erase(changed.vantages.begin());                    // vp-0 goes, vp-3 comes,
  std::swap(changed.vantages[0], changed.vantages[1]);                 // the order is another,
  changed.targets[0].blocks.erase(changed.targets[0].blocks.begin());  // and so are the blocks.
  core_->reconfigure(changed, data());
  for (int i = 0; i < 6; ++i) {
    for (std::size_t v = 1; v < 4; ++v) {
      control(v);
      for (std::uint32_t b = 1; b < 3; ++b) {
        ping(v, "example", host(b), true);
        trace(v, b, v == 2 ? 1 : 0);
      }
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  EXPECT_THAT(kinds(), IsEmpty());
  const TargetView seen = view();
  ASSERT_EQ(seen.blocks.size(), 2U);
  EXPECT_EQ(seen.blocks[0].block, Block::of(host(1)));
  EXPECT_EQ(seen.upstream_count, 2U);
  ASSERT_EQ(seen.pings.size(), 3U);
  EXPECT_EQ(seen.pings[0].vantage, "vp-2");
  EXPECT_GT(seen.pings[0].probes, seen.pings[2].probes);
  EXPECT_EQ(seen.blocks[0].paths.size(), 3U);
  EXPECT_EQ(seen.blocks[1].paths.size(), 3U);
}

TEST_F(CoreTest, SharesOfThreeVantagePoints) {
  rounds(6, {0, 0, 1});
  const BlockView block = view().blocks.at(0);
  ASSERT_EQ(block.upstreams.size(), 2U);
  EXPECT_EQ(block.upstreams[0].asn, Asn{64500});
  EXPECT_EQ(block.upstreams[0].name, "Provider 0");
  EXPECT_EQ(block.upstreams[0].units, 2U);
  EXPECT_EQ(block.upstreams[0].confidence, Confidence::a);
  EXPECT_NEAR(block.upstreams[0].vantage.estimate, 2.0 / 3, 1e-9);
  EXPECT_NEAR(block.upstreams[1].flow.estimate, 1.0 / 3, 1e-9);
  EXPECT_NEAR(block.upstreams[1].address.estimate, 1.0 / 3, 1e-9);
  EXPECT_DOUBLE_EQ(block.unknown_share, 0);
  EXPECT_NEAR(block.effective_upstreams, 1.8, 1e-9);
  EXPECT_EQ(view().pings.at(0).rtt_buckets.at(5), 0U);
  EXPECT_EQ(view().pings.at(0).rtt_buckets.at(6), view().pings.at(0).replies);
  EXPECT_EQ(view().events.size(), kEventKinds.size());
  EXPECT_EQ(block.paths.size(), 3U);
  EXPECT_EQ(block.paths.at(0).trace.unpack().vantage, "vp-0");
  EXPECT_EQ(core_->snapshot(now_).label(router(0)).asn, Asn{64500});
  EXPECT_EQ(core_->snapshot(now_).label(router(0)).name, "Provider 0");
}

TEST_F(CoreTest, AVantagePointWhoseTracesDieIsUnknownMass) {
  rounds(6, {0, 0, 0});
  for (int i = 0; i < 2; ++i) {
    trace(2, 0, -1);
    now_ += kInterval / 10;
  }
  EXPECT_NEAR(view().unknown_share, 1.0 / 3, 1e-9);
  EXPECT_NEAR(view().upstreams.at(0).vantage.estimate, 2.0 / 3, 1e-9);
  EXPECT_DOUBLE_EQ(view().effective_upstreams, 1);
}

TEST_F(CoreTest, AThousandBlocksFromTenVantagePointsAreASnapshotASecond) {
  start(settings(10, 1000));
  rounds(3, std::vector<int>(10, 0), 1000);
  const auto before = std::chrono::steady_clock::now();
  const Snapshot snapshot = core_->snapshot(now_);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  EXPECT_EQ(snapshot.targets.at(0).blocks.size(), 1000U);
  EXPECT_EQ(snapshot.targets.at(0).blocks.at(999).paths.size(), 10U);
  RecordProperty("seconds", std::to_string(took.count()));
  // Sanitizers included; a release build takes a small part of it.
  EXPECT_LT(took.count(), 1.0);
}

TEST_F(CoreTest, ADayOfMonitoringIsAMatterOfSeconds) {
  start(settings(4, 4));
  const auto before = std::chrono::steady_clock::now();
  rounds(8640, {0, 0, 0, 1}, 4);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  EXPECT_THAT(kinds(), IsEmpty());
  RecordProperty("seconds", std::to_string(took.count()));
  EXPECT_LT(took.count(), 30.0);
}

}  // namespace
TEST_F(CoreTest, ANewTargetJoinsWhileTheOthersGoOn) {
  rounds(6, {0, 0, 1});
  CoreSettings changed = settings_;
  changed.targets.push_back(
      {.network = {.name = "second", .asn = Asn{64510}, .prefixes = {}}, .blocks = {Block::of(host(7))}});
  core_->reconfigure(changed, data());
  ping(0, "second", host(7), true);
  rounds(2, {0, 0, 1});
  EXPECT_THAT(kinds(), IsEmpty());
  const Snapshot snapshot = core_->snapshot(now_);
  ASSERT_EQ(snapshot.targets.size(), 2U);
  EXPECT_EQ(snapshot.targets[0].upstream_count, 2U);
  ASSERT_EQ(snapshot.targets[1].pings.size(), 3U);
  EXPECT_EQ(snapshot.targets[1].pings[0].replies, 1U);
}

TEST_F(CoreTest, ARestartWhileLearningRaisesNothing) {
  for (int learned = 1; learned <= 5; ++learned) {
    start(settings(3, 1));
    rounds(learned, {0, 0, 1});
    start(settings_, core_->baseline());
    rounds(6, {0, 0, 1});
    EXPECT_THAT(kinds(), IsEmpty()) << learned << " rounds before the restart";
  }
}

}  // namespace isthmus::resilience
