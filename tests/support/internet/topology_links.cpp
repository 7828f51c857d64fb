// What connects routers: ports at exchanges, links between ASes, wires inside them, and all their addresses.

#include <algorithm>

#include "support/internet/topology_builder.hpp"

namespace isthmus::testing::internet {

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
