#include "support/internet/routes.hpp"

#include <algorithm>

namespace isthmus::testing::internet {
namespace {

// The class that a route has at the AS that learns it.
RouteClass class_of(Role exporter_is, RouteClass at_exporter) {
  switch (exporter_is) {
    case Role::customer: return RouteClass::customer;
    case Role::sibling: return at_exporter;
    case Role::peer: return RouteClass::peer;
    case Role::provider: return RouteClass::provider;
  }
  return RouteClass::none;
}

// The neighbours, beside siblings, that routes of a class come from.
Role role_of(RouteClass from) {
  switch (from) {
    case RouteClass::customer: return Role::customer;
    case RouteClass::peer: return Role::peer;
    case RouteClass::provider:
    case RouteClass::none: break;
  }
  return Role::provider;
}

}  // namespace

Preferences make_preferences(const Settings& settings, const AsGraph& graph) {
  Preferences result{.primary = std::vector<AsIndex>(graph.ases.size(), kNone),
                     .groups = std::vector<std::vector<AsIndex>>(graph.ases.size())};
  for (AsIndex as = 0; as < graph.ases.size(); ++as) {
    std::vector<AsIndex> providers;
    for (const Neighbour& neighbour : graph.ases[as].neighbours) {
      if (neighbour.role == Role::provider) providers.push_back(neighbour.as);
    }
    const std::uint64_t hash = hash_of(settings.seed, 0x7072696DU, as);
    if (providers.size() > 1 && happens(hash, settings.policy.primary)) {
      result.primary[as] = providers[below(mixed(hash), static_cast<std::uint32_t>(providers.size()))];
    }
    if (!result.groups[as].empty()) continue;
    std::vector<AsIndex> group{as};
    for (std::size_t i = 0; i < group.size(); ++i) {
      for (const Neighbour& neighbour : graph.ases[group[i]].neighbours) {
        const bool is_new = std::ranges::find(group, neighbour.as) == group.end();
        if (neighbour.role == Role::sibling && is_new) group.push_back(neighbour.as);
      }
    }
    if (group.size() == 1) continue;
    std::ranges::sort(group);
    for (const AsIndex member : group) result.groups[member] = group;
  }
  return result;
}

Routes::Routes(const AsGraph& graph, const Preferences& preferences)
    : graph_(graph), preferences_(preferences), labels_(graph.ases.size()), hops_of_(graph.ases.size()) {}

void Routes::compute(const Announcement& announcement, const Outages& outages) {
  announcement_ = &announcement;
  outages_ = &outages;
  ++epoch_;
  hops_.clear();
  climb();
}

bool Routes::is_origin(AsIndex as) const {
  return known(as) && labels_[as].route.from == RouteClass::customer && labels_[as].route.length == 0;
}

bool Routes::is_backup_needed(AsIndex origin, std::uint32_t adjacency) const {
  return std::ranges::all_of(graph_.ases[origin].neighbours, [&](const Neighbour& neighbour) {
    return neighbour.role != Role::provider || neighbour.adjacency == adjacency || is_down(neighbour.adjacency);
  });
}

// The length of the path that `from`, which has a route, offers over an adjacency; kNoWay when it does not.
std::uint16_t Routes::offer(AsIndex from, std::uint32_t adjacency) const {
  if (is_down(adjacency)) return kNoWay;
  const auto length = static_cast<std::uint16_t>(labels_[from].route.length + 1);
  if (length != 1) return length;
  const ExportRule* rule = announcement_->rule(adjacency);
  if (rule == nullptr) return length;
  if (rule->withheld || (rule->backup && !is_backup_needed(from, adjacency))) return kNoWay;
  return static_cast<std::uint16_t>(length + rule->prepend);
}

// Breadth first from the origins up to providers, and across to siblings.
void Routes::climb() {
  for (auto& level : queue_) level.clear();
  if (queue_.empty()) queue_.resize(1);
  for (const AsIndex origin : announcement_->origins) {
    // Nobody vouches for a customer's prefix while the link to the customer is down.
    const std::uint32_t to_holder = graph_.adjacency_between(origin, announcement_->origins.front());
    if (to_holder != kNone && is_down(to_holder)) continue;
    set(origin, RouteClass::customer, 0);
    queue_[0].push_back(origin);
  }
  for (std::size_t length = 0; length < queue_.size(); ++length) {
    for (std::size_t i = 0; i < queue_[length].size(); ++i) {
      const AsIndex as = queue_[length][i];
      if (labels_[as].route.length == length) climb_from(as);
    }
  }
}

void Routes::climb_from(AsIndex as) {
  for (const Role role : {Role::sibling, Role::provider}) {
    for (const Neighbour& neighbour : graph_.neighbours(as, role)) {
      const std::uint16_t length = offer(as, neighbour.adjacency);
      if (length == kNoWay || (known(neighbour.as) && labels_[neighbour.as].route.length <= length)) continue;
      set(neighbour.as, RouteClass::customer, length);
      if (queue_.size() <= length) queue_.resize(length + 1U);
      queue_[length].push_back(neighbour.as);
    }
  }
}

BestRoute Routes::route_of(AsIndex as) {
  if (!known(as)) solve(as);
  return labels_[as].route;
}

// The shortest path that neighbours outside the group of siblings offer.
std::uint16_t Routes::best_offer(AsIndex as, RouteClass from) {
  const Role role = from == RouteClass::peer ? Role::peer : Role::provider;
  std::uint16_t best = kNoWay;
  std::uint16_t best_of_primary = kNoWay;
  for (const Neighbour& neighbour : graph_.neighbours(as, role)) {
    // A peer passes on the routes of its customers only; those are all known since climb().
    const bool has = role == Role::peer
                         ? known(neighbour.as) && labels_[neighbour.as].route.from == RouteClass::customer
                         : route_of(neighbour.as).from != RouteClass::none;
    if (!has) continue;
    const std::uint16_t length = offer(neighbour.as, neighbour.adjacency);
    best = std::min(best, length);
    if (neighbour.as == preferences_.primary[as]) best_of_primary = length;
  }
  return best_of_primary != kNoWay ? best_of_primary : best;
}

void Routes::solve(AsIndex as) {
  for (const RouteClass from : {RouteClass::peer, RouteClass::provider}) {
    if (!preferences_.groups[as].empty()) {
      solve_group(as, from);
      if (known(as)) return;
      continue;
    }
    const std::uint16_t length = best_offer(as, from);
    if (length != kNoWay) return set(as, from, length);
  }
  set(as, RouteClass::none, 0);
}

// Siblings tell each other everything, so that a route of one is known to all that are connected to it.
void Routes::solve_group(AsIndex as, RouteClass from) {
  const std::vector<AsIndex>& group = preferences_.groups[as];
  std::vector<std::uint16_t> lengths;
  for (const AsIndex member : group) lengths.push_back(known(member) ? kNoWay : best_offer(member, from));
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (lengths[i] == kNoWay) continue;
      for (const Neighbour& neighbour : graph_.neighbours(group[i], Role::sibling)) {
        if (is_down(neighbour.adjacency) || known(neighbour.as)) continue;
        const auto j = static_cast<std::size_t>(std::ranges::lower_bound(group, neighbour.as) - group.begin());
        if (lengths[i] + 1 < lengths[j]) {
          lengths[j] = static_cast<std::uint16_t>(lengths[i] + 1);
          changed = true;
        }
      }
    }
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (lengths[i] != kNoWay) set(group[i], from, lengths[i]);
  }
}

