#include <gmock/gmock.h>

#include <algorithm>

#include "isthmus/resilience/whatif.hpp"
#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CoreDiversityTest : public CoreTest {
 protected:
  // Over four of sixty routers of the first upstream, chosen so that other blocks and flows take others.
  void trace_by(std::uint32_t block, std::uint16_t flow) {
    Trace seen;
    seen.vantage = vantage(0);
    seen.target = "example";
    seen.destination = host(block);
    seen.flow = FlowId{flow};
    seen.started = seen.ended = now_;
    seen.stop = StopReason::reached;
    const auto add = [&](const IpAddress& from, ReplyKind kind) {
      seen.hops.push_back({.ttl = static_cast<Ttl>(seen.hops.size() + 1), .outcomes = {}});
      seen.hops.back().outcomes.emplace_back(reply(from, kind));
    };
    std::uint32_t number = block * 100 + flow;
    for (std::uint32_t position = 0; position < 4; ++position, number /= 15) {
      add(IpAddress::v4(router(0).v4_value() + position * 15 + number % 15), ReplyKind::time_exceeded);
    }
    add(host(block), ReplyKind::unreachable);
    core_->handle_observation(seen, now_);
  }

  [[nodiscard]] std::vector<Asn> chokepoints() const { return view().diversity->whole.chokepoints; }
};

TEST_F(CoreDiversityTest, NothingIsKnownBeforeTheFirstTrace) {
  EXPECT_EQ(view().blocks[0].ways, nullptr);
  EXPECT_EQ(view().diversity->whole, Diversity{});
}

TEST_F(CoreDiversityTest, BlocksAndTargetSayHowManyBridgesTheyStandOn) {
  rounds(2, {0, 0, 0});
  EXPECT_EQ(view().diversity->whole.ases.min_cut, 1u);
  EXPECT_THAT(chokepoints(), ElementsAre(Asn{64500}));
  EXPECT_EQ(view().diversity->names.at(Asn{64500}), "Provider 0");
  round({0, 0, 1});
  EXPECT_EQ(view().blocks[0].ways->diversity.ases.min_cut, 2u);
  EXPECT_EQ(view().diversity->whole.ases.min_cut, 2u);
  EXPECT_THAT(chokepoints(), IsEmpty());
  ASSERT_EQ(view().diversity->hegemony.size(), 2u);
  EXPECT_EQ(view().diversity->hegemony[0].asn, Asn{64500});
  EXPECT_DOUBLE_EQ(view().diversity->hegemony[0].score, 2.0 / 3);
  EXPECT_EQ(view().diversity->vantage_ases, 3u);
}

TEST_F(CoreDiversityTest, ALostTraceIsNoLostBridgeAndSeveralAre) {
  rounds(2, {0, 0, 1});
  for (int lost = 0; lost < 2; ++lost) {
    trace(2, 0, -1);
    now_ += kInterval;
    EXPECT_EQ(view().diversity->whole.ases.min_cut, 2u) << lost;
  }
  trace(2, 0, 1);
  now_ += kInterval;
  for (int lost = 0; lost < 3; ++lost) {
    EXPECT_EQ(view().diversity->whole.ases.min_cut, 2u) << lost;
    trace(2, 0, -1);
    now_ += kInterval;
  }
  EXPECT_EQ(view().diversity->whole.ases.min_cut, 1u);
}

TEST_F(CoreDiversityTest, AQuietRoundMeasuresNothingAnewAndAlikeBlocksShareOneAnswer) {
  start(settings(2, 2));
  rounds(2, {0, 1}, 2);
  const auto before = view();
  EXPECT_EQ(before.blocks[0].ways, before.blocks[1].ways);
  round({0, 1}, 2);
  EXPECT_EQ(view().diversity, before.diversity);
  EXPECT_EQ(view().blocks[0].ways, before.blocks[0].ways);
  trace(0, 1, 1);
  EXPECT_NE(view().diversity, before.diversity);
  EXPECT_EQ(view().blocks[0].ways, before.blocks[0].ways);
  EXPECT_NE(view().blocks[1].ways, before.blocks[1].ways);
}

TEST_F(CoreDiversityTest, WithLittleEffortALargeTargetIsMeasuredPieceByPiece) {
  constexpr std::uint32_t kBlocks = 600;
  start(settings(1, kBlocks));
  for (std::uint32_t b = 0; b < kBlocks; ++b) {
    for (std::uint16_t flow = 0; flow < 100; ++flow) trace_by(b, flow);
  }
  const auto measured = [](const Snapshot& snapshot) {
    const auto& blocks = snapshot.targets.at(0).blocks;
    return std::count_if(blocks.begin(), blocks.end(), [](const BlockView& block) { return block.ways != nullptr; });
  };
  const auto first = measured(core_->snapshot(now_, Effort::little));
  EXPECT_GT(first, 0);
  EXPECT_LT(first, kBlocks);
  const auto second = measured(core_->snapshot(now_, Effort::little));
  EXPECT_GT(second, first);
  EXPECT_EQ(measured(core_->snapshot(now_)), kBlocks);
  EXPECT_EQ(core_->snapshot(now_, Effort::little).targets.at(0).diversity->blocks_known, kBlocks);
}

