#include <gmock/gmock.h>

#include <numeric>
#include <random>

#include "unit/resilience/core_fixture.hpp"

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Four vantage points: the first two reach the blocks by 64500, the others by 64501.
class CoreHealthTest : public CoreTest {
 protected:
  CoreHealthTest() { start(settings(4, 3)); }
  // `loss[u]`: part of the pings by the upstream that is lost.
  void rounds_with_loss(int count, std::vector<double> loss, std::vector<int> upstreams = {0, 0, 1, 1}) {
    for (int i = 0; i < count; ++i) {
      for (std::size_t v = 0; v < 4; ++v) {
        control(v);
        for (std::uint32_t b = 0; b < 3; ++b) {
          trace(v, b, upstreams[v]);
          // Several a round: single losses decide nothing, and no address is missed for long.
          for (int k = 0; k < 4; ++k) {
            now_ += std::chrono::milliseconds(1);
            ping(v, "example", host(b),
                 !std::bernoulli_distribution(loss[static_cast<std::size_t>(upstreams[v])])(random_));
          }
        }
      }
      core_->handle_tick(now_);
      now_ += kInterval;
    }
  }
  std::mt19937 random_{3};
};

TEST_F(CoreHealthTest, ALinkUnderAttackIsNamedWhileTheTargetAnswersByTheOther) {
  rounds_with_loss(30, {0, 0});
  EXPECT_THAT(kinds(), IsEmpty());
  rounds_with_loss(6, {0.5, 0});
  const auto told = events();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, EventKind::target_partial);
  EXPECT_EQ(told[0].upstream, Asn{64500});
  EXPECT_EQ(told[0].after, "degraded");
  EXPECT_THAT(told[0].evidence.vantages, ElementsAre("vp-0", "vp-1"));
  EXPECT_THAT(told[0].evidence.summary, HasSubstr("AS64500 (Provider 0) loses "));
  EXPECT_THAT(told[0].evidence.summary, HasSubstr("still answers, and by AS64501 (Provider 1) without such loss."));
  EXPECT_EQ(view().state, State::degraded);
  EXPECT_EQ(view().upstreams.at(0).state, State::degraded);
  EXPECT_EQ(view().upstreams.at(1).state, State::up);
  EXPECT_THAT(view().strained_upstreams, ElementsAre(Asn{64500}));
  rounds_with_loss(30, {0, 0});
  EXPECT_THAT(kinds(), ElementsAre(EventKind::target_up));
  EXPECT_EQ(view().upstreams.at(0).state, State::up);
  EXPECT_THAT(view().strained_upstreams, IsEmpty());
}

TEST_F(CoreHealthTest, RoundTripsAreCountedByWhoCarriedThem) {
  rounds_with_loss(10, {0, 0});
  const TargetView target = view();
  const auto sum = [](const RttBuckets& buckets) { return std::accumulate(buckets.begin(), buckets.end(), 0U); };
  for (std::size_t v = 0; v < 4; ++v) {
    const PingStatistics& pings = target.pings.at(v);
    const Asn carrier{v < 2 ? 64500U : 64501U};
    ASSERT_EQ(pings.upstream_rtts.size(), 1U);
    // All but those of the time in which no path was known.
    const auto counted = sum(pings.upstream_rtts.at(carrier).buckets);
    EXPECT_GT(counted, 0.8 * sum(pings.rtt_buckets));
    EXPECT_LE(counted, sum(pings.rtt_buckets));
    EXPECT_GT(pings.upstream_rtts.at(carrier).sum_seconds, 0);
  }
}

TEST_F(CoreHealthTest, EverydayLossIsNoEvent) {
  rounds_with_loss(500, {0.02, 0.03});
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(CoreHealthTest, SharesThatMoveForGoodAreToldOnce) {
  // Both upstreams carry every block from somewhere all the time: nothing appears and nothing is lost.
  rounds_with_loss(20, {0, 0}, {0, 0, 0, 1});
  EXPECT_THAT(kinds(), IsEmpty());
  rounds_with_loss(6, {0, 0}, {0, 1, 1, 1});
  const auto told = events();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, EventKind::share_shifted);
  EXPECT_EQ(told[0].upstream, Asn{64501});
  EXPECT_EQ(told[0].before, "64500 75 %, 64501 25 %");
  EXPECT_EQ(told[0].after, "64500 25 %, 64501 75 %");
  rounds_with_loss(20, {0, 0}, {0, 1, 1, 1});
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(CoreHealthTest, AnOutageIsNoShift) {
  rounds_with_loss(20, {0, 0});
  for (int i = 0; i < 6; ++i) {
    for (std::size_t v = 0; v < 4; ++v) {
      control(v);
      for (std::uint32_t b = 0; b < 3; ++b) ping(v, "example", host(b), false);
    }
    core_->handle_tick(now_);
    now_ += kInterval;
  }
  rounds_with_loss(20, {0, 0});
  for (const EventKind kind : kinds()) {
    EXPECT_NE(kind, EventKind::share_shifted);
    EXPECT_NE(kind, EventKind::target_partial);
  }
}

}  // namespace
}  // namespace isthmus::resilience
