#include "support/internet/forwarding.hpp"

#include <algorithm>
#include <limits>

namespace isthmus::testing::internet {
namespace {

constexpr std::uint32_t kFar = std::numeric_limits<std::uint32_t>::max();
// What a hop within a PoP takes.
constexpr std::uint32_t kHopUs = 60;

}  // namespace

void Forwarding::find(RouterId from, const Destination& to, Routes& routes, std::uint32_t announcement,
                      const Outages& outages, std::uint64_t flow, Way& way) const {
  way.steps.clear();
  way.ases.clear();
  way.arrives = false;
  AsIndex as = topology_.routers()[from].as;
  way.steps.push_back({.router = from, .as = as});
  way.ases.push_back(as);
  for (;;) {
    const RouterId here = way.steps.back().router;
    const bool is_origin = routes.is_origin(as);
    if (as == to.holder || (to.anywhere && is_origin)) {
      walk_to(topology_.access_router(as, to.network), flow, way);
      const RouterId customer = topology_.customer_router(to.network);
      if (customer != kNone && as == to.holder) step_to(customer, way);
      way.arrives = true;
      return;
    }
    // An origin that does not have the users itself hands over to the customer that has.
    const auto exit =
        is_origin ? exit_to(here, to.holder, outages, flow) : choose_exit(here, routes, announcement, outages, flow);
    if (!exit) return;
    walk_to(exit->near, flow, way);
    cross(*exit, way);
    as = way.steps.back().as;
    way.ases.push_back(as);
  }
}

void Forwarding::walk_to(RouterId to, std::uint64_t flow, Way& way) const {
  std::vector<RouterId> routers;
  topology_.append_interior(way.steps.back().router, to, flow, routers);
  for (const RouterId router : routers) step_to(router, way);
}

void Forwarding::step_to(RouterId router, Way& way) const {
  Step& last = way.steps.back();
  const Wire& wire = topology_.wire(last.router, router);
  last.out = wire.own;
  const auto& regions = graph_.ases[last.as].regions;
  const std::uint16_t here = regions[topology_.routers()[last.router].pop];
  const std::uint16_t there = regions[topology_.routers()[router].pop];
  const std::uint32_t delay = last.delay_us + (here == there ? kHopUs : graph_.delay_us(here, there));
  way.steps.push_back({.router = router, .as = last.as, .in = wire.other, .delay_us = delay});
}

void Forwarding::cross(const Exit& exit, Way& way) const {
  Step& last = way.steps.back();
  last.out = exit.near_address;
  const Crossing& crossing = graph_.crossings[exit.link];
  const std::uint32_t delay = last.delay_us + graph_.delay_us(crossing.region_a, crossing.region_b);
  way.steps.push_back({.router = exit.far,
                       .as = topology_.routers()[exit.far].as,
                       .in = exit.far_address,
                       .link = exit.link,
                       .delay_us = delay});
}

// The link to a neighbour that is nearest for interior routing. Of equally near ones a flow keeps to one if the AS
// balances, and all flows of an announcement to the same if it does not.
std::optional<Forwarding::Exit> Forwarding::nearest(RouterId at, const Neighbour& neighbour, const Outages& outages,
                                                    std::uint64_t choice, std::uint64_t flow,
                                                    std::uint32_t& distance) const {
  if (outages[neighbour.adjacency]) return std::nullopt;
  const AsIndex as = topology_.routers()[at].as;
  const std::uint16_t pop = topology_.routers()[at].pop;
  const Adjacency& adjacency = graph_.adjacencies[neighbour.adjacency];
  const bool is_a = adjacency.a == as;
  std::optional<Exit> best;
  std::uint64_t best_rank = 0;
  distance = kFar;
  for (std::uint32_t i = 0; i < adjacency.crossings; ++i) {
    const std::uint32_t index = adjacency.first_crossing + i;
    const Link& link = topology_.links()[index];
    const RouterId near = is_a ? link.a : link.b;
    const std::uint32_t far = topology_.distance(as, pop, topology_.routers()[near].pop);
    const std::uint64_t rank = hash_of(seed_, topology_.balances(as) ? flow : choice, as, index);
    // A router prefers a link of its own to one of another router in the same PoP.
    const std::uint32_t cost = near == at ? 0 : far + 1;
    if (cost > distance || (cost == distance && best && rank >= best_rank)) continue;
    distance = cost;
    best_rank = rank;
    best = Exit{.link = index,
                .near = near,
                .far = is_a ? link.b : link.a,
                .near_address = is_a ? link.address_a : link.address_b,
                .far_address = is_a ? link.address_b : link.address_a};
  }
  return best;
}

std::optional<Forwarding::Exit> Forwarding::exit_to(RouterId at, AsIndex neighbour, const Outages& outages,
                                                    std::uint64_t flow) const {
  const Neighbour* found = graph_.neighbour(topology_.routers()[at].as, neighbour);
  std::uint32_t distance = kFar;
  return found == nullptr ? std::nullopt : nearest(at, *found, outages, neighbour, flow, distance);
}

std::optional<Forwarding::Exit> Forwarding::choose_exit(RouterId at, Routes& routes, std::uint32_t announcement,
                                                        const Outages& outages, std::uint64_t flow) const {
  const AsIndex as = topology_.routers()[at].as;
  const auto candidates = routes.next_hops(as);
  const bool hot_potato = happens(hash_of(seed_, 0x686F74U, as), settings_.policy.hot_potato);
  const bool balances = happens(hash_of(seed_, 0x62616CU, as), settings_.policy.balance_neighbours);
  std::optional<Exit> best;
  std::uint32_t best_distance = kFar;
  std::uint64_t best_rank = 0;
  for (const Neighbour& neighbour : candidates) {
    std::uint32_t distance = kFar;
    const auto exit = nearest(at, neighbour, outages, announcement, flow, distance);
    if (!exit) continue;
    // Cold potatoes: one neighbour for all routers, wherever its links are.
    if (!hot_potato || balances) distance = 0;
    const std::uint64_t rank = hash_of(seed_, as, balances ? flow : announcement, neighbour.as);
    if (best && (distance > best_distance || (distance == best_distance && rank >= best_rank))) continue;
    best = exit;
    best_distance = distance;
    best_rank = rank;
  }
  return best;
}

std::uint32_t Forwarding::interior_interface(RouterId from, RouterId to, std::uint64_t flow) const {
  std::vector<RouterId> routers;
  topology_.append_interior(from, to, flow, routers);
  return topology_.wire(from, routers.front()).own;
}

}  // namespace isthmus::testing::internet
