#include "resilience/share_watch.hpp"

#include <gtest/gtest.h>

#include <random>

namespace isthmus::resilience {
namespace {

constexpr Asn kUnicom{4837};
constexpr Asn kTransTeleCom{20485};

class ShareWatchTest : public testing::Test {
 protected:
  std::optional<ShareWatch::Shift> round(double unicom, double transtelecom) {
    return watch_.handle_round({{kUnicom, unicom}, {kTransTeleCom, transtelecom}});
  }
  // The first shift within so many rounds.
  std::optional<ShareWatch::Shift> rounds(int count, double unicom, double transtelecom) {
    for (int i = 0; i < count; ++i) {
      if (auto shift = round(unicom, transtelecom)) return shift;
    }
    return std::nullopt;
  }
  ShareWatch watch_;
};

TEST_F(ShareWatchTest, AShiftThatStaysIsToldOnceAfterThreeRounds) {
  EXPECT_FALSE(rounds(30, 0.6, 0.4));
  EXPECT_FALSE(rounds(2, 0.4, 0.6));
  const auto shift = round(0.4, 0.6);
  ASSERT_TRUE(shift);
  EXPECT_EQ(shift->gainer, kTransTeleCom);
  EXPECT_EQ(shift->loser, kUnicom);
  EXPECT_NEAR(shift->moved, 0.2, 1e-9);
  EXPECT_NEAR(shift->before.at(kUnicom), 0.6, 1e-9);
  EXPECT_FALSE(rounds(200, 0.4, 0.6));
  EXPECT_TRUE(rounds(3, 0.6, 0.4));
}

TEST_F(ShareWatchTest, AShortOneIsNone) {
  rounds(30, 0.6, 0.4);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(rounds(2, 0.3, 0.7));
    EXPECT_FALSE(rounds(5, 0.6, 0.4));
  }
}

TEST_F(ShareWatchTest, NeitherIsASmallOne) {
  rounds(30, 0.6, 0.4);
  EXPECT_FALSE(rounds(100, 0.46, 0.54));
}

TEST_F(ShareWatchTest, WhatBecomesUnknownHasNotShifted) {
  rounds(30, 0.6, 0.4);
  EXPECT_FALSE(rounds(100, 0.2, 0.4));
}

TEST_F(ShareWatchTest, WhereSharesAreTossedToAndFroItTakesMore) {
  std::mt19937 random(1);
  std::normal_distribution<double> tossed(0.5, 0.1);
  const auto noisy = [&] {
    const double share = std::clamp(tossed(random), 0.0, 1.0);
    return round(share, 1 - share);
  };
  int told = 0;
  for (int i = 0; i < 20'000; ++i) told += noisy() ? 1 : 0;
  EXPECT_EQ(told, 0);
  EXPECT_TRUE(rounds(3, 0.02, 0.98));
}

TEST_F(ShareWatchTest, AfterARestartWhatIsUsualIsLearnedAnew) {
  rounds(30, 0.6, 0.4);
  watch_.restart();
  EXPECT_FALSE(rounds(100, 0.1, 0.9));
}

}  // namespace
}  // namespace isthmus::resilience
