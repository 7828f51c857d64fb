#include "formats/mda_flows.hpp"

#include <gtest/gtest.h>

#include "unit/formats/sample.hpp"

namespace isthmus::formats {
namespace {

Timestamp at(int seconds) { return Timestamp(std::chrono::seconds(seconds)); }

TEST(MdaFlows, FlowThatSkippedATtlIsTwoTraces) {
  const Reply near = test::time_exceeded("192.0.2.1", std::chrono::milliseconds(1));
  const Reply far = test::time_exceeded("203.0.113.71", std::chrono::milliseconds(9));
  MdaFlows flows;
  // In the order in which links, not flows, were explored.
  flows.add(FlowId{1}, Ttl{3}, at(12), TimedOut{});
  flows.add(FlowId{1}, Ttl{2}, at(10), near);
  flows.add(FlowId{2}, Ttl{3}, at(11), near);
  flows.add(FlowId{1}, Ttl{3}, at(13), near);
  flows.add(FlowId{1}, Ttl{5}, at(20), far);
  Trace like;
  like.vantage = "frankfurt";
  like.destination = test::ip("203.0.113.71");
  std::vector<Trace> traces;
  flows.append_traces(like, traces);
  ASSERT_EQ(traces.size(), 3u);
  const std::vector<Hop> first{{Ttl{2}, {near}}, {Ttl{3}, {TimedOut{}, near}}};
  EXPECT_EQ(traces[0].flow, FlowId{1});
  EXPECT_EQ(traces[0].hops, first);
  EXPECT_EQ(traces[0].started, at(10));
  EXPECT_EQ(traces[0].ended, at(13) + std::chrono::milliseconds(1));
  EXPECT_EQ(traces[0].stop, StopReason::max_ttl);
  EXPECT_EQ(traces[1].flow, FlowId{1});
  EXPECT_EQ(traces[1].hops, (std::vector<Hop>{{Ttl{5}, {far}}}));
  EXPECT_EQ(traces[1].stop, StopReason::reached);
  EXPECT_EQ(traces[2].flow, FlowId{2});
  EXPECT_EQ(traces[2].vantage, "frankfurt");
}

}  // namespace
}  // namespace isthmus::formats
