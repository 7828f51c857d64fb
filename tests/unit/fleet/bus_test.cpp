#include "isthmus/fleet/bus.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace isthmus::fleet {
namespace {

using std::chrono::seconds;

TEST(InProcessBus, CarriesObservationsAndReports) {
  InProcessBus bus(8);
  PingSeries series;
  series.vantage = "frankfurt";
  ProberReport report;
  report.receive_drops = 3;
  std::jthread vantage([&] {
    EXPECT_TRUE(bus.send(Observation(series)));
    EXPECT_TRUE(bus.send(report));
  });
  const auto deadline = std::chrono::steady_clock::now() + seconds(60);
  const auto first = bus.receive_until(deadline);
  const auto second = bus.receive_until(deadline);
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(std::holds_alternative<Observation>(*first));
  EXPECT_EQ(vantage_of(std::get<Observation>(*first)), "frankfurt");
  ASSERT_TRUE(std::holds_alternative<ProberReport>(*second));
  EXPECT_EQ(std::get<ProberReport>(*second).receive_drops, 3u);
}

TEST(InProcessBus, FullBusDropsAndCounts) {
  InProcessBus bus(1);
  EXPECT_TRUE(bus.send(ProberReport{}));
  EXPECT_FALSE(bus.send(ProberReport{}));
  EXPECT_EQ(bus.dropped(), 1u);
  EXPECT_EQ(bus.size(), 1u);
  bus.close();
  EXPECT_TRUE(bus.closed());
  EXPECT_TRUE(bus.try_receive());
  EXPECT_FALSE(bus.try_receive());
}

TEST(InProcessBus, WakeReturnsWithoutAMessage) {
  InProcessBus bus(1);
  bus.wake();
  EXPECT_FALSE(bus.receive_until(std::chrono::steady_clock::now() + seconds(60)));
}

}  // namespace
}  // namespace isthmus::fleet
