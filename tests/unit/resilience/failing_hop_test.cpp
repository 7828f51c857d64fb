#include "resilience/failing_hop.hpp"

#include <gtest/gtest.h>

namespace isthmus::resilience {
namespace {

IpAddress router(std::uint8_t number) { return IpAddress::v4(0xC0000200U + number); }

// Numbers of the routers that answered, 0 for silence; the last one is the destination when it was reached.
Trace path(const std::vector<std::uint8_t>& hops, StopReason stop = StopReason::gap_limit) {
  Trace trace;
  trace.vantage = "germany";
  trace.destination = router(99);
  trace.stop = stop;
  for (const std::uint8_t number : hops) {
    Outcome outcome = TimedOut{};
    if (number != 0) {
      Reply reply;
      reply.from = router(number);
      reply.kind = ReplyKind::time_exceeded;
      outcome = reply;
    }
    trace.hops.push_back({.ttl = static_cast<Ttl>(trace.hops.size() + 1), .outcomes = {outcome}});
  }
  return trace;
}
const Trace kWhole = path({1, 2, 3, 0, 4, 99}, StopReason::reached);

TEST(FailingHop, IsTheFirstThatAnsweredBeforeAndDoesNotNow) {
  const auto hop = find_failing_hop(kWhole, path({1, 2, 0, 0, 0, 0, 0}));
  ASSERT_TRUE(hop);
  EXPECT_EQ(*hop, (FailingHop{.vantage = "germany", .ttl = 3, .address = router(3), .last_answer = router(2)}));
}

TEST(FailingHop, ARouterThatSkipsAnAnswerIsNotIt) {
  const auto hop = find_failing_hop(kWhole, path({1, 0, 3, 0, 0, 0, 0}));
  ASSERT_TRUE(hop);
  EXPECT_EQ(hop->address, router(4));
  EXPECT_EQ(hop->ttl, 5);
}

TEST(FailingHop, TheHostItselfMayBeIt) {
  const auto hop = find_failing_hop(kWhole, path({1, 2, 3, 0, 4, 0, 0}));
  ASSERT_TRUE(hop);
  EXPECT_EQ(hop->address, router(99));
}

TEST(FailingHop, WhoRefusesIsTheLastThatIsReached) {
  const auto hop = find_failing_hop(kWhole, path({1, 2, 2}, StopReason::unreachable));
  ASSERT_TRUE(hop);
  EXPECT_EQ(hop->address, router(3));
  EXPECT_EQ(hop->last_answer, router(2));
}

TEST(FailingHop, AnotherWayIsNone) {
  EXPECT_FALSE(find_failing_hop(kWhole, path({1, 2, 7, 8, 9, 99}, StopReason::reached)));
  EXPECT_FALSE(find_failing_hop(kWhole, path({1, 2, 7, 8, 0, 0})));
}

TEST(FailingHop, WhereNobodyAnswersAnyMoreTheFirstIsIt) {
  const auto hop = find_failing_hop(kWhole, path({0, 0, 0, 0}));
  ASSERT_TRUE(hop);
  EXPECT_EQ(hop->ttl, 1);
  EXPECT_EQ(hop->last_answer, IpAddress{});
}

}  // namespace
}  // namespace isthmus::resilience
