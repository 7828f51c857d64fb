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

RouterId TopologyBuilder::next_border(AsIndex as, std::uint16_t region) {
  const std::uint32_t index = out_.first_pop_[as] + pop_at(as, region);
  const Pop& pop = out_.pops_[index];
  return pop.first + pop.cores + turn_[index]++ % pop.borders;
}

void TopologyBuilder::place_exchange_ports() {
  for (std::uint32_t i = 0; i < graph_.exchanges.size(); ++i) {
    const Exchange& exchange = graph_.exchanges[i];
    const auto members = static_cast<std::uint32_t>(exchange.members.size());
    const AddressPlan::Lan lan = plan_.give_lan(i, members);
    out_.lans_.push_back(lan);
    std::vector<std::uint32_t> places(members);
    for (std::uint32_t k = 0; k < members; ++k) places[k] = k;
    random_.shuffle(places);
    auto& ports = out_.ports_.emplace_back();
    for (std::uint32_t k = 0; k < members; ++k) {
      const AsIndex member = exchange.members[k];
      const auto& regions = graph_.ases[member].regions;
      const bool in_town = std::ranges::find(regions, exchange.region) != regions.end();
      // The first addresses of a LAN belong to the exchange's own machines.
      ports.push_back({.member = member,
                       .router = next_border(member, in_town ? exchange.region : regions.front()),
                       .address = lan.first + 4 + places[k]});
    }
  }
}

const Port& TopologyBuilder::port(std::uint32_t exchange, AsIndex member) const {
  return *std::ranges::lower_bound(out_.ports_[exchange], member, {}, &Port::member);
}

void TopologyBuilder::place_links() {
  for (const Crossing& crossing : graph_.crossings) {
    if (crossing.exchange == kNone) {
      out_.links_.push_back(private_link(crossing));
      continue;
    }
    const Adjacency& adjacency = graph_.adjacencies[crossing.adjacency];
    const Port& a = port(crossing.exchange, adjacency.a);
    const Port& b = port(crossing.exchange, adjacency.b);
    out_.links_.push_back({.a = a.router,
                           .b = b.router,
                           .address_a = a.address,
                           .address_b = b.address,
                           .numbering = Numbering::exchange});
  }
}

Link TopologyBuilder::private_link(const Crossing& crossing) {
  const Adjacency& adjacency = graph_.adjacencies[crossing.adjacency];
  const AddressSettings& rates = settings_.addresses;
  const bool transit = adjacency.contract == Contract::transit;
  const double customer = transit ? rates.link_from_customer : 0;
  const double special[] = {1 - customer - rates.link_unannounced - rates.link_unregistered - rates.link_private,
                            customer, rates.link_unannounced, rates.link_unregistered, rates.link_private};
  Link link;
  link.numbering = static_cast<Numbering>(random_.weighted(special));
  link.a = next_border(adjacency.a, crossing.region_a);
  link.b = next_border(adjacency.b, crossing.region_b);
  const bool from_b = link.numbering == Numbering::customer || (!transit && random_.chance(0.5));
  const LinkAddresses addresses = plan_.link(from_b ? adjacency.b : adjacency.a, link.numbering);
  link.address_a = addresses.near;
  link.address_b = addresses.far;
  return link;
}

// Carriers give blocks to customers without an AS number, whose router then stands between them and the users.
void TopologyBuilder::place_customer_routers() {
  for (AsIndex as = 0; as < graph_.ases.size(); ++as) {
    if (graph_.ases[as].tier == Tier::stub) continue;
    for (const std::uint32_t network : plan_.blocks_of(as)) {
      if (!random_.chance(settings_.addresses.sub_allocated)) continue;
      const auto router = static_cast<RouterId>(out_.routers_.size());
      const RouterId access = out_.access_router(as, network);
      out_.routers_.push_back({.as = as, .pop = out_.routers_[access].pop, .station = Station::access, .loopback = 0});
      out_.customer_routers_.push_back({.network = network, .router = router});
      add_wire(access, router, Numbering::own);
    }
  }
  std::ranges::sort(out_.customer_routers_, {}, &Topology::CustomerRouter::network);
}

void TopologyBuilder::add_wire(RouterId x, RouterId y, Numbering numbering) {
  pairs_.push_back({x, y, plan_.link(out_.routers_[x].as, numbering)});
}

void TopologyBuilder::add_wires() {
  for (AsIndex as = 0; as < graph_.ases.size(); ++as) add_wires_of(as);
  std::vector<std::uint32_t> count(out_.routers_.size() + 1);
  for (const Pair& pair : pairs_) {
    ++count[pair.x + 1];
    ++count[pair.y + 1];
  }
  for (std::size_t i = 1; i < count.size(); ++i) count[i] += count[i - 1];
  out_.first_wire_ = count;
  out_.wires_.resize(count.back());
  for (const auto& [x, y, addresses] : pairs_) {
    out_.wires_[count[x]++] = {.far = y, .own = addresses.near, .other = addresses.far};
    out_.wires_[count[y]++] = {.far = x, .own = addresses.far, .other = addresses.near};
  }
}

// In a PoP: cores with everybody; without a core, borders with each other and with the access routers. Between PoPs
// that are next to each other: cores with cores.
void TopologyBuilder::add_wires_of(AsIndex as) {
  const bool hides = random_.chance(settings_.addresses.interior_private) && graph_.ases[as].tier != Tier::tier1;
  const Numbering numbering = hides ? Numbering::special : Numbering::own;
  const auto pops = out_.pops_of(as);
  for (const Pop& pop : pops) {
    const RouterId leaves = pop.first + pop.cores;
    const RouterId end = leaves + pop.borders + pop.access;
    const RouterId hubs_end = pop.cores > 0 ? leaves : leaves + pop.borders;
    for (RouterId hub = pop.first; hub < hubs_end; ++hub) {
      for (RouterId other = hub + 1; other < end; ++other) add_wire(hub, other, numbering);
    }
  }
  const std::size_t n = pops.size();
  for (std::uint16_t i = 0; i < n; ++i) {
    for (std::uint16_t j = static_cast<std::uint16_t>(i + 1); j < n; ++j) {
      if (out_.next_pop_[out_.first_cell_[as] + i * n + j] != j) continue;
      for (RouterId x = pops[i].first; x < pops[i].first + pops[i].cores; ++x) {
        for (RouterId y = pops[j].first; y < pops[j].first + pops[j].cores; ++y) add_wire(x, y, numbering);
      }
    }
  }
}

void TopologyBuilder::number_loopbacks() {
  for (Router& router : out_.routers_) router.loopback = plan_.loopback(router.as);
}

}  // namespace isthmus::testing::internet