// Appends the neighbours of one role that offer a route as good as the AS's own.
void Routes::add_hops(AsIndex as, Role role, const BestRoute& route) {
  for (const Neighbour& neighbour : graph_.neighbours(as, role)) {
    // climb() has found all routes that come from customers; groups of siblings are solved together.
    if (!known(neighbour.as) && role != Role::provider) continue;
    const BestRoute theirs = route_of(neighbour.as);
    if (theirs.from == RouteClass::none || class_of(role, theirs.from) != route.from) continue;
    const bool exported = theirs.from == RouteClass::customer || role == Role::provider || role == Role::sibling;
    if (exported && offer(neighbour.as, neighbour.adjacency) == route.length) hops_.push_back(neighbour);
  }
}

std::span<const Neighbour> Routes::next_hops(AsIndex as) {
  if (hops_of_[as].epoch != epoch_) {
    const BestRoute route = route_of(as);
    const auto first = static_cast<std::uint32_t>(hops_.size());
    if (route.from != RouteClass::none && route.length > 0) {
      add_hops(as, role_of(route.from), route);
      add_hops(as, Role::sibling, route);
    }
    // The preferred provider is the reason for the route where it has one of this length.
    const auto begin = hops_.begin() + first;
    const AsIndex primary = preferences_.primary[as];
    const auto preferred = std::find_if(begin, hops_.end(), [&](const Neighbour& n) { return n.as == primary; });
    if (route.from == RouteClass::provider && preferred != hops_.end()) {
      *begin = *preferred;
      hops_.resize(first + 1U);
    }
    hops_of_[as] = {epoch_, first, static_cast<std::uint32_t>(hops_.size()) - first};
  }
  return {hops_.data() + hops_of_[as].first, hops_of_[as].count};
}

}  // namespace isthmus::testing::internet
