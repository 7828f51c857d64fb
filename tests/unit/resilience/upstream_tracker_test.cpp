#include "resilience/upstream_tracker.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace isthmus::resilience {
namespace {

constexpr Asn kOld{64500};
constexpr Asn kNew{64501};
constexpr Duration kRound = std::chrono::seconds(240);

// A block that answers, traced by four vantage points in four networks, each round by another flow, as RIPE Atlas does.
class UpstreamTrackerTest : public testing::Test {
 protected:
  static constexpr std::size_t kVantages = 4;

  UpstreamTrackerTest() {
    for (std::uint32_t v = 0; v < kVantages; ++v) context_.vantage_asns.push_back(Asn{64600 + v});
    context_.trusted.assign(kVantages, true);
    context_.reachable = true;
    context_.trace_interval = kRound;
  }

  std::vector<UpstreamChange> trace(std::size_t vantage, Asn upstream) {
    now_ += std::chrono::seconds(60);
    inference::Path path{.key = {.address = IpAddress::parse("192.0.2.1").value(), .flow = FlowId{flow_}}};
    path.started = now_ - std::chrono::seconds(1);
    path.time = now_;
    path.last_hop.upstream = upstream;
    path.last_hop.confidence = Confidence::a;
    path.last_hop.reached = true;
    context_.now = now_;
    tracker_.handle_path(vantage, path, context_);
    return tracker_.review(context_);
  }
  // All vantage points, one after the other; those before `moved` have a new upstream.
  std::vector<UpstreamChange> round(std::size_t moved) {
    flow_ = static_cast<std::uint16_t>((flow_ + 1) % 16);
    std::vector<UpstreamChange> changes;
    for (std::size_t v = 0; v < kVantages; ++v) {
      for (UpstreamChange& change : trace(v, v < moved ? kNew : kOld)) changes.push_back(std::move(change));
    }
    return changes;
  }
  static std::size_t count(const std::vector<UpstreamChange>& changes, EventKind kind) {
    std::size_t found = 0;
    for (const UpstreamChange& change : changes) found += change.kind == kind ? 1 : 0;
    return found;
  }

  UpstreamTracker tracker_{kVantages};
  UpstreamContext context_;
  Timestamp now_ = Timestamp(std::chrono::seconds(1'500'000'000));
  std::uint16_t flow_{0};
};

TEST_F(UpstreamTrackerTest, LosesAnUpstreamWhenEverybodyHasLookedAgainAndTwoNetworksTwice) {
  for (int i = 0; i < 8; ++i) round(0);
  EXPECT_EQ(count(round(kVantages), EventKind::upstream_lost), 0U);
  ++flow_;
  EXPECT_EQ(count(trace(0, kNew), EventKind::upstream_lost), 0U);
  const auto changes = trace(1, kNew);
  ASSERT_EQ(count(changes, EventKind::upstream_lost), 1U);
  EXPECT_EQ(changes.back().asn, kOld);
}

TEST_F(UpstreamTrackerTest, KeepsAnUpstreamThatOneVantagePointStillShows) {
  for (int i = 0; i < 8; ++i) round(0);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(count(round(kVantages - 1), EventKind::upstream_lost), 0U) << i;
}

// What the others left long ago says nothing about the one that stayed.
TEST_F(UpstreamTrackerTest, DoesNotTakeOneStrayTraceOfTheLastCarrierForALoss) {
  for (int i = 0; i < 8; ++i) round(0);
  for (int i = 0; i < 8; ++i) round(kVantages - 1);
  EXPECT_EQ(count(round(kVantages), EventKind::upstream_lost), 0U);
  EXPECT_EQ(count(round(kVantages - 1), EventKind::upstream_lost), 0U);
}

TEST_F(UpstreamTrackerTest, NeedsFreshWitnessesToRestoreWhatWasLost) {
  for (int i = 0; i < 8; ++i) round(0);
  round(kVantages);
  ASSERT_EQ(count(round(kVantages), EventKind::upstream_lost), 1U);
  // Flows that have not been traced since still show the old upstream; one vantage point alone sees it again, twice.
  ++flow_;
  EXPECT_EQ(count(trace(0, kOld), EventKind::upstream_restored), 0U);
  ++flow_;
  EXPECT_EQ(count(trace(0, kOld), EventKind::upstream_restored), 0U);
  EXPECT_EQ(count(trace(1, kOld), EventKind::upstream_restored), 1U);
}

}  // namespace
}  // namespace isthmus::resilience
