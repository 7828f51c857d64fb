// What the store is told: changes that, laid over what it has, make the baseline; and paths that became others.

#include <gmock/gmock.h>

#include <algorithm>

#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// What a store would hold.
class Kept {
 public:
  explicit Kept(Baseline baseline = {}) : baseline_(std::move(baseline)) {}

  void apply(const BaselineChanges& changes) {
    std::erase_if(baseline_.targets, [&](const auto& item) { return has(changes.removed_targets, item.name); });
    std::erase_if(baseline_.vantages, [&](const auto& item) { return has(changes.removed_vantages, item.name); });
    for (const auto& [name, block] : changes.removed_blocks) {
      std::erase_if(target(name).blocks, [&gone = block](const auto& item) { return item.block == gone; });
    }
    for (const VantageMemory& vantage : changes.vantages) {
      std::erase_if(baseline_.vantages, [&](const auto& item) { return item.name == vantage.name; });
      baseline_.vantages.push_back(vantage);
    }
    for (const TargetMemory& changed : changes.targets) {
      std::vector<BlockMemory> blocks = std::move(target(changed.name).blocks);
      for (const BlockMemory& block : changed.blocks) {
        std::erase_if(blocks, [&](const auto& item) { return item.block == block.block; });
        blocks.push_back(block);
      }
      target(changed.name) = changed;
      target(changed.name).blocks = std::move(blocks);
    }
    std::ranges::sort(baseline_.vantages, {}, &VantageMemory::name);
    std::ranges::sort(baseline_.targets, {}, &TargetMemory::name);
    for (TargetMemory& item : baseline_.targets) std::ranges::sort(item.blocks, {}, &BlockMemory::block);
  }

  [[nodiscard]] const Baseline& baseline() const { return baseline_; }

 private:
  static bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  }
  TargetMemory& target(const std::string& name) {
    const auto found = std::ranges::find(baseline_.targets, name, &TargetMemory::name);
    if (found != baseline_.targets.end()) return *found;
    return baseline_.targets.emplace_back(TargetMemory{.name = name, .blocks = {}, .events = {}});
  }
  Baseline baseline_;
};

// Without what drifts.
Baseline facts(Baseline baseline) {
  for (TargetMemory& target : baseline.targets) {
    for (BlockMemory& block : target.blocks) {
      for (UpstreamMemory& upstream : block.upstreams) upstream.last_seen = {};
      for (AddressMemory& address : block.addresses) address.answer_rate = 0;
      for (HostMemory& host : block.hosts) host = {.address = host.address};
    }
  }
  return baseline;
}

TEST_F(CoreTest, ChangesLaidOverEachOtherAreTheBaselineAtEveryMoment) {
  Kept kept;
  const auto follow = [&](int count, const std::vector<int>& upstream) {
    for (int i = 0; i < count; ++i) {
      round(upstream, 2);
      kept.apply(core_->poll_baseline(now_));
      ASSERT_EQ(facts(kept.baseline()), facts(core_->baseline())) << "round " << i;
    }
  };
  start(settings(3, 2));
  kept.apply(core_->poll_baseline(now_, true));
  follow(8, {0, 0, 1});
  follow(4, {-1, -1, -1});
  follow(4, {0, 0, 0});
  follow(4, {2, 0, 1});
  kept.apply(core_->poll_baseline(now_, true));
  EXPECT_EQ(kept.baseline(), core_->baseline()) << "asked for, what drifts is told as well";
}

