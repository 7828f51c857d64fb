// Where ASes connect: links of their own between PoPs, or the LANs of exchanges.

#include <algorithm>

#include "support/internet/graph_builder.hpp"

namespace isthmus::testing::internet {
namespace {

constexpr std::size_t kMostPrivateLinks = 6;
constexpr std::size_t kMostTransitLinks = 4;

}  // namespace

void GraphBuilder::add_crossings() {
  for (std::uint32_t i = 0; i < graph_.adjacencies.size(); ++i) {
    Adjacency& adjacency = graph_.adjacencies[i];
    adjacency.first_crossing = static_cast<std::uint32_t>(graph_.crossings.size());
    adjacency.contract == Contract::peering ? cross_peering(i) : cross_transit(i);
    adjacency.crossings = static_cast<std::uint32_t>(graph_.crossings.size()) - adjacency.first_crossing;
  }
}

void GraphBuilder::cross_transit(std::uint32_t index) {
  const Adjacency& adjacency = graph_.adjacencies[index];
  const As& customer = graph_.ases[adjacency.b];
  const auto common = common_regions(adjacency.b, adjacency.a);
  if (common.empty()) {
    // A link over a carrier's waves to the provider's nearest PoP.
    const std::uint16_t home = customer.regions.front();
    const std::uint16_t near = *std::ranges::min_element(graph_.ases[adjacency.a].regions, {},
                                                         [&](std::uint16_t r) { return graph_.delay_us(home, r); });
    graph_.crossings.push_back({.adjacency = index, .region_a = near, .region_b = home});
    return;
  }
  const std::uint32_t lan = common_exchange(adjacency.a, adjacency.b);
  if (lan != kNone && random_.chance(settings_.graph.transit_over_exchange)) {
    graph_.crossings.push_back({.adjacency = index,
                                .region_a = region_at(adjacency.a, lan),
                                .region_b = region_at(adjacency.b, lan),
                                .exchange = lan});
    return;
  }
  const bool large = customer.tier != Tier::stub;
  const std::size_t most = large ? kMostTransitLinks : 1;
  for (std::size_t i = 0; i < std::min(most, common.size()); ++i) {
    const bool twice = random_.chance(large ? 0.3 : settings_.graph.parallel_links);
    for (int link = 0; link < (twice ? 2 : 1); ++link) {
      graph_.crossings.push_back({.adjacency = index, .region_a = common[i], .region_b = common[i]});
    }
  }
}

std::uint32_t GraphBuilder::common_exchange(AsIndex a, AsIndex b) const {
  const auto& others = graph_.ases[b].exchanges;
  const auto found = std::ranges::find_if(graph_.ases[a].exchanges, [&](std::uint32_t exchange) {
    return std::ranges::find(others, exchange) != others.end();
  });
  return found == graph_.ases[a].exchanges.end() ? kNone : *found;
}

// The PoP that a member has its port from: in town, or, with remote peering, at home.
std::uint16_t GraphBuilder::region_at(AsIndex member, std::uint32_t exchange) const {
  const auto& regions = graph_.ases[member].regions;
  const std::uint16_t region = graph_.exchanges[exchange].region;
  return std::ranges::find(regions, region) != regions.end() ? region : regions.front();
}

void GraphBuilder::cross_peering(std::uint32_t index) {
  const Adjacency& adjacency = graph_.adjacencies[index];
  if (index < meetings_.size() && !meetings_[index].empty()) {
    for (const std::uint32_t exchange : meetings_[index]) {
      graph_.crossings.push_back({.adjacency = index,
                                  .region_a = region_at(adjacency.a, exchange),
                                  .region_b = region_at(adjacency.b, exchange),
                                  .exchange = exchange});
    }
    return;
  }
  const auto common = common_regions(adjacency.a, adjacency.b);
  if (common.empty()) {
    graph_.crossings.push_back({.adjacency = index,
                                .region_a = graph_.ases[adjacency.a].regions.front(),
                                .region_b = graph_.ases[adjacency.b].regions.front()});
  }
  for (std::size_t i = 0; i < std::min(kMostPrivateLinks, common.size()); ++i) {
    graph_.crossings.push_back({.adjacency = index, .region_a = common[i], .region_b = common[i]});
  }
}

void GraphBuilder::list_neighbours() {
  for (std::uint32_t i = 0; i < graph_.adjacencies.size(); ++i) {
    const auto& [a, b, contract, first, count] = graph_.adjacencies[i];
    const Role b_is = contract == Contract::transit   ? Role::customer
                      : contract == Contract::sibling ? Role::sibling
                                                      : Role::peer;
    const Role a_is = contract == Contract::transit ? Role::provider : b_is;
    graph_.ases[a].neighbours.push_back({.as = b, .adjacency = i, .role = b_is});
    graph_.ases[b].neighbours.push_back({.as = a, .adjacency = i, .role = a_is});
  }
  for (As& as : graph_.ases) {
    std::ranges::sort(as.neighbours, {}, &Neighbour::as);
    as.by_role = as.neighbours;
    std::ranges::stable_sort(as.by_role, {}, &Neighbour::role);
    for (std::size_t role = 0; role < as.first_of_role.size(); ++role) {
      as.first_of_role[role] = static_cast<std::uint32_t>(std::ranges::count_if(
          as.by_role, [role](const Neighbour& n) { return static_cast<std::size_t>(n.role) < role; }));
    }
  }
}

}  // namespace isthmus::testing::internet
