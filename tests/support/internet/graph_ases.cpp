// Who exists: regions on a map, ASes with their tier, number, name and PoPs.

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_set>

#include "support/internet/graph_builder.hpp"

namespace isthmus::testing::internet {
namespace {

// Rough centres of the continents and how far their cities spread, in units of 100 km.
struct Continent {
  const char* name;
  std::int32_t x, y, spread;
};
constexpr std::array<Continent, 5> kContinents{{{"europe", 100, 60, 12},
                                                {"america", 30, 55, 22},
                                                {"asia", 160, 48, 20},
                                                {"south", 50, 20, 16},
                                                {"africa", 105, 30, 20}}};
// Where ASes are, roughly by the members of the five registries.
constexpr std::array<double, 5> kWeights{0.36, 0.24, 0.20, 0.14, 0.06};

// Numbers that name no public network: AS_TRANS (RFC 6793), documentation and private ranges (RFC 5398, RFC 6996).
bool is_usable(std::uint32_t number) {
  return number != 0 && number != 23456 && (number < 64000 || (number >= 131072 && number < 402000));
}

}  // namespace

GraphBuilder::GraphBuilder(const Settings& settings)
    : settings_(settings), random_(hash_of(settings.seed, 0x6772617068U)) {}

AsGraph GraphBuilder::build() {
  add_regions();
  add_ases();
  number_ases();
  add_transit();
  add_siblings();
  add_clique();
  add_private_peerings();
  add_exchanges();
  add_crossings();
  list_neighbours();
  return std::move(graph_);
}

void GraphBuilder::add_regions() {
  std::array<std::uint32_t, kContinents.size()> count{};
  for (std::uint32_t i = 0; i < settings_.graph.regions; ++i) {
    // The first city of each continent exists whatever the weights draw.
    const std::size_t which = i < kContinents.size() ? i : random_.weighted(kWeights);
    const Continent& continent = kContinents[which];
    const auto offset = [&] {
      return static_cast<std::int32_t>(random_.below(static_cast<std::uint32_t>(2 * continent.spread + 1))) -
             continent.spread;
    };
    Region region;
    region.name = std::string(continent.name) + "-" + std::to_string(++count[which]);
    region.x = continent.x + offset();
    region.y = continent.y + offset();
    graph_.regions.push_back(std::move(region));
  }
}

void GraphBuilder::add_ases() {
  const std::uint32_t total = settings_.graph.ases;
  // The clique of the real internet has 12 to 20 members, whatever the number of stubs.
  const std::uint32_t tier1 = std::clamp(total / 150, 5U, 16U);
  const auto transit = static_cast<std::uint32_t>(settings_.graph.transit_share * total);
  const auto regional = static_cast<std::uint32_t>(settings_.graph.regional_share * total);
  graph_.ases.resize(total);
  providers_.resize(total);
  group_.resize(total);
  group_members_.resize(total);
  for (AsIndex i = 0; i < total; ++i) {
    As& as = graph_.ases[i];
    as.tier = i < tier1                        ? Tier::tier1
              : i < tier1 + transit            ? Tier::transit
              : i < tier1 + transit + regional ? Tier::regional
                                               : Tier::stub;
    as.organisation = i;
    group_[i] = i;
    group_members_[i] = {i};
    place(i);
  }
}

void GraphBuilder::place(AsIndex index) {
  As& as = graph_.ases[index];
  const auto regions = static_cast<std::uint32_t>(graph_.regions.size());
  std::uint32_t count = 1;
  switch (as.tier) {
    case Tier::tier1: count = std::max(4U, regions * random_.between(60, 95) / 100); break;
    case Tier::transit: count = random_.between(2, 6); break;
    case Tier::regional: count = random_.chance(0.4) ? 2 : 1; break;
    case Tier::stub: count = random_.chance(0.08) ? 2 : 1; break;
  }
  const auto home = static_cast<std::uint16_t>(random_.below(regions));
  // A network grows into the regions next to its home, with leaps.
  std::vector<std::uint16_t> others;
  for (std::uint16_t r = 0; r < regions; ++r) {
    if (r != home) others.push_back(r);
  }
  std::ranges::stable_sort(others, {}, [&](std::uint16_t r) { return graph_.delay_us(home, r); });
  as.regions.push_back(home);
  while (as.regions.size() < std::min(count, regions)) {
    const auto left = static_cast<std::uint32_t>(others.size());
    const std::uint32_t which = random_.chance(0.3) ? random_.below(left) : random_.below(std::min(left, 3U));
    as.regions.push_back(others[which]);
    others.erase(others.begin() + which);
  }
}

void GraphBuilder::number_ases() {
  std::unordered_set<std::uint32_t> used;
  const auto draw = [&](std::uint32_t low, std::uint32_t high) {
    for (;;) {
      const std::uint32_t number = random_.between(low, high);
      if (is_usable(number) && used.insert(number).second) return Asn{number};
    }
  };
  for (As& as : graph_.ases) {
    // Old networks have low numbers.
    as.asn = as.tier == Tier::tier1     ? draw(100, 7100)
             : as.tier == Tier::transit ? draw(1000, 40000)
             : random_.chance(0.5)      ? draw(3000, 63999)
                                        : draw(131072, 401999);
    as.name = std::string(to_string(as.tier)) + "-" + graph_.regions[as.regions.front()].name + "-" + to_string(as.asn);
    const double policies[] = {as.tier == Tier::stub ? 0.6 : 0.45, 0.35, 0.1};
    as.policy = as.tier == Tier::tier1     ? PeeringPolicy::restrictive
                : as.tier == Tier::transit ? PeeringPolicy::selective
                                           : static_cast<PeeringPolicy>(random_.weighted(policies));
  }
  const std::uint32_t exchanges = settings_.graph.exchanges;
  for (std::uint32_t i = 0; i < exchanges; ++i) {
    Exchange exchange;
    // The first ones stand where the most networks are, the rest anywhere.
    exchange.region = static_cast<std::uint16_t>(
        i < graph_.regions.size() ? i : random_.below(static_cast<std::uint32_t>(graph_.regions.size())));
    exchange.name = "IX-" + graph_.regions[exchange.region].name + "-" + std::to_string(i + 1);
    exchange.asn = draw(5000, 63999);
    graph_.exchanges.push_back(std::move(exchange));
  }
}

void GraphBuilder::connect(AsIndex a, AsIndex b, Contract contract) {
  const std::uint64_t key = (std::uint64_t{std::min(a, b)} << 32) | std::max(a, b);
  if (a == b || !pairs_.emplace(key, static_cast<std::uint32_t>(graph_.adjacencies.size())).second) return;
  graph_.adjacencies.push_back({.a = a, .b = b, .contract = contract, .first_crossing = 0, .crossings = 0});
}

// The adjacency itself goes with forget_disconnected().
void GraphBuilder::disconnect(AsIndex a, AsIndex b) {
  graph_.adjacencies[find(a, b)].a = kNone;
  pairs_.erase((std::uint64_t{std::min(a, b)} << 32) | std::max(a, b));
}

void GraphBuilder::forget_disconnected() {
  std::vector<Adjacency> old;
  old.swap(graph_.adjacencies);
  pairs_.clear();
  for (const Adjacency& adjacency : old) {
    if (adjacency.a != kNone) connect(adjacency.a, adjacency.b, adjacency.contract);
  }
}

std::uint32_t GraphBuilder::find(AsIndex a, AsIndex b) const {
  const auto found = pairs_.find((std::uint64_t{std::min(a, b)} << 32) | std::max(a, b));
  return found == pairs_.end() ? kNone : found->second;
}

std::vector<std::uint16_t> GraphBuilder::common_regions(AsIndex a, AsIndex b) const {
  std::vector<std::uint16_t> common;
  const auto& others = graph_.ases[b].regions;
  std::ranges::copy_if(graph_.ases[a].regions, std::back_inserter(common),
                       [&](std::uint16_t r) { return std::ranges::find(others, r) != others.end(); });
  return common;
}

}  // namespace isthmus::testing::internet
