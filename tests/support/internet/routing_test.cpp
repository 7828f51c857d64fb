// Every way through the simulated internet is one that its operators would let happen: nobody carries traffic between
// two others who both cost him money.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support/internet/campaign.hpp"

namespace isthmus::testing::internet {
namespace {

Settings small(std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.vantages = 10;
  settings.target_blocks = 300;
  return settings;
}

std::map<std::uint32_t, AsIndex> by_number(const Internet& internet) {
  std::map<std::uint32_t, AsIndex> result;
  for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) result[internet.asn(as).number] = as;
  return result;
}

TEST(Routing, EveryPathIsFreeOfValleys) {
  const Internet internet(small(1));
  const auto index = by_number(internet);
  std::size_t paths = 0;
  for_each_trace(internet, {.flows = 2}, [&](Trace&&, TruthOfTrace&& truth) {
    // Up, at most one step across, down; steps between siblings change nothing.
    bool down = false;
    for (std::size_t i = 0; i + 1 < truth.as_path.size(); ++i) {
      const Neighbour* next =
          internet.graph().neighbour(index.at(truth.as_path[i].number), index.at(truth.as_path[i + 1].number));
      ASSERT_NE(next, nullptr) << "two ASes in a row that are no neighbours";
      if (next->role == Role::sibling) continue;
      EXPECT_TRUE(!down || next->role == Role::customer) << "goes up or across after going down";
      down = down || next->role != Role::provider;
    }
    ++paths;
  });
  EXPECT_EQ(paths, 300U * 10 * 2);
}

TEST(Routing, NoPathVisitsAnAsTwiceAndEveryBlockIsReached) {
  const Internet internet(small(2));
  for_each_trace(internet, {.flows = 1}, [&](Trace&&, TruthOfTrace&& truth) {
    const std::set<Asn> distinct(truth.as_path.begin(), truth.as_path.end());
    EXPECT_EQ(distinct.size(), truth.as_path.size());
    EXPECT_TRUE(truth.arrives);
  });
}

TEST(Routing, RoutesOfCustomersWinOverPeersAndThoseOverProviders) {
  const Internet internet(small(3));
  const AsGraph& graph = internet.graph();
  Routes routes(graph, internet.preferences());
  const Outages none(graph.adjacencies.size());
  std::size_t compared = 0;
  std::size_t peers = 0;
  for (AsIndex origin = 100; origin < 2000; origin += 31) {
    routes.compute(internet.announcements().all()[origin], none);
    for (AsIndex as = 0; as < graph.ases.size(); as += 3) {
      const BestRoute route = routes.route_of(as);
      ASSERT_NE(route.from, RouteClass::none);
      if (as == origin) continue;
      const bool has_customer_route = std::ranges::any_of(graph.ases[as].neighbours, [&](const Neighbour& neighbour) {
        return neighbour.role == Role::customer && neighbour.as != origin &&
               routes.route_of(neighbour.as).from == RouteClass::customer;
      });
      if (has_customer_route) {
        EXPECT_EQ(route.from, RouteClass::customer);
        ++compared;
      }
      const bool has_peer_route =
          std::ranges::any_of(graph.neighbours(as, Role::peer), [&](const Neighbour& neighbour) {
            return neighbour.as != origin && routes.route_of(neighbour.as).from == RouteClass::customer;
          });
      EXPECT_FALSE(has_peer_route && route.from == RouteClass::provider);
      peers += has_peer_route ? 1 : 0;
      for (const Neighbour& hop : routes.next_hops(as)) EXPECT_LT(routes.route_of(hop.as).length, route.length);
    }
  }
  EXPECT_GT(compared, 100U);
  EXPECT_GT(peers, 100U);
}

TEST(Routing, RoutersFollowEachOtherOverWiresAndLinksThatExist) {
  const Internet internet(small(4));
  const Topology& topology = internet.topology();
  std::set<std::pair<RouterId, RouterId>> linked;
  for (const Link& link : topology.links()) {
    linked.insert({link.a, link.b});
    linked.insert({link.b, link.a});
  }
  for_each_trace(internet, {.flows = 1}, [&](Trace&&, TruthOfTrace&& truth) {
    for (std::size_t i = 0; i + 1 < truth.routers.size(); ++i) {
      const RouterId here = truth.routers[i];
      const RouterId next = truth.routers[i + 1];
      const auto wires = topology.wires_of(here);
      const bool wired = std::ranges::find(wires, next, &Wire::far) != wires.end();
      EXPECT_TRUE(wired || linked.contains({here, next})) << here << " to " << next;
    }
  });
}

}  // namespace
}  // namespace isthmus::testing::internet
