#include "isthmus/resilience/quorum.hpp"

#include <gtest/gtest.h>

namespace isthmus::resilience {
namespace {

VantageView vantage(std::uint32_t asn, VantageState state) {
  VantageView view;
  view.asn = Asn{asn};
  view.state = state;
  return view;
}

constexpr auto kValid = VantageState::valid;

TEST(Quorum, CountsNetworksThatSee) {
  const std::vector<VantageView> vantages{vantage(1, kValid), vantage(1, kValid), vantage(2, VantageState::invalid),
                                          vantage(3, VantageState::unknown)};
  EXPECT_EQ(quorum_of(vantages).networks, 1U) << "two of one network are one witness";
  EXPECT_EQ(quorum_of(vantages).needed, 2U);
}

TEST(Quorum, OneIsEnoughWhereThereIsOnlyOne) {
  const std::vector<VantageView> vantages{vantage(1, kValid), vantage(1, VantageState::invalid)};
  EXPECT_EQ(quorum_of(vantages).networks, 1U);
  EXPECT_EQ(quorum_of(vantages).needed, 1U);
  EXPECT_EQ(quorum_of({}).needed, 0U);
}

}  // namespace
}  // namespace isthmus::resilience
