#include "support/internet/topology_builder.hpp"

#include <algorithm>
#include <limits>

namespace isthmus::testing::internet {
namespace {

// Links that a border router takes before there is another one in the PoP.
constexpr std::uint32_t kLinksOfBorder = 12;
constexpr std::uint32_t kMostBorders = 8;

}  // namespace

TopologyBuilder::TopologyBuilder(const Settings& settings, AddressPlan& plan, Topology& topology)
    : settings_(settings),
      plan_(plan),
      out_(topology),
      graph_(topology.graph_),
      random_(hash_of(settings.seed, 0x726F7574U)) {}

void TopologyBuilder::build() {
  count_crossings();
  place_routers();
  place_exchange_ports();
  place_links();
  place_customer_routers();
  add_wires();
  number_loopbacks();
}

std::uint16_t TopologyBuilder::pop_at(AsIndex as, std::uint16_t region) const {
  const auto& regions = graph_.ases[as].regions;
  return static_cast<std::uint16_t>(std::ranges::find(regions, region) - regions.begin());
}

void TopologyBuilder::count_crossings() {
  out_.first_pop_.push_back(0);
  for (const As& as : graph_.ases) {
    out_.first_pop_.push_back(out_.first_pop_.back() + static_cast<std::uint32_t>(as.regions.size()));
  }
  crossings_at_.resize(out_.first_pop_.back());
  turn_.resize(out_.first_pop_.back());
  for (const Crossing& crossing : graph_.crossings) {
    if (crossing.exchange != kNone) continue;
    const auto& [a, b, contract, first, count] = graph_.adjacencies[crossing.adjacency];
    ++crossings_at_[out_.first_pop_[a] + pop_at(a, crossing.region_a)];
    ++crossings_at_[out_.first_pop_[b] + pop_at(b, crossing.region_b)];
  }
  for (const Exchange& exchange : graph_.exchanges) {
    for (const AsIndex member : exchange.members) {
      const std::uint16_t pop = pop_at(member, exchange.region);
      ++crossings_at_[out_.first_pop_[member] + (pop < graph_.ases[member].regions.size() ? pop : 0)];
    }
  }
}

Pop TopologyBuilder::lay_out(AsIndex index, std::uint16_t pop) {
  const As& as = graph_.ases[index];
  const std::uint32_t links = crossings_at_[out_.first_pop_[index] + pop];
  const auto borders = std::clamp((links + kLinksOfBorder - 1) / kLinksOfBorder, 1U, kMostBorders);
  Pop result;
  result.first = static_cast<RouterId>(out_.routers_.size());
  result.borders = static_cast<std::uint8_t>(borders);
  const bool alone = as.regions.size() == 1;
  switch (as.tier) {
    case Tier::tier1:
    case Tier::transit:
      result.cores = out_.balances_[index] ? 2 : 1;
      result.borders = static_cast<std::uint8_t>(std::max(2U, borders));
      result.access = static_cast<std::uint8_t>(random_.between(1, 2));
      break;
    case Tier::regional:
      if (alone && random_.chance(settings_.routers.single_router_regional)) break;
      result.cores = out_.balances_[index] ? 2 : 1;
      result.access = static_cast<std::uint8_t>(random_.between(1, 2));
      break;
    case Tier::stub:
      if (alone && random_.chance(settings_.routers.single_router_stub)) break;
      if (links > 1 && random_.chance(0.6)) result.borders = 2;
      result.cores = !alone || random_.chance(0.4) ? 1 : 0;
      if (result.cores == 1 && out_.balances_[index]) result.cores = 2;
      result.access = static_cast<std::uint8_t>(random_.between(1, 2));
      break;
  }
  return result;
}

void TopologyBuilder::place_routers() {
  for (AsIndex i = 0; i < graph_.ases.size(); ++i) {
    out_.balances_.push_back(random_.chance(settings_.routers.balances));
    for (std::uint16_t p = 0; p < graph_.ases[i].regions.size(); ++p) {
      const Pop pop = lay_out(i, p);
      out_.pops_.push_back(pop);
      const auto add = [&](int count, Station station) {
        for (int k = 0; k < count; ++k) {
          out_.routers_.push_back({.as = i, .pop = p, .station = station, .loopback = 0});
        }
      };
      add(pop.cores, Station::core);
      add(pop.borders, Station::border);
      add(pop.access, Station::access);
    }
    route_pops(i);
  }
}

// A tree in which each PoP hangs on the nearest earlier one, and a few shortcuts; shortest paths over it.
void TopologyBuilder::route_pops(AsIndex index) {
  const auto& regions = graph_.ases[index].regions;
  const std::size_t n = regions.size();
  constexpr std::uint32_t kFar = std::numeric_limits<std::uint32_t>::max() / 4;
  std::vector<std::uint32_t> distance(n * n, kFar);
  std::vector<std::uint16_t> next(n * n, 0);
  const auto lay = [&](std::size_t i, std::size_t j) {
    distance[i * n + j] = distance[j * n + i] = graph_.delay_us(regions[i], regions[j]);
    next[i * n + j] = static_cast<std::uint16_t>(j);
    next[j * n + i] = static_cast<std::uint16_t>(i);
  };
  for (std::size_t i = 0; i < n; ++i) {
    distance[i * n + i] = 0;
    next[i * n + i] = static_cast<std::uint16_t>(i);
    if (i == 0) continue;
    std::size_t near = 0;
    for (std::size_t j = 1; j < i; ++j) {
      if (graph_.delay_us(regions[i], regions[j]) < graph_.delay_us(regions[i], regions[near])) near = j;
    }
    lay(i, near);
    const std::size_t other = random_.below(static_cast<std::uint32_t>(i));
    if (other != near && random_.chance(0.6)) lay(i, other);
  }
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        const std::uint32_t through = distance[i * n + k] + distance[k * n + j];
        if (through < distance[i * n + j]) {
          distance[i * n + j] = through;
          next[i * n + j] = next[i * n + k];
        }
      }
    }
  }
  out_.first_cell_.push_back(static_cast<std::uint32_t>(out_.distance_.size()));
  out_.distance_.insert(out_.distance_.end(), distance.begin(), distance.end());
  out_.next_pop_.insert(out_.next_pop_.end(), next.begin(), next.end());
}

}  // namespace isthmus::testing::internet