TEST_F(CoreTest, NothingNewIsNothingTold) {
  start(settings(3, 2));
  rounds(8, {0, 0, 1}, 2);
  EXPECT_FALSE(core_->poll_baseline(now_).empty());
  rounds(3, {0, 0, 1}, 2);
  EXPECT_TRUE(core_->poll_baseline(now_).empty());
  // One block of two goes dark: the other is not told of.
  for (int i = 0; i < 4; ++i) {
    for (std::size_t v = 0; v < 3; ++v) {
      control(v);
      ping(v, "example", host(0), false);
      ping(v, "example", host(1), true);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  const BaselineChanges changes = core_->poll_baseline(now_);
  ASSERT_THAT(changes.targets, SizeIs(1));
  ASSERT_THAT(changes.targets[0].blocks, SizeIs(1));
  EXPECT_EQ(changes.targets[0].blocks[0].block, Block::of(host(0)));
  EXPECT_EQ(changes.targets[0].blocks[0].state, State::down);
}

TEST_F(CoreTest, WhatDriftsIsToldWithinAQuarterOfAnHour) {
  start(settings(3, 4));
  Kept kept;
  for (int i = 0; i < 20; ++i) {
    round({0, 0, 1}, 4);
    kept.apply(core_->poll_baseline(now_));
  }
  std::size_t told = 0;
  for (int i = 0; i < 100; ++i) {
    round({0, 0, 1}, 4);
    const BaselineChanges changes = core_->poll_baseline(now_);
    for (const TargetMemory& target : changes.targets) told += target.blocks.size();
    kept.apply(changes);
  }
  EXPECT_GE(told, 4U) << "all four blocks within 1000 seconds,";
  EXPECT_LE(told, 8U) << "and no more than once or twice";
  for (const BlockMemory& block : kept.baseline().targets.at(0).blocks) {
    for (const UpstreamMemory& upstream : block.upstreams)
      EXPECT_GE(upstream.last_seen, now_ - std::chrono::minutes(16));
  }
}

TEST_F(CoreTest, ARestartTellsOnlyWhatIsGone) {
  start(settings(3, 2));
  rounds(8, {0, 0, 1}, 2);
  Kept kept(core_->baseline());
  CoreSettings fewer = settings(2, 1);
  start(fewer, kept.baseline());
  const BaselineChanges changes = core_->poll_baseline(now_);
  EXPECT_EQ(changes.removed_vantages, std::vector{vantage(2)});
  ASSERT_THAT(changes.removed_blocks, SizeIs(1));
  EXPECT_EQ(changes.removed_blocks[0].second, Block::of(host(1)));
  EXPECT_THAT(changes.targets, IsEmpty());
  start(settings(3, 2), kept.baseline());
  EXPECT_TRUE(core_->poll_baseline(now_).empty());
}

TEST_F(CoreTest, AReloadTellsWhatIsGone) {
  start(settings(3, 2));
  rounds(8, {0, 0, 1}, 2);
  Kept kept;
  kept.apply(core_->poll_baseline(now_, true));
  CoreSettings fewer = settings(2, 1);
  fewer.targets.push_back(fewer.targets[0]);
  fewer.targets[1].network.name = "second";
  core_->reconfigure(fewer, data());
  kept.apply(core_->poll_baseline(now_, true));
  EXPECT_EQ(facts(kept.baseline()), facts(core_->baseline()));
  core_->reconfigure(settings(2, 1), data());
  EXPECT_EQ(core_->poll_baseline(now_).removed_targets, std::vector<std::string>{"second"});
}

TEST_F(CoreTest, WhatWasPolledAndLostIsToldAgain) {
  start(settings(3, 2));
  rounds(8, {0, 0, 1}, 2);
  static_cast<void>(core_->poll_baseline(now_, true));
  core_->forget_polled_baseline();
  Kept kept;
  kept.apply(core_->poll_baseline(now_));
  EXPECT_EQ(kept.baseline(), core_->baseline());
}

TEST_F(CoreTest, APathThatBecomesAnotherIsToldWithBothSides) {
  rounds(4, {0, 0, 1});
  EXPECT_TRUE(core_->poll_path_changes().empty());
  const Timestamp moved = now_;
  round({2, 0, 1});
  EXPECT_TRUE(core_->poll_path_changes().empty()) << "a second trace must confirm it";
  round({2, 0, 1});
  const auto changes = core_->poll_path_changes();
  ASSERT_THAT(changes.kept, SizeIs(1));
  const PathChange& change = changes.kept[0];
  EXPECT_EQ(change.time, moved);
  EXPECT_EQ(change.target, "example");
  EXPECT_EQ(change.block, Block::of(host(0)));
  EXPECT_EQ(change.vantage, vantage(0));
  EXPECT_EQ(change.address, host(0));
  EXPECT_EQ(change.before.upstream, Asn{64500});
  EXPECT_EQ(change.before.as_path, std::vector{Asn{64500}});
  EXPECT_EQ(change.before.router, router(0));
  EXPECT_EQ(change.after.upstream, Asn{64502});
  EXPECT_EQ(change.after.as_path, std::vector{Asn{64502}});
  EXPECT_EQ(change.after.router, router(2));
}

}  // namespace
}  // namespace isthmus::resilience
