#include "support/internet/topology.hpp"

#include <algorithm>

#include "support/internet/topology_builder.hpp"

namespace isthmus::testing::internet {
namespace {

constexpr std::uint64_t kPlaceDraw = 0x706C;

}  // namespace

RouterId Topology::customer_router(std::uint32_t network) const {
  const auto found = std::ranges::lower_bound(customer_routers_, network, {}, &CustomerRouter::network);
  return found != customer_routers_.end() && found->network == network ? found->router : kNone;
}

Topology::Topology(const Settings& settings, const AsGraph& graph, AddressPlan& plan)
    : graph_(graph), seed_(settings.seed) {
  TopologyBuilder(settings, plan, *this).build();
}

std::span<const Pop> Topology::pops_of(AsIndex as) const {
  return {pops_.data() + first_pop_[as], first_pop_[as + 1] - first_pop_[as]};
}

std::uint32_t Topology::distance(AsIndex as, std::uint16_t from, std::uint16_t to) const {
  const std::size_t n = graph_.ases[as].regions.size();
  return distance_[first_cell_[as] + from * n + to];
}

std::span<const Wire> Topology::wires_of(RouterId router) const {
  return {wires_.data() + first_wire_[router], first_wire_[router + 1] - first_wire_[router]};
}

const Wire& Topology::wire(RouterId from, RouterId to) const {
  return *std::ranges::find(wires_of(from), to, &Wire::far);
}

RouterId Topology::core(AsIndex as, std::uint16_t pop, std::uint64_t flow) const {
  const Pop& which = pops_of(as)[pop];
  return which.first + (which.cores == 2 ? below(hash_of(seed_, flow, which.first), 2) : 0);
}

void Topology::append_interior(RouterId from, RouterId to, std::uint64_t flow, std::vector<RouterId>& path) const {
  if (from == to) return;
  const Router& last = routers_[to];
  const AsIndex as = last.as;
  const std::size_t n = graph_.ases[as].regions.size();
  std::uint16_t pop = routers_[from].pop;
  const auto step = [&](RouterId router) {
    if (router != from && (path.empty() || path.back() != router)) path.push_back(router);
  };
  const Pop& home = pops_of(as)[pop];
  const bool direct =
      pop == last.pop && (home.cores == 0 || routers_[from].station == Station::core || last.station == Station::core);
  if (direct && routers_[from].station == Station::access && last.station == Station::access) {
    step(home.first);  // Without cores access routers hang on the borders.
  } else if (!direct) {
    // A core keeps the flow that it has; the other core of a pair is for others.
    if (routers_[from].station != Station::core) step(core(as, pop, flow));
    while (pop != last.pop) {
      pop = next_pop_[first_cell_[as] + pop * n + last.pop];
      if (pop != last.pop || last.station != Station::core) step(core(as, pop, flow));
    }
  }
  step(to);
}

RouterId Topology::access_router(AsIndex as, std::uint32_t network) const {
  const std::uint64_t hash = hash_of(seed_, kPlaceDraw, network);
  const auto pops = pops_of(as);
  const Pop& pop = pops[below(hash, static_cast<std::uint32_t>(pops.size()))];
  const RouterId borders = pop.first + pop.cores;
  if (pop.access == 0) return borders + below(mixed(hash + 1), pop.borders);
  return borders + pop.borders + below(mixed(hash + 1), pop.access);
}

}  // namespace isthmus::testing::internet
