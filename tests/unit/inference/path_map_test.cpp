#include "isthmus/inference/path_map.hpp"

#include <gtest/gtest.h>

#include "unit/inference/trace_builder.hpp"

namespace isthmus::inference {
namespace {

using testing::trace;

class PathMapTest : public ::testing::Test {
 protected:
  PathMap::Update add(const Trace& seen) { return map_.update_keeping(seen, target_); }
  PathMap::Update add_uncharted(const Trace& seen) { return map_.update(seen, uncharted_); }
  [[nodiscard]] std::span<const Path> paths() const { return map_.paths_of(target_, block()); }
  static Block block() { return Block{Prefix::parse("175.45.176.0/24").value()}; }

  PathMap map_{testing::prefixes_only()};
  TargetId target_{map_.add_target(testing::north_korea())};
  TargetId uncharted_{map_.add_target(testing::uncharted())};
};

TEST_F(PathMapTest, KeepsTheLatestOfEachFlow) {
  add(trace("219.158.3.2 175.45.176.71", {.flow = 0, .started = 0}));
  add(trace("188.43.225.153 175.45.176.71", {.flow = 1, .started = 0}));
  const auto update = add(trace("188.43.225.153 175.45.176.71", {.flow = 0, .started = 10}));
  ASSERT_NE(update.path, nullptr);
  EXPECT_EQ(update.earlier->upstream, Asn{4837});
  EXPECT_EQ(update.path->last_hop.upstream, Asn{20485});
  ASSERT_TRUE(update.path->before);
  EXPECT_EQ(update.path->before.unpack().started, testing::second(0));
  EXPECT_EQ(paths().size(), 2U);
  EXPECT_TRUE(map_.paths_of(target_, Block{Prefix::parse("175.45.177.0/24").value()}).empty());
}

TEST_F(PathMapTest, IgnoresWhatIsOlderOrSeenTwice) {
  const Trace latest = trace("188.43.225.153 175.45.176.71", {.started = 10});
  add(latest);
  EXPECT_EQ(add(trace("219.158.3.2 175.45.176.71", {.started = 5})).path, nullptr);
  EXPECT_EQ(add(latest).path, nullptr);
  EXPECT_EQ(paths().front().last_hop.upstream, Asn{20485});
}

TEST_F(PathMapTest, RemembersTheLastGoodTraceWhileTracesDie) {
  add(trace("219.158.3.2 175.45.176.71", {.started = 0}));
  add(trace("219.158.3.2 * * * * *", {.started = 10}));
  const auto update = add(trace("188.43.225.153 175.45.176.71", {.started = 20}));
  ASSERT_TRUE(update.path->before);
  EXPECT_EQ(update.path->before.unpack().started, testing::second(0));
}

TEST_F(PathMapTest, TracesThatKeepDyingAfterOneRouterMeanASilentBorder) {
  const std::string dies = "12.0.1.1 219.158.3.2 * * * * *";
  EXPECT_FALSE(add(trace(dies, {.flow = 0, .started = 0})).path->last_hop.conclusive());
  EXPECT_FALSE(add(trace(dies, {.flow = 1, .started = 1})).path->last_hop.conclusive());
  const auto third = add(trace(dies, {.flow = 0, .started = 10}));
  EXPECT_EQ(third.path->last_hop.rule, Rule::silent);
  EXPECT_EQ(third.path->last_hop.upstream, Asn{4837});
  EXPECT_TRUE(third.path->last_hop.conclusive());
}

TEST_F(PathMapTest, OneFlowAloneIsNoSilentBorder) {
  for (int round = 0; round < 5; ++round) {
    EXPECT_FALSE(add(trace("219.158.3.2 * * * * *", {.started = round * 10})).path->last_hop.conclusive());
  }
}

TEST_F(PathMapTest, RefusedTracesAreNoSilentBorder) {
  for (int round = 0; round < 6; ++round) {
    const auto update = add(trace("12.0.1.1 219.158.3.2!", {.flow = round % 3, .started = round * 10}));
    EXPECT_FALSE(update.path->last_hop.conclusive());
  }
}

TEST_F(PathMapTest, LoopsAreNoSilentBorder) {
  for (int round = 0; round < 6; ++round) {
    const auto update = add_uncharted(
        trace("144.232.4.1 219.158.3.2", {.flow = round % 3, .started = round * 10, .stop = StopReason::loop}));
    EXPECT_FALSE(update.path->last_hop.conclusive());
  }
}

TEST_F(PathMapTest, DifferentRoutersAreNoSilentBorder) {
  add_uncharted(trace("219.158.3.2 * * * * *", {.flow = 0, .started = 0}));
  add_uncharted(trace("219.158.3.3 * * * * *", {.flow = 1, .started = 1}));
  EXPECT_FALSE(add_uncharted(trace("219.158.3.4 * * * * *", {.flow = 2, .started = 2})).path->last_hop.conclusive());
}

TEST_F(PathMapTest, DifferentRoutersOfAKnownProviderAre) {
  add(trace("219.158.3.2 * * * * *", {.flow = 0, .started = 0}));
  add(trace("219.158.3.3 * * * * *", {.flow = 1, .started = 1}));
  const auto third = add(trace("219.158.3.4 * * * * *", {.flow = 2, .started = 2}));
  EXPECT_EQ(third.path->last_hop.rule, Rule::silent);
  EXPECT_TRUE(third.path->last_hop.conclusive());
}

TEST_F(PathMapTest, ALoopBehindAKnownProviderIsAtTheTargetsDoor) {
  const auto update = add(trace("144.232.4.1 219.158.3.2", {.stop = StopReason::loop}));
  EXPECT_EQ(update.path->last_hop.rule, Rule::looped);
  EXPECT_EQ(update.path->last_hop.upstream, Asn{4837});
}

TEST_F(PathMapTest, ABlockThatWasReachedHasNoSilentBorder) {
  add(trace("219.158.3.2 175.45.176.71", {.flow = 9, .started = 0}));
  for (int round = 1; round < 6; ++round) {
    const auto update = add(trace("144.232.4.1 * * * * *", {.flow = round % 3, .started = round * 10}));
    EXPECT_FALSE(update.path->last_hop.conclusive());
  }
}

TEST_F(PathMapTest, ForgetsWhatItIsTold) {
  add(trace("219.158.3.2 175.45.176.71", {.vantage = "us"}));
  add(trace("219.158.3.2 175.45.176.71", {.vantage = "japan"}));
  map_.erase_if(target_, block(), [&](const Path& path) { return map_.name_of(path.key.vantage) == "us"; });
  ASSERT_EQ(paths().size(), 1U);
  EXPECT_EQ(map_.name_of(paths().front().key.vantage), "japan");
  map_.erase_block(target_, block());
  EXPECT_TRUE(paths().empty());
}

}  // namespace
}  // namespace isthmus::inference
