// Who peers: the clique of the first tier, private peerings, and what comes about at exchanges.

#include <algorithm>

#include "support/internet/graph_builder.hpp"

namespace isthmus::testing::internet {
namespace {

// How likely two members of an exchange peer there. Two open ones meet at the route servers, unless one of them
// leaves the other out.
double peering_chance(PeeringPolicy x, PeeringPolicy y) {
  if (x == PeeringPolicy::restrictive || y == PeeringPolicy::restrictive) return 0.01;
  if (x == PeeringPolicy::open && y == PeeringPolicy::open) return 0.75;
  if (x == PeeringPolicy::selective && y == PeeringPolicy::selective) return 0.12;
  return 0.3;
}

}  // namespace

void GraphBuilder::add_clique() {
  for (AsIndex a = 0; graph_.ases[a].tier == Tier::tier1; ++a) {
    for (AsIndex b = a + 1; graph_.ases[b].tier == Tier::tier1; ++b) connect(a, b, Contract::peering);
  }
}

void GraphBuilder::add_private_peerings() {
  const auto stubs = static_cast<AsIndex>(std::ranges::find(graph_.ases, Tier::stub, &As::tier) - graph_.ases.begin());
  for (AsIndex a = 0; a < stubs; ++a) {
    for (AsIndex b = a + 1; b < stubs; ++b) {
      const Tier upper = graph_.ases[a].tier;
      const Tier lower = graph_.ases[b].tier;
      double chance = 0;
      if (upper == Tier::tier1 && lower == Tier::transit) chance = 0.04;
      if (upper == Tier::transit && lower == Tier::transit) chance = 0.25;
      if (upper == Tier::transit && lower == Tier::regional) chance = 0.03;
      if (upper == Tier::regional) chance = 0.04;
      if (random_.chance(chance) && group_[a] != group_[b] && !common_regions(a, b).empty()) {
        connect(a, b, Contract::peering);
      }
    }
  }
}

void GraphBuilder::add_exchanges() {
  std::vector<std::vector<std::uint32_t>> by_region(graph_.regions.size());
  for (std::uint32_t i = 0; i < graph_.exchanges.size(); ++i) by_region[graph_.exchanges[i].region].push_back(i);
  for (AsIndex as = 0; as < graph_.ases.size(); ++as) join_exchanges(as, by_region);
  for (std::uint32_t i = 0; i < graph_.exchanges.size(); ++i) peer_at(i);
}

// An AS joins exchanges where it has a PoP, rather large ones; a few reach far ones by remote peering.
void GraphBuilder::join_exchanges(AsIndex index, const std::vector<std::vector<std::uint32_t>>& by_region) {
  As& as = graph_.ases[index];
  const double joins = as.tier == Tier::tier1      ? 0.15
                       : as.tier == Tier::transit  ? 0.7
                       : as.tier == Tier::regional ? 0.6
                                                   : 0.16;
  for (const std::uint16_t region : as.regions) {
    if (by_region[region].empty() || !random_.chance(joins)) continue;
    std::vector<double> sizes;
    for (const std::uint32_t exchange : by_region[region]) {
      sizes.push_back(3.0 + static_cast<double>(graph_.exchanges[exchange].members.size()));
    }
    as.exchanges.push_back(by_region[region][random_.weighted(sizes)]);
  }
  if (!graph_.exchanges.empty() && random_.chance(0.02)) {
    const std::uint32_t far = random_.below(static_cast<std::uint32_t>(graph_.exchanges.size()));
    if (std::ranges::find(as.exchanges, far) == as.exchanges.end()) as.exchanges.push_back(far);
  }
  for (const std::uint32_t exchange : as.exchanges) graph_.exchanges[exchange].members.push_back(index);
}

void GraphBuilder::peer_at(std::uint32_t exchange) {
  const auto& members = graph_.exchanges[exchange].members;
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (std::size_t j = i + 1; j < members.size(); ++j) {
      const AsIndex a = members[i];
      const AsIndex b = members[j];
      if (!random_.chance(peering_chance(graph_.ases[a].policy, graph_.ases[b].policy))) continue;
      if (group_[a] == group_[b]) continue;
      connect(a, b, Contract::peering);
      const std::uint32_t adjacency = find(a, b);
      if (graph_.adjacencies[adjacency].contract != Contract::peering) continue;
      meetings_.resize(graph_.adjacencies.size());
      meetings_[adjacency].push_back(exchange);
    }
  }
}

}  // namespace isthmus::testing::internet
