#include "support/internet/public_data.hpp"

#include <algorithm>

namespace isthmus::testing::internet {
namespace {

class Publisher {
 public:
  explicit Publisher(const Internet& internet)
      : internet_(internet),
        rates_(internet.settings().data),
        random_(hash_of(internet.settings().seed, 0x7075626CU)) {}

  PublicData publish() {
    draw_handles();
    list_prefixes();
    list_exchange_prefixes();
    list_registry();
    list_relationships();
    list_organisations();
    list_exchanges();
    return std::move(out_);
  }

 private:
  [[nodiscard]] Asn stranger() {
    return internet_.asn(random_.below(static_cast<std::uint32_t>(internet_.graph().ases.size())));
  }

  // The name of its holder in the registries; siblings whose names differ are strangers to whoever reads them.
  void draw_handles() {
    const auto& ases = internet_.graph().ases;
    holders_.resize(ases.size());
    for (AsIndex as = 0; as < ases.size(); ++as) {
      const AsIndex handle = random_.chance(rates_.sibling_missing) ? as : ases[as].organisation;
      handles_.push_back(handle);
      holders_[handle].push_back(internet_.asn(as));
    }
  }

  void list_prefixes() {
    const Outages outages = internet_.timeline().outages_at(internet_.settings().changes.begin);
    for (const Route& route : internet_.announcements().routes()) {
      if (!internet_.announcements().is_alive(route.announcement, outages)) continue;
      if (random_.chance(rates_.prefix_missing)) continue;
      PrefixRecord record{.first = route.first, .length = route.length, .origins = {}};
      for (const AsIndex origin : internet_.announcements().all()[route.announcement].origins) {
        record.origins.push_back(internet_.asn(origin));
      }
      random_.shuffle(record.origins);  // Whichever more peers of the collectors prefer comes first.
      if (random_.chance(rates_.prefix_stale)) record.origins = {stranger()};
      if (random_.chance(rates_.prefix_second_origin)) record.origins.push_back(stranger());
      if (route.length < 24 && random_.chance(rates_.prefix_leaked)) {
        const std::uint32_t which = random_.below(1U << (24 - route.length));
        out_.prefixes.push_back({.first = route.first + which * 256, .length = 24, .origins = {stranger()}});
      }
      out_.prefixes.push_back(std::move(record));
    }
    constexpr std::uint32_t kBogons[] = {0x0A000000, 0xAC100000, 0xC0A80000, 0x64400000};
    for (std::uint32_t i = 0; i < rates_.bogons; ++i) {
      const std::uint32_t first = kBogons[i % 4] + random_.below(256) * 256;
      out_.prefixes.push_back({.first = first, .length = 24, .origins = {stranger()}});
    }
  }

  // LANs should not be in the global table; some leak out, through a member or under the exchange's own number.
  void list_exchange_prefixes() {
    for (const Allocation& allocation : internet_.plan().allocations()) {
      if (allocation.exchange == kNone || !random_.chance(rates_.lan_announced)) continue;
      const Exchange& exchange = internet_.graph().exchanges[allocation.exchange];
      const bool by_member = !exchange.members.empty() && random_.chance(0.4);
      const Asn origin = by_member ? internet_.asn(random_.pick(exchange.members)) : exchange.asn;
      out_.prefixes.push_back({.first = allocation.first, .length = allocation.length, .origins = {origin}});
    }
  }

  void order_holders() {
    std::vector<Asn> origins;
    for (const PrefixRecord& record : out_.prefixes) {
      origins.insert(origins.end(), record.origins.begin(), record.origins.end());
    }
    std::ranges::sort(origins);
    for (std::vector<Asn>& asns : holders_) {
      std::ranges::sort(asns);
      std::ranges::stable_partition(asns, [&](Asn asn) { return std::ranges::binary_search(origins, asn); });
    }
  }

  void list_registry() {
    order_holders();
    for (const Allocation& allocation : internet_.plan().allocations()) {
      if (!allocation.registered || random_.chance(rates_.registry_missing)) continue;
      RegistryRecord record{.first = allocation.first, .length = allocation.length, .asns = {}};
      if (random_.chance(rates_.registry_stale)) {
        record.asns = holders_[handles_[random_.below(static_cast<std::uint32_t>(handles_.size()))]];
      } else if (allocation.exchange != kNone) {
        record.asns = {internet_.graph().exchanges[allocation.exchange].asn};
      } else {
        record.asns = holders_[handles_[allocation.holder]];
      }
      out_.registry.push_back(std::move(record));
    }
  }

