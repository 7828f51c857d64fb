#include "support/internet/as_graph.hpp"

#include <algorithm>

#include "support/internet/graph_builder.hpp"

namespace isthmus::testing::internet {

const char* to_string(Tier tier) {
  switch (tier) {
    case Tier::tier1: return "tier1";
    case Tier::transit: return "transit";
    case Tier::regional: return "regional";
    case Tier::stub: return "stub";
  }
  return "stub";
}

const Neighbour* AsGraph::neighbour(AsIndex of, AsIndex other) const {
  const auto& list = ases[of].neighbours;
  const auto found = std::ranges::lower_bound(list, other, {}, &Neighbour::as);
  return found != list.end() && found->as == other ? &*found : nullptr;
}

std::uint32_t AsGraph::adjacency_between(AsIndex x, AsIndex y) const {
  const Neighbour* found = neighbour(x, y);
  return found == nullptr ? kNone : found->adjacency;
}

std::span<const Neighbour> AsGraph::neighbours(AsIndex of, Role role) const {
  const As& as = ases[of];
  const auto index = static_cast<std::size_t>(role);
  return {as.by_role.data() + as.first_of_role[index], as.first_of_role[index + 1] - as.first_of_role[index]};
}

std::span<const Crossing> AsGraph::crossings_of(std::uint32_t adjacency) const {
  const Adjacency& which = adjacencies[adjacency];
  return {crossings.data() + which.first_crossing, which.crossings};
}

namespace {

// Rounded down; Newton's method on integers, so that every machine agrees.
std::uint32_t square_root(std::uint32_t n) {
  if (n < 2) return n;
  std::uint32_t x = n;
  for (std::uint32_t y = (x + 1) / 2; y < x; y = (x + n / x) / 2) x = y;
  return x;
}

}  // namespace

std::uint32_t AsGraph::delay_us(std::uint16_t from, std::uint16_t to) const {
  // 5 us/km in fibre, and cables 1.3 times as long as the straight line: 650 us for each 100 km; 150 us in town.
  const std::int32_t dx = regions[from].x - regions[to].x;
  const std::int32_t dy = regions[from].y - regions[to].y;
  return 150 + 65 * square_root(static_cast<std::uint32_t>((dx * dx + dy * dy) * 100));
}

AsGraph build_graph(const Settings& settings) { return GraphBuilder(settings).build(); }

}  // namespace isthmus::testing::internet