// More ways than are summed up for one snapshot.
class LargeTargetTest : public CoreDiversityTest {
 protected:
  static constexpr std::uint32_t kBlocks = 1600;
  LargeTargetTest() {
    settings_ = settings(1, kBlocks);
    core_ = std::make_unique<Core>(settings_, data_, Baseline{});
    for (std::uint32_t b = 0; b < kBlocks; ++b) {
      for (std::uint16_t flow = 0; flow < 100; ++flow) trace_by(b, flow);
    }
    whole_ = core_->snapshot(now_).targets.at(0).diversity;
    core_->reconfigure(settings_, data_);  // All of it is to be summed up anew.
  }
  [[nodiscard]] std::shared_ptr<const TargetDiversity> little() const {
    return core_->snapshot(now_, Effort::little).targets.at(0).diversity;
  }
  std::shared_ptr<const ip2as::NetworkData> data_ = data();
  std::shared_ptr<const TargetDiversity> whole_;
};

TEST_F(LargeTargetTest, WithLittleEffortItIsSummedUpOverSeveralSnapshotsToTheSame) {
  EXPECT_EQ(little(), whole_) << "in one piece";
  auto later = little();
  for (int i = 0; i < 5 && later == whole_; ++i) later = little();
  ASSERT_NE(later, whole_);
  EXPECT_EQ(later->whole, whole_->whole);
  EXPECT_EQ(later->hegemony, whole_->hegemony);
  EXPECT_EQ(later->vantage_ases, whole_->vantage_ases);
  EXPECT_EQ(later->blocks_known, kBlocks);
  EXPECT_EQ(later->blocks_on_one_as, whole_->blocks_on_one_as);
  EXPECT_EQ(later->names, whole_->names);
  EXPECT_EQ(little(), later) << "measured again for nothing";
}

TEST_F(LargeTargetTest, WhatChangesInBetweenIsNotLost) {
  EXPECT_EQ(little(), whole_);
  trace(0, 0, 1, 200);
  EXPECT_EQ(core_->snapshot(now_).targets.at(0).diversity->hegemony.size(), 2U);
  core_->reconfigure(settings_, data_);
  const auto before = little();
  trace(0, 1, 2, 200);
  auto later = before;
  for (int i = 0; i < 60 && later->hegemony.size() < 3; ++i) later = little();
  EXPECT_EQ(later->hegemony.size(), 3U);
}

TEST_F(LargeTargetTest, IsNotSummedUpBeforeHalfOfItIsMeasured) {
  core_->reconfigure(settings_, data());  // Other data: each block is to be measured anew.
  auto later = little();
  for (int i = 0; i < 100 && later == whole_; ++i) later = little();
  ASSERT_NE(later, whole_);
  EXPECT_GE(later->blocks_known, kBlocks / 2);
}

TEST_F(LargeTargetTest, WhateverItTakesDoesNotLeaveItHalfDone) {
  EXPECT_EQ(little(), whole_);
  EXPECT_NE(core_->snapshot(now_).targets.at(0).diversity, whole_);
}

TEST_F(LargeTargetTest, ATargetThatBecomesSmallWhileItIsSummedUpIsThatSmall) {
  EXPECT_EQ(little(), whole_);
  core_->reconfigure(settings(1, 3), data_);
  EXPECT_EQ(little()->blocks_known, 3U);
}

TEST_F(CoreDiversityTest, AVantagePointThatIsGoneTakesItsWaysWithIt) {
  rounds(2, {0, 0, 1});
  core_->reconfigure(settings(2, 1), data());
  EXPECT_THAT(chokepoints(), ElementsAre(Asn{64500}));
  EXPECT_EQ(view().diversity->vantage_ases, 2u);
}

TEST_F(CoreDiversityTest, AFlowThatIsTracedNoMoreIsForgotten) {
  rounds(2, {0, 0, 0});
  trace(0, 0, 1, 7);
  EXPECT_EQ(view().blocks[0].ways->ways.size(), 4u);
  rounds(6, {0, 0, 0});
  EXPECT_EQ(view().blocks[0].ways->ways.size(), 3u);
}

TEST_F(CoreDiversityTest, ASnapshotAnswersWhatIf) {
  start(settings(2, 3));
  for (int i = 0; i < 2; ++i) {
    for (const auto& [vantage, block, upstream] : {std::tuple(0U, 0U, 0), {1U, 0U, 1}, {0U, 1U, 0}, {1U, 1U, 0}}) {
      trace(vantage, block, upstream);
    }
    now_ += kInterval;
  }
  const Snapshot snapshot = core_->snapshot(now_);
  const WhatIf answer = what_if(snapshot, parse_failure("AS64500").value()).value();
  EXPECT_EQ(answer.time, now_);
  std::vector<Fate> fates;
  for (const BlockVerdict& block : answer.targets.at(0).blocks) fates.push_back(block.fate);
  EXPECT_THAT(fates, ElementsAre(Fate::loses_redundancy, Fate::dark, Fate::not_known));
  EXPECT_EQ(answer.names.at(Asn{64500}), "Provider 0");
  const auto router = what_if(snapshot, parse_failure(to_string(CoreTest::router(1))).value(), "example");
  EXPECT_EQ(router.value().targets.at(0).blocks[0].fate, Fate::loses_redundancy);
  EXPECT_EQ(what_if(snapshot, parse_failure("AS64500").value(), "nobody").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace isthmus::resilience
