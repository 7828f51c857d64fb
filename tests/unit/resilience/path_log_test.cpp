#include "resilience/path_log.hpp"

#include <gmock/gmock.h>

#include <random>

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr Duration kRound = std::chrono::minutes(1);

class PathLogTest : public ::testing::Test {
 protected:
  static PathLog::Sight sight(std::vector<std::uint32_t> path, std::uint32_t router = 1, bool complete = true) {
    PathLog::Sight seen;
    for (const std::uint32_t asn : path) seen.summary.as_path.push_back(Asn{asn});
    seen.summary.upstream = seen.summary.as_path.empty() ? Asn{} : seen.summary.as_path.back();
    seen.summary.router = IpAddress::v4(0xC0000200 + router);
    seen.complete = complete;
    return seen;
  }

  // One more trace a minute later; the changes that were told are counted.
  std::optional<PathLog::Change> show(const PathLog::Sight& seen) {
    now_ += kRound;
    auto change = log_.handle_trace(flow_, hash_value(seen) + (seen.complete ? 0 : 1), now_, [&] { return seen; });
    changes_ += change ? 1 : 0;
    return change;
  }

  PathLog::Flow flow_{.target = 1, .vantage = 2, .address = IpAddress::v4(0xCB007101), .flow = FlowId{3}};
  Timestamp now_{std::chrono::hours(24 * 365 * 50)};
  int changes_{0};
  PathLog log_{10};
};

TEST_F(PathLogTest, OneTraceIsNoChangeAndTwoAre) {
  show(sight({10, 20}));
  EXPECT_FALSE(show(sight({10, 30})));
  const Timestamp first = now_;
  const auto change = show(sight({10, 30}));
  ASSERT_TRUE(change);
  EXPECT_THAT(change->before.as_path, ElementsAre(Asn{10}, Asn{20}));
  EXPECT_THAT(change->after.as_path, ElementsAre(Asn{10}, Asn{30}));
  EXPECT_EQ(change->since, first);
  EXPECT_FALSE(show(sight({10, 30})));
}

TEST_F(PathLogTest, AGlimpseOfAnotherPathIsForgotten) {
  show(sight({10, 20}));
  for (int i = 0; i < 50; ++i) {
    show(sight({10, 30}));
    show(sight({10, 20}));
  }
  EXPECT_EQ(changes_, 0);
}

TEST_F(PathLogTest, AnotherInterfaceOfTheSameAsIsAChange) {
  show(sight({10, 20}, 1));
  show(sight({10, 20}, 2));
  const auto change = show(sight({10, 20}, 2));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->after.router, IpAddress::v4(0xC0000202));
}

TEST_F(PathLogTest, AFlowThatIsSpreadByPacketIsSoonLeftAlone) {
  std::mt19937 random(7);
  for (int i = 0; i < 24 * 60; ++i) show(sight({10, 20}, random() % 2 == 0 ? 1 : 2));
  // Without damping, every second pair of traces would be a change: some 360 a day.
  EXPECT_LE(changes_, 60);
  EXPECT_GE(changes_, 1);
}

TEST_F(PathLogTest, ARouteThatComesAndGoesHourByHourIsKeptEachTime) {
  show(sight({10, 20}));
  for (int hour = 0; hour < 10; ++hour) {
    for (int i = 0; i < 60; ++i) show(sight({10, hour % 2 == 0 ? 30U : 20U}));
  }
  EXPECT_EQ(changes_, 10);
}

TEST_F(PathLogTest, AnAsThatIsSilentNowAndThenHasNotGone) {
  show(sight({10, 15, 20}));
  for (int i = 0; i < 5; ++i) show(sight({10, 20}, 1, false));
  EXPECT_EQ(changes_, 0);
  // All hops answer and it is not there: now it has.
  show(sight({10, 20}));
  EXPECT_TRUE(show(sight({10, 20})));
}

TEST_F(PathLogTest, MoreOfTheSamePathIsNoChangeEither) {
  show(sight({10, 20}, 1, false));
  for (int i = 0; i < 5; ++i) show(sight({10, 15, 20}));
  EXPECT_EQ(changes_, 0);
  show(sight({10, 30}));
  const auto change = show(sight({10, 30}));
  ASSERT_TRUE(change);
  EXPECT_THAT(change->before.as_path, SizeIs(3)) << "what was seen of it in the meantime counts";
}

TEST_F(PathLogTest, APathThatEndsInSilenceMustDoSoForLonger) {
  show(sight({10, 20}));
  PathLog::Sight dead = sight({10});
  dead.summary.upstream = Asn{};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(show(dead));
  EXPECT_TRUE(show(dead));
}

TEST_F(PathLogTest, TooManyInAnHourAreCountedByTarget) {
  for (int i = 0; i < 13; ++i) EXPECT_EQ(log_.admit("example", now_), i < 10);
  EXPECT_TRUE(log_.admit("other", now_));
  const auto left_out = log_.poll_left_out();
  ASSERT_THAT(left_out, SizeIs(1));
  EXPECT_EQ(left_out[0].target, "example");
  EXPECT_EQ(left_out[0].count, 3U);
  EXPECT_EQ(left_out[0].hour, now_);
  EXPECT_THAT(log_.poll_left_out(), SizeIs(0)) << "told once";
  EXPECT_TRUE(log_.admit("example", now_ + std::chrono::hours(1)));
}

TEST_F(PathLogTest, FlowsThatAreTracedNoMoreAreForgotten) {
  for (std::uint16_t flow = 0; flow < 100; ++flow) {
    flow_.flow = FlowId{flow};
    show(sight({10, flow}));
  }
  EXPECT_EQ(log_.size(), 100U);
  log_.forget_before(now_ - 9 * kRound);
  EXPECT_EQ(log_.size(), 10U);
  // Those that stay still know their paths.
  show(sight({10, 5}));
  const auto change = show(sight({10, 5}));
  ASSERT_TRUE(change);
  EXPECT_EQ(change->before.upstream, Asn{99});
}

}  // namespace
}  // namespace isthmus::resilience
