#include "isthmus/model/packed_observation.hpp"

#include <gtest/gtest.h>

#include "unit/model/any_observation.hpp"

namespace isthmus {
namespace {

// A trace, hops of which may have been taken over from an earlier one, or a ping series.
Observation any_observation(Dice& dice) {
  if (dice.coin()) return any_series(dice);
  Trace trace = any_trace(dice);
  for (Hop& hop : trace.hops) {
    if (dice.below(4) == 0) hop.measured = Timestamp(Duration(dice.number<std::int64_t>()));
  }
  return trace;
}

TEST(PackedObservation, UnpacksToTheVeryObservationOverWhateverWasThere) {
  Dice dice(20171001);
  PackedObservation packed;
  ObservationPlace place;
  for (int i = 0; i < 4000; ++i) {
    const Observation observation = any_observation(dice);
    packed.pack(observation);
    ASSERT_EQ(packed.unpack(place), observation) << "observation " << i;
  }
}

TEST(PackedObservation, IsEqualOnlyToTheSame) {
  Dice dice(20141222);
  for (int i = 0; i < 200; ++i) {
    const Observation observation = any_observation(dice);
    PackedObservation one;
    PackedObservation other;
    one.pack(observation);
    other.pack(observation);
    EXPECT_EQ(one, other);
    other.pack(any_observation(dice));
    EXPECT_NE(one, other);
  }
}

TEST(PackedObservation, TellsApartWhatDiffersInALittle) {
  Trace trace;
  trace.hops.push_back({.ttl = 1, .outcomes = {Reply{.from = {}, .rtt = std::chrono::milliseconds(5)}}});
  PackedObservation one;
  one.pack(trace);
  std::get<Reply>(trace.hops[0].outcomes[0]).weak = true;
  PackedObservation weak;
  weak.pack(trace);
  std::get<Reply>(trace.hops[0].outcomes[0]).weak = false;
  trace.hops[0].measured = Timestamp{};
  PackedObservation older;
  older.pack(trace);
  EXPECT_NE(one, weak);
  EXPECT_NE(one, older);
  EXPECT_NE(weak, older);
}

}  // namespace
}  // namespace isthmus
