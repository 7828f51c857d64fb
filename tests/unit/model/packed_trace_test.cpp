#include "isthmus/model/packed_trace.hpp"

#include <gtest/gtest.h>

#include "unit/model/any_observation.hpp"

namespace isthmus {
namespace {

TEST(PackedTrace, UnpacksToTheVeryTraceWhateverIsInIt) {
  Dice dice(20171001);
  for (int i = 0; i < 2000; ++i) {
    const Trace trace = any_trace(dice);
    ASSERT_EQ(PackedTrace(trace).unpack(), trace) << "trace " << i;
  }
}

TEST(PackedTrace, KeepsTheEndsOfTime) {
  Trace trace;
  trace.started = trace.ended = Timestamp::max();
  EXPECT_EQ(PackedTrace(trace).unpack(), trace);
  trace.started = Timestamp::min();
  EXPECT_EQ(PackedTrace(trace).unpack(), trace);
}

TEST(PackedTrace, OneThatHoldsNoneSaysSo) {
  EXPECT_FALSE(PackedTrace{});
  EXPECT_TRUE(PackedTrace(Trace{}));
}

}  // namespace
}  // namespace isthmus
