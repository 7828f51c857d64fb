// Who buys transit from whom, by preferential attachment (Barabási and Albert 1999), and who belongs together.

#include <algorithm>

#include "support/internet/graph_builder.hpp"

namespace isthmus::testing::internet {
namespace {

// How often a seller without customers stands in the list of each of its regions. The more networks there are, the
// better known are the large ones when the small ones come, so that paths hardly grow.
std::uint32_t tickets_to_begin_with(Tier tier, std::uint32_t ases) {
  return 2 + (tier == Tier::tier1 ? ases / 500 : tier == Tier::transit ? ases / 2000 : 0);
}

// Each draw makes two ASes one organisation; some join one that has several already, and the largest draw nobody.
constexpr double kDrawsForSibling = 0.62;

}  // namespace

void GraphBuilder::add_transit() {
  sellers_.resize(graph_.regions.size());
  for (AsIndex i = 0; i < graph_.ases.size(); ++i) {
    const As& as = graph_.ases[i];
    if (as.tier != Tier::tier1) choose_providers(i);
    if (as.tier == Tier::stub) continue;
    const std::uint32_t tickets = tickets_to_begin_with(as.tier, settings_.graph.ases);
    for (const std::uint16_t region : as.regions) sellers_[region].insert(sellers_[region].end(), tickets, i);
  }
}

void GraphBuilder::choose_providers(AsIndex customer) {
  const As& as = graph_.ases[customer];
  std::uint32_t wanted = 0;
  if (as.tier == Tier::stub) {
    const double rest = 1 - settings_.graph.single_homed_stub;
    const double shares[] = {settings_.graph.single_homed_stub, rest * 0.68, rest * 0.24, rest * 0.08};
    wanted = 1 + static_cast<std::uint32_t>(random_.weighted(shares));
  } else {
    const double shares[] = {0.15, 0.4, 0.3, 0.15};
    wanted = 1 + static_cast<std::uint32_t>(random_.weighted(shares));
    if (as.tier == Tier::transit) wanted = std::max(wanted, 2U);
  }
  auto& chosen = providers_[customer];
  // A region may have fewer sellers than that.
  for (int attempt = 0; attempt < 20 && chosen.size() < wanted; ++attempt) {
    const AsIndex provider = draw_provider(customer);
    if (std::ranges::find(chosen, provider) == chosen.end()) chosen.push_back(provider);
  }
  for (const AsIndex provider : chosen) {
    connect(provider, customer, Contract::transit);
    const auto& at = graph_.ases[provider].regions;
    const std::uint16_t home = as.regions.front();
    sellers_[std::ranges::find(at, home) != at.end() ? home : at.front()].push_back(provider);
  }
}

AsIndex GraphBuilder::draw_provider(AsIndex customer) {
  const As& as = graph_.ases[customer];
  const auto anywhere = static_cast<std::uint32_t>(graph_.regions.size());
  for (int attempt = 0; attempt < 50; ++attempt) {
    const std::uint16_t region = random_.chance(settings_.graph.remote_provider)
                                     ? static_cast<std::uint16_t>(random_.below(anywhere))
                                     : random_.pick(as.regions);
    if (sellers_[region].empty()) continue;
    return random_.pick(sellers_[region]);
  }
  return 0;  // No seller anywhere near: the first of the clique sells everywhere.
}

// Whether transit between groups of connected siblings has no cycle once these two are one: walking up from either
// must not come back to it through somebody else.
bool GraphBuilder::stays_acyclic(AsIndex x, AsIndex y) const {
  const std::uint32_t gx = group_[x];
  const std::uint32_t gy = group_[y];
  std::vector<bool> seen(graph_.ases.size(), false);
  std::vector<std::uint32_t> todo;
  bool back = false;
  const auto climb = [&](std::uint32_t group) {
    for (const AsIndex member : group_members_[group]) {
      for (const AsIndex provider : providers_[member]) {
        const std::uint32_t above = group_[provider];
        if (above == gx || above == gy) {
          // Direct transit between the two becomes part of their being siblings.
          if (group != gx && group != gy) back = true;
        } else if (!seen[above]) {
          seen[above] = true;
          todo.push_back(above);
        }
      }
    }
  };
  climb(gx);
  climb(gy);
  while (!todo.empty() && !back) {
    const std::uint32_t group = todo.back();
    todo.pop_back();
    climb(group);
  }
  return !back;
}

void GraphBuilder::merge_groups(AsIndex x, AsIndex y) {
  auto& from = group_members_[group_[x]];
  const std::uint32_t to = group_[y];
  const std::vector<AsIndex> moved = std::move(from);
  from.clear();
  for (const AsIndex member : moved) {
    group_[member] = to;
    group_members_[to].push_back(member);
  }
}

// Nobody pays within a group of connected siblings.
void GraphBuilder::forgive_transit_within(std::uint32_t group) {
  for (const AsIndex member : group_members_[group]) {
    std::erase_if(providers_[member], [&](AsIndex provider) {
      if (group_[provider] != group) return false;
      graph_.adjacencies[find(member, provider)].contract = Contract::sibling;
      return true;
    });
  }
}

void GraphBuilder::add_siblings() {
  const auto first =
      static_cast<AsIndex>(std::ranges::find(graph_.ases, Tier::regional, &As::tier) - graph_.ases.begin());
  const auto count = static_cast<std::uint32_t>(graph_.ases.size());
  for (AsIndex child = first; child < count; ++child) {
    if (!random_.chance(settings_.graph.sibling_share * kDrawsForSibling)) continue;
    for (int attempt = 0; attempt < 30; ++attempt) {
      const AsIndex parent = random_.below(child);
      if (graph_.ases[parent].tier == Tier::tier1) continue;
      if (common_regions(child, parent).empty() || graph_.same_organisation(child, parent)) continue;
      join(child, parent);
      break;
    }
  }
  forget_disconnected();
}

void GraphBuilder::join(AsIndex child, AsIndex parent) {
  const std::uint32_t from = std::max(graph_.ases[child].organisation, graph_.ases[parent].organisation);
  const std::uint32_t to = std::min(graph_.ases[child].organisation, graph_.ases[parent].organisation);
  for (As& as : graph_.ases) {
    if (as.organisation == from) as.organisation = to;
  }
  if (!random_.chance(settings_.graph.sibling_linked) || !stays_acyclic(child, parent)) return;
  connect(parent, child, Contract::sibling);
  if (group_[child] != group_[parent]) merge_groups(child, parent);
  forgive_transit_within(group_[parent]);
  if (!random_.chance(settings_.graph.sibling_only)) return;
  for (const AsIndex provider : providers_[child]) disconnect(child, provider);
  providers_[child].clear();
}

}  // namespace isthmus::testing::internet