  void list_relationships() {
    const std::vector<bool> seen = links_seen_by_collectors(internet_);
    for (std::uint32_t i = 0; i < seen.size(); ++i) {
      const Adjacency& adjacency = internet_.graph().adjacencies[i];
      if (!seen[i]) continue;
      RelationshipRecord record{.a = internet_.asn(adjacency.a), .b = internet_.asn(adjacency.b)};
      // To those who infer relationships siblings look like provider and customer, or like peers.
      const double transit = adjacency.contract == Contract::transit   ? 1 - rates_.transit_as_peering
                             : adjacency.contract == Contract::sibling ? 0.7
                                                                       : rates_.peering_as_transit;
      record.transit = random_.chance(transit);
      if (record.transit && random_.chance(rates_.transit_flipped)) std::swap(record.a, record.b);
      out_.relationships.push_back(record);
    }
  }

  void list_organisations() {
    for (AsIndex index = 0; index < handles_.size(); ++index) {
      const As& as = internet_.graph().ases[index];
      const As& named = internet_.graph().ases[handles_[index]];
      out_.organisations.push_back({.asn = as.asn, .id = "ORG-" + to_string(named.asn), .name = named.name});
    }
    for (const Exchange& exchange : internet_.graph().exchanges) {
      out_.organisations.push_back({.asn = exchange.asn, .id = "ORG-" + exchange.name, .name = exchange.name});
    }
  }

  void list_exchanges() {
    for (std::uint32_t i = 0; i < internet_.graph().exchanges.size(); ++i) {
      if (random_.chance(rates_.lan_missing)) continue;
      const AddressPlan::Lan& lan = internet_.topology().lan_of(i);
      if (!random_.chance(rates_.lan_retired)) {
        list_lan(i, lan, false);
        continue;
      }
      list_lan(i, internet_.plan().next_lan(i), false);
      if (random_.chance(rates_.lan_remembered)) list_lan(i, lan, true);
    }
  }

  void list_lan(std::uint32_t exchange, const AddressPlan::Lan& lan, bool retired) {
    ExchangeRecord record{.name = internet_.graph().exchanges[exchange].name,
                          .lan = lan.first,
                          .length = lan.length,
                          .retired = retired,
                          .ports = {}};
    for (const Port& port : internet_.topology().ports_of(exchange)) {
      if (random_.chance(rates_.port_missing)) continue;
      const Asn member = random_.chance(rates_.port_stale) ? stranger() : internet_.asn(port.member);
      record.ports.push_back(
          {.address = lan.first + port.address - internet_.topology().lan_of(exchange).first, .member = member});
    }
    out_.exchanges.push_back(std::move(record));
  }

  const Internet& internet_;
  const DataSettings& rates_;
  Random random_;
  std::vector<AsIndex> handles_;           // By AS.
  std::vector<std::vector<Asn>> holders_;  // By handle.
  PublicData out_;
};

// Carriers and large networks give their tables to collectors more often than small ones.
std::vector<AsIndex> choose_feeds(const Internet& internet) {
  Random random(hash_of(internet.settings().seed, 0x636F6CU));
  std::vector<AsIndex> chosen;
  std::vector<AsIndex> order;
  for (AsIndex as = 0; as < internet.graph().ases.size(); ++as) {
    const Tier tier = internet.graph().ases[as].tier;
    const std::uint32_t tickets = tier == Tier::tier1      ? 40
                                  : tier == Tier::transit  ? 20
                                  : tier == Tier::regional ? 6
                                                           : 1;
    order.insert(order.end(), tickets, as);
  }
  while (chosen.size() <
         std::min<std::size_t>(internet.settings().data.collector_feeds, internet.graph().ases.size())) {
    const AsIndex as = random.pick(order);
    if (std::ranges::find(chosen, as) == chosen.end()) chosen.push_back(as);
  }
  return chosen;
}

}  // namespace

std::vector<bool> links_seen_by_collectors(const Internet& internet) {
  const std::vector<AsIndex> feeds = choose_feeds(internet);
  std::vector<bool> seen(internet.graph().adjacencies.size());
  Routes routes(internet.graph(), internet.preferences());
  const Outages outages = internet.timeline().outages_at(internet.settings().changes.begin);
  const auto& announcements = internet.announcements().all();
  for (std::size_t i = 0; i < announcements.size(); ++i) {
    routes.compute(announcements[i], outages);
    for (AsIndex as : feeds) {
      for (auto hops = routes.next_hops(as); !hops.empty(); hops = routes.next_hops(as)) {
        const Neighbour& next =
            hops[below(hash_of(internet.settings().seed, as, i), static_cast<std::uint32_t>(hops.size()))];
        seen[next.adjacency] = true;
        as = next.as;
      }
    }
  }
  return seen;
}

PublicData publish(const Internet& internet) { return Publisher(internet).publish(); }

}  // namespace isthmus::testing::internet
