#include "support/internet/announcements.hpp"

#include <algorithm>

namespace isthmus::testing::internet {

const ExportRule* Announcement::rule(std::uint32_t adjacency) const {
  const auto found = std::ranges::lower_bound(rules, adjacency, {}, &ExportRule::adjacency);
  return found != rules.end() && found->adjacency == adjacency ? &*found : nullptr;
}

Announcements::Announcements(const Settings& settings, const AsGraph& graph, const AddressPlan& plan,
                             const Topology& topology)
    : settings_(settings), graph_(graph), plan_(plan), topology_(topology), random_(hash_of(settings.seed, 0x616E6EU)) {
  all_.resize(graph.ases.size());
  for (AsIndex as = 0; as < graph.ases.size(); ++as) set_defaults(as);
  announce_allocations();
  for (AsIndex as = 0; as < graph.ases.size(); ++as) add_blocks(as);
  first_block_.push_back(static_cast<std::uint32_t>(blocks_.size()));
}

std::span<const Block24> Announcements::blocks_of(AsIndex as) const {
  return {blocks_.data() + first_block_[as], first_block_[as + 1] - first_block_[as]};
}

bool Announcements::is_alive(std::uint32_t announcement, const Outages& outages) const {
  const Announcement& which = all_[announcement];
  return std::ranges::any_of(which.origins, [&](AsIndex origin) {
    const bool top = graph_.ases[origin].tier == Tier::tier1;
    return top || std::ranges::any_of(graph_.ases[origin].neighbours, [&](const Neighbour& neighbour) {
             const ExportRule* rule = which.rule(neighbour.adjacency);
             const bool tells_up = neighbour.role == Role::provider || neighbour.role == Role::sibling;
             return tells_up && !outages[neighbour.adjacency] && (rule == nullptr || !rule->withheld);
           });
  });
}

std::vector<std::uint32_t> Announcements::providers_of(AsIndex as) const {
  std::vector<std::uint32_t> adjacencies;
  for (const Neighbour& neighbour : graph_.ases[as].neighbours) {
    if (neighbour.role == Role::provider) adjacencies.push_back(neighbour.adjacency);
  }
  return adjacencies;
}

std::uint32_t Announcements::add(Announcement announcement) {
  std::ranges::sort(announcement.rules, {}, &ExportRule::adjacency);
  all_.push_back(std::move(announcement));
  return static_cast<std::uint32_t>(all_.size() - 1);
}

void Announcements::set_defaults(AsIndex as) {
  Announcement& own = all_[as];
  own.origins = {as};
  std::vector<std::uint32_t> providers = providers_of(as);
  if (providers.size() < 2) return;
  random_.shuffle(providers);
  if (random_.chance(settings_.policy.backup)) {
    own.rules.push_back({.adjacency = providers[0], .backup = true});
  } else if (random_.chance(settings_.policy.prepend)) {
    own.rules.push_back({.adjacency = providers[0], .prepend = static_cast<std::uint8_t>(random_.between(1, 3))});
  }
}

void Announcements::announce_allocations() {
  for (const Allocation& allocation : plan_.allocations()) {
    if (!allocation.announced || allocation.holder == kNone) continue;
    routes_.push_back({.first = allocation.first, .length = allocation.length, .announcement = allocation.holder});
  }
}

// To a part of the providers, mostly one.
std::uint32_t Announcements::selective_announcement(AsIndex as) {
  std::vector<std::uint32_t> providers = providers_of(as);
  random_.shuffle(providers);
  const auto most = static_cast<std::uint32_t>(providers.size() - 1);
  const std::uint32_t kept = random_.chance(0.75) ? 1 : random_.between(1, most);
  Announcement announcement{.origins = {as}, .rules = {}};
  for (std::size_t i = kept; i < providers.size(); ++i) {
    announcement.rules.push_back({.adjacency = providers[i], .withheld = true});
  }
  std::ranges::sort(announcement.rules, {}, &ExportRule::adjacency);
  // Blocks that are treated alike share one.
  for (std::size_t i = first_of_as_; i < all_.size(); ++i) {
    if (all_[i] == announcement) return static_cast<std::uint32_t>(i);
  }
  return add(std::move(announcement));
}

std::uint32_t Announcements::with_second_origin(AsIndex as, AsIndex other) {
  Announcement announcement = all_[as];
  announcement.origins.push_back(other);
  return add(std::move(announcement));
}

void Announcements::announce_provider_space(AsIndex as) {
  const AsIndex provider = plan_.numbered_from(as);
  const bool announced = random_.chance(settings_.addresses.provider_space_announced);
  for (const std::uint32_t network : plan_.blocks_of(as)) {
    Block24 block{.network = network, .holder = as, .announcement = provider, .fallback = kNone, .traits = {}};
    block.traits.provider_space = true;
    block.traits.holder_silent = !announced;
    if (announced) {
      block.announcement = as;
      block.fallback = provider;
      routes_.push_back({.first = network, .length = 24, .announcement = as});
    }
    blocks_.push_back(block);
  }
}

void Announcements::add_blocks(AsIndex as) {
  first_block_.push_back(static_cast<std::uint32_t>(blocks_.size()));
  first_of_as_ = all_.size();
  if (plan_.numbered_from(as) != kNone) return announce_provider_space(as);
  const auto& neighbours = graph_.ases[as].neighbours;
  const auto find_role = [&](Role role) {
    const auto found = std::ranges::find(neighbours, role, &Neighbour::role);
    return found == neighbours.end() ? kNone : found->as;
  };
  BlockTraits traits;
  std::uint32_t whole = as;
  const AsIndex provider = find_role(Role::provider);
  const AsIndex sibling = find_role(Role::sibling);
  if (graph_.ases[as].tier == Tier::stub && provider != kNone && random_.chance(settings_.addresses.dual_origin)) {
    traits.dual_origin = true;
    whole = with_second_origin(as, provider);
  } else if (sibling != kNone && random_.chance(settings_.addresses.sibling_origin)) {
    traits.sibling_origin = true;
    whole = with_second_origin(as, sibling);
  }
  const bool selective = providers_of(as).size() > 1 && random_.chance(settings_.policy.selective);
  for (const std::uint32_t network : plan_.blocks_of(as)) {
    Block24 block{.network = network, .holder = as, .announcement = whole, .fallback = kNone, .traits = traits};
    block.traits.leased = plan_.is_leased(network);
    block.traits.sub_allocated = topology_.customer_router(network) != kNone;
    if (selective && random_.chance(0.6)) {
      block.announcement = selective_announcement(as);
      block.fallback = block.traits.leased ? kNone : whole;
      block.traits.selective = true;
    }
    if (block.traits.leased || block.traits.selective) {
      routes_.push_back({.first = network, .length = 24, .announcement = block.announcement});
    }
    blocks_.push_back(block);
  }
  if (whole == as) return;
  for (Route& route : routes_) {
    if (route.announcement == as && route.length < 24) route.announcement = whole;
  }
}

}  // namespace isthmus::testing::internet
