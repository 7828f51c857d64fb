#include "resilience/interval.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace isthmus::resilience {
namespace {

using Witnesses = std::vector<WitnessShare>;

double width(const ShareEstimate& share) { return share.high - share.low; }

// So many witnesses, each of whom sees that part of its units carried.
Witnesses alike(std::size_t count, double units, double part) {
  return Witnesses(count, {.units = units, .carried = part * units, .unknown = 0});
}

// The first ones see everything carried, the others nothing.
Witnesses split(std::size_t with, std::size_t without, double units = 1) {
  Witnesses witnesses = alike(with, units, 1);
  for (std::size_t i = 0; i < without; ++i) witnesses.push_back({.units = units, .carried = 0, .unknown = 0});
  return witnesses;
}

TEST(ShareOfFlows, IntervalsAreWilsons) {
  const auto check = [](double units, double low, double high) {
    const ShareEstimate share = estimate_share(0.6 * units, 0, units);
    EXPECT_DOUBLE_EQ(share.estimate, 0.6);
    EXPECT_NEAR(share.low, low, 0.005) << units;
    EXPECT_NEAR(share.high, high, 0.005) << units;
  };
  check(10, 0.31, 0.83);
  check(100, 0.50, 0.69);
  check(400, 0.55, 0.65);
}

TEST(ShareOfFlows, TheUnknownIsNeverSpreadOverTheKnown) {
  const ShareEstimate share = estimate_share(3, 7, 10);
  EXPECT_DOUBLE_EQ(share.estimate, 0.3);
  EXPECT_DOUBLE_EQ(share.high, 1.0);
  EXPECT_LT(share.low, 0.3);
}

TEST(Share, OfNothingMayBeAnything) {
  for (const ShareEstimate& share : {estimate_share(0, 0, 0), estimate_share(Witnesses{})}) {
    EXPECT_DOUBLE_EQ(share.estimate, 0);
    EXPECT_DOUBLE_EQ(share.low, 0);
    EXPECT_DOUBLE_EQ(share.high, 1);
  }
}

TEST(Share, OneWitnessIsOneTrialHoweverMuchItSees) {
  for (const double units : {1.0, 16.0, 1000.0}) {
    const ShareEstimate share = estimate_share(alike(1, units, 1));
    EXPECT_DOUBLE_EQ(share.estimate, 1);
    EXPECT_NEAR(share.low, 0.2065, 0.0001) << units;
    EXPECT_DOUBLE_EQ(share.high, 1);
  }
}

TEST(Share, MoreFlowsOfTheSameWitnessesTellNothingNew) {
  const ShareEstimate few = estimate_share(split(6, 4, 1));
  const ShareEstimate many = estimate_share(split(6, 4, 64));
  EXPECT_DOUBLE_EQ(few.low, many.low);
  EXPECT_DOUBLE_EQ(few.high, many.high);
}

TEST(Share, WitnessesWhoSeeAllOrNothingAreTrials) {
  const ShareEstimate share = estimate_share(split(6, 4));
  const ShareEstimate wilson = estimate_share(6, 0, 10);
  EXPECT_DOUBLE_EQ(share.estimate, 0.6);
  EXPECT_LE(share.low, wilson.low);
  EXPECT_GE(share.high, wilson.high);
  EXPECT_LT(width(share), 1.15 * width(wilson));
}

TEST(Share, WitnessesWhoAgreeAreTrialsHoweverMuchTheySee) {
  for (const std::size_t count : {2, 4, 30}) {
    const auto trials = static_cast<double>(count);
    EXPECT_NEAR(estimate_share(split(count, 0, 16)).low, estimate_share(trials, 0, trials).low, 1e-9) << count;
    EXPECT_NEAR(estimate_share(split(0, count, 16)).high, estimate_share(0, 0, trials).high, 1e-9) << count;
  }
}

TEST(Share, WitnessesWhoSeeTheSameMixtureNarrowIt) {
  const ShareEstimate mixed = estimate_share(alike(10, 16, 0.6));
  EXPECT_LT(width(mixed), 0.5 * width(estimate_share(split(6, 4, 16))));
  // But never to nothing, however exactly they agree.
  EXPECT_GT(width(mixed), 0.4 * width(estimate_share(96, 0, 160)));
}

TEST(Share, MoreWitnessesNarrowIt) {
  double last = 1;
  for (const std::size_t tens : {1, 2, 4, 8, 16}) {
    const double now = width(estimate_share(split(3 * tens, 2 * tens)));
    EXPECT_LT(now, last) << tens;
    last = now;
  }
}

TEST(Share, AWitnessWithNearlyAllUnitsLeavesFewToCompare) {
  Witnesses uneven = split(6, 4);
  uneven.front() = {.units = 30, .carried = 30, .unknown = 0};
  const ShareEstimate share = estimate_share(uneven);
  const ShareEstimate even = estimate_share(split(9, 1));
  EXPECT_NEAR(share.estimate, even.estimate, 0.01);
  EXPECT_LT(share.low, even.low - 0.2);
}

TEST(Share, SpansFromNoneToAllOfTheUnknown) {
  Witnesses witnesses = split(5, 3);
  const ShareEstimate known = estimate_share(witnesses);
  for (int i = 0; i < 4; ++i) witnesses.push_back({.units = 1, .carried = 0, .unknown = 1});
  const ShareEstimate share = estimate_share(witnesses);
  EXPECT_DOUBLE_EQ(share.estimate, 5.0 / 12);
  EXPECT_LT(share.low, known.low);
  EXPECT_GT(share.high, 9.0 / 12);
  EXPECT_GT(width(share), width(known));
}

TEST(Share, AllUnknownMayBeAnything) {
  const ShareEstimate share = estimate_share(Witnesses(8, {.units = 2, .carried = 0, .unknown = 2}));
  EXPECT_DOUBLE_EQ(share.estimate, 0);
  EXPECT_DOUBLE_EQ(share.low, 0);
  EXPECT_DOUBLE_EQ(share.high, 1);
}

TEST(Share, WhatIsWideApartIsWidenedOnOneSideOnly) {
  // 1.645 standard errors at each end instead of 1.96: the truth cannot be beyond both.
  Witnesses apart = alike(40, 10, 0);
  for (std::size_t i = 0; i < apart.size(); ++i) {
    apart[i].carried = i % 2 == 0 ? 1 : 3;
    apart[i].unknown = 6;
  }
  Witnesses exact = apart;
  for (WitnessShare& witness : exact) witness.unknown = 0;
  const ShareEstimate wide = estimate_share(apart);
  const ShareEstimate narrow = estimate_share(exact);
  EXPECT_DOUBLE_EQ(wide.estimate, narrow.estimate);
  EXPECT_NEAR((wide.estimate - wide.low) / (narrow.estimate - narrow.low), 1.645 / 1.96, 0.02);
}

TEST(Share, StaysWithinBoundsAndAroundItsEstimate) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> part(0, 1);
  for (int i = 0; i < 20'000; ++i) {
    Witnesses witnesses(1 + random() % 30);
    for (WitnessShare& witness : witnesses) {
      witness.units = random() % 4 == 0 ? 0 : 1 + static_cast<double>(random() % 50);
      witness.carried = random() % 3 == 0 ? witness.units : part(random) * witness.units;
      witness.unknown = random() % 2 == 0 ? witness.units - witness.carried : 0;
    }
    const ShareEstimate share = estimate_share(witnesses);
    ASSERT_LE(0, share.low) << i;
    ASSERT_LE(share.low, share.estimate) << i;
    ASSERT_LE(share.estimate, share.high) << i;
    ASSERT_LE(share.high, 1) << i;
  }
}

}  // namespace
}  // namespace isthmus::resilience
