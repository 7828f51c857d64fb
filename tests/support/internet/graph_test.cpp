// The AS graph looks like the internet's: few carriers with many customers, a clique without providers, exchanges with
// local members, and no transit that goes round in a circle.

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "support/internet/as_graph.hpp"

namespace isthmus::testing::internet {
namespace {

AsGraph graph_of(std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  return build_graph(settings);
}

std::size_t count(const AsGraph& graph, AsIndex as, Role role) {
  return static_cast<std::size_t>(std::ranges::count(graph.ases[as].neighbours, role, &Neighbour::role));
}

TEST(Graph, OnlyTheCliqueHasNoProviderAndItsMembersAllPeer) {
  const AsGraph graph = graph_of(1);
  std::vector<AsIndex> clique;
  for (AsIndex as = 0; as < graph.ases.size(); ++as) {
    const bool sells = count(graph, as, Role::provider) > 0 || count(graph, as, Role::sibling) > 0;
    EXPECT_EQ(sells, graph.ases[as].tier != Tier::tier1) << as;
    if (graph.ases[as].tier == Tier::tier1) clique.push_back(as);
  }
  ASSERT_GE(clique.size(), 5U);
  for (const AsIndex a : clique) {
    for (const AsIndex b : clique) {
      if (a == b) continue;
      ASSERT_NE(graph.neighbour(a, b), nullptr);
      EXPECT_EQ(graph.neighbour(a, b)->role, Role::peer);
    }
  }
}

TEST(Graph, CustomersGatherAtFewProvidersAsAPowerLawHasIt) {
  const AsGraph graph = graph_of(2);
  std::vector<std::size_t> degrees;
  std::size_t total = 0;
  for (AsIndex as = 0; as < graph.ases.size(); ++as) {
    degrees.push_back(count(graph, as, Role::customer));
    total += degrees.back();
  }
  std::ranges::sort(degrees, std::greater{});
  std::size_t top = 0;
  for (std::size_t i = 0; i < degrees.size() / 100; ++i) top += degrees[i];
  // One in a hundred ASes holds at least a quarter of all contracts; most have no customer at all.
  EXPECT_GT(top * 4, total);
  EXPECT_GT(std::ranges::count(degrees, 0U) * 100, static_cast<long>(degrees.size()) * 80);
  // Equals do not stay equal: of the regional carriers, which all began alike, a tenth has a good quarter of the
  // customers.
  std::vector<std::size_t> regional;
  for (AsIndex as = 0; as < graph.ases.size(); ++as) {
    if (graph.ases[as].tier == Tier::regional) regional.push_back(count(graph, as, Role::customer));
  }
  std::ranges::sort(regional, std::greater{});
  const auto tenth = regional.begin() + static_cast<std::ptrdiff_t>(regional.size() / 10);
  EXPECT_GT(std::accumulate(regional.begin(), tenth, std::size_t{0}) * 7,
            std::accumulate(regional.begin(), regional.end(), std::size_t{0}) * 2);
  // Each time the degree doubles, a like share of the providers is left: no scale at which the tail breaks off.
  const auto above = [&](std::size_t degree) {
    return static_cast<double>(std::ranges::count_if(degrees, [&](std::size_t d) { return d >= degree; }));
  };
  for (const std::size_t degree : {4U, 8U, 16U, 32U}) {
    EXPECT_GT(above(2 * degree) / above(degree), 0.15) << degree;
    EXPECT_LT(above(2 * degree) / above(degree), 0.85) << degree;
  }
}

TEST(Graph, TransitNeverGoesRoundInACircle) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const AsGraph graph = graph_of(seed);
    // Connected siblings count as one. Walk up from everybody; nobody may meet himself.
    std::vector<std::uint32_t> group(graph.ases.size());
    for (AsIndex i = 0; i < group.size(); ++i) group[i] = i;
    for (bool changed = true; changed;) {
      changed = false;
      for (const Adjacency& adjacency : graph.adjacencies) {
        const std::uint32_t least = std::min(group[adjacency.a], group[adjacency.b]);
        if (adjacency.contract != Contract::sibling || group[adjacency.a] == group[adjacency.b]) continue;
        group[adjacency.a] = group[adjacency.b] = least;
        changed = true;
      }
    }
    std::vector<std::set<std::uint32_t>> above(graph.ases.size());
    for (const Adjacency& adjacency : graph.adjacencies) {
      if (adjacency.contract == Contract::transit) above[group[adjacency.b]].insert(group[adjacency.a]);
    }
    for (AsIndex start = 0; start < graph.ases.size(); ++start) {
      std::set<std::uint32_t> seen;
      std::vector<std::uint32_t> todo(above[start].begin(), above[start].end());
      while (!todo.empty()) {
        const std::uint32_t at = todo.back();
        todo.pop_back();
        ASSERT_NE(at, start) << "seed " << seed;
        if (!seen.insert(at).second) continue;
        todo.insert(todo.end(), above[at].begin(), above[at].end());
      }
    }
  }
}

TEST(Graph, ExchangesHaveLocalMembersAndAFewFromAfar) {
  const AsGraph graph = graph_of(3);
  std::size_t local = 0;
  std::size_t far = 0;
  for (const Exchange& exchange : graph.exchanges) {
    for (const AsIndex member : exchange.members) {
      const auto& regions = graph.ases[member].regions;
      const bool is_local = std::ranges::find(regions, exchange.region) != regions.end();
      ++(is_local ? local : far);
    }
  }
  EXPECT_GT(local, 400U);
  EXPECT_GT(far, 0U);
  EXPECT_GT(local, 10 * far);
}

TEST(Graph, AnotherSeedIsAnotherInternet) {
  const AsGraph one = graph_of(1);
  const AsGraph two = graph_of(2);
  EXPECT_NE(one.ases[0].asn, two.ases[0].asn);
  EXPECT_NE(one.adjacencies.size(), two.adjacencies.size());
}

}  // namespace
}  // namespace isthmus::testing::internet
