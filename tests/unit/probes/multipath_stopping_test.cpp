#include <gtest/gtest.h>

#include <cmath>

#include "probes/multipath/stopping.hpp"

namespace isthmus::probes {
namespace {

std::vector<std::size_t> points(double bound, std::size_t count) {
  StoppingPoints stopping(bound);
  std::vector<std::size_t> found;
  for (std::size_t seen = 1; seen <= count; ++seen) found.push_back(stopping.flows_for(seen));
  return found;
}

TEST(MultipathStopping, IsThePublishedTableAt95Percent) {
  EXPECT_EQ(points(0.05, 15), (std::vector<std::size_t>{6, 11, 16, 21, 27, 33, 38, 44, 51, 57, 63, 70, 76, 83, 90}));
}

TEST(MultipathStopping, IsThePublishedTableAt99Percent) {
  EXPECT_EQ(points(0.01, 12), (std::vector<std::size_t>{8, 15, 21, 28, 36, 43, 51, 58, 66, 74, 82, 90}));
}

TEST(MultipathStopping, NothingSeenAsksAsMuchAsOneNextHop) {
  StoppingPoints stopping(0.05);
  EXPECT_EQ(stopping.flows_for(0), stopping.flows_for(1));
}

// Inclusion and exclusion over the unseen next hops: a second way to the same number.
double by_inclusion_and_exclusion(int k, int n) {
  double sum = 0;
  double choose = 1;
  for (int unseen = 1; unseen <= k; ++unseen) {
    choose = choose * (k - unseen + 1) / unseen;
    sum += (unseen % 2 == 1 ? 1 : -1) * choose * std::pow(1 - static_cast<double>(unseen) / k, n);
  }
  return sum;
}

TEST(MultipathStopping, ChanceOfUnseenIsExact) {
  EXPECT_DOUBLE_EQ(chance_of_unseen(1, 1), 0);
  EXPECT_DOUBLE_EQ(chance_of_unseen(2, 1), 1);
  EXPECT_DOUBLE_EQ(chance_of_unseen(2, 6), 1.0 / 32);
  for (const int k : {3, 5, 8, 16}) {
    for (const int n : {20, 50, 100}) {
      EXPECT_NEAR(chance_of_unseen(static_cast<std::size_t>(k), static_cast<std::size_t>(n)),
                  by_inclusion_and_exclusion(k, n), 1e-9)
          << k << " next hops, " << n << " flows";
    }
  }
}

TEST(MultipathStopping, EveryPointIsTheFirstWithinItsBound) {
  for (const double bound : {0.2, 0.05, 0.01, 1e-4, 1e-9}) {
    StoppingPoints stopping(bound);
    for (const std::size_t seen : {1, 2, 7, 15, 40, 100}) {
      const std::size_t flows = stopping.flows_for(seen);
      EXPECT_LE(chance_of_unseen(seen + 1, flows), bound);
      EXPECT_GT(chance_of_unseen(seen + 1, flows - 1), bound);
    }
  }
}

TEST(MultipathStopping, SharesAGraphsBoundAmongItsBranches) {
  EXPECT_NEAR(vertex_bound(0.05, 1), 0.05, 1e-15);
  EXPECT_NEAR(vertex_bound(0.05, 0), 0.05, 1e-15);
  for (const std::size_t branches : {2, 7, 100, 10000}) {
    const double each = vertex_bound(0.05, branches);
    EXPECT_NEAR(std::pow(1 - each, static_cast<double>(branches)), 0.95, 1e-9);
  }
}

TEST(MultipathStopping, AGraphWideRuleCountsWhatMayStillHide) {
  StoppingRule graph(0.05, StoppingRule::Scope::graph);
  for (const std::size_t branches : {0, 1, 2, 9}) {
    StoppingPoints share(vertex_bound(0.05, branches + 2));
    EXPECT_DOUBLE_EQ(graph.bound(branches), share.bound());
    for (const std::size_t seen : {1, 4, 16}) EXPECT_EQ(graph.flows_for(seen, branches), share.flows_for(seen));
  }
  EXPECT_EQ(graph.flows_for(1, 0), 7U) << "one more than for a lone vertex";
}

TEST(MultipathStopping, ARuleForEachVertexKnowsNoOthers) {
  StoppingRule vertex(0.05, StoppingRule::Scope::vertex);
  StoppingPoints alone(0.05);
  for (const std::size_t branches : {0, 2, 9}) EXPECT_EQ(vertex.flows_for(4, branches), alone.flows_for(4));
}

}  // namespace
}  // namespace isthmus::probes
