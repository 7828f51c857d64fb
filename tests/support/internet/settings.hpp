#pragma once
// Every size and every rate of the simulated internet, each with its default and where the figure comes from.
// Plain values; any thread. Rates are probabilities, 0 to 1. "Assumed" marks a figure without a published source.

#include <cstddef>
#include <cstdint>

#include "isthmus/model/address.hpp"

namespace isthmus::testing::internet {

struct GraphSettings {
  std::uint32_t ases{2000};
  std::uint32_t regions{16};  ///< Metropolitan areas, in five clusters (continents).
  std::uint32_t exchanges{20};
  double transit_share{0.03};      ///< ASes of the tier below the clique.
  double regional_share{0.12};     ///< 85 % of ASes are stubs (CAIDA AS rank: about 15 % have customers).
  double single_homed_stub{0.40};  ///< Assumed; BGP data shows about two providers an AS on average.
  double remote_provider{0.05};    ///< Providers without a PoP in the customer's region. Assumed.
  double sibling_share{0.12};      ///< ASes below the clique that belong to an organisation of several.
  double sibling_linked{0.70};     ///< Siblings that are connected to each other. Assumed.
  double sibling_only{0.35};       ///< Of connected smaller siblings: hang on the sibling alone. Assumed.
  double parallel_links{0.20};     ///< Transit contracts of a stub with two links. Assumed.
};

struct AddressSettings {
  double provider_space_stub{0.08};         ///< Stubs numbered from a provider's space (PA). Assumed.
  double provider_space_announced{0.5};     ///< Of these: the holder announces its part itself.
  double dual_origin{0.015};                ///< Stubs whose prefix their provider originates as well.
  double sibling_origin{0.25};              ///< Stubs with a connected sibling: a prefix that both originate.
  double link_from_customer{0.07};          ///< Transit links numbered from the customer's space.
  double link_unannounced{0.05};            ///< Links numbered from space that nobody announces, though registered.
  double link_unregistered{0.01};           ///< Links from space that is neither announced nor registered.
  double link_private{0.01};                ///< Links with private or shared addresses.
  double infrastructure_unannounced{0.05};  ///< ASes whose routers all have registered, unannounced addresses.
  double interior_private{0.03};            ///< ASes whose interior links have private addresses.
  double slash31{0.35};                     ///< Point-to-point links that are a /31 and not a /30.
};

struct PolicySettings {
  double selective{0.30};           ///< Multi-homed ASes that announce some /24s to one provider only.
  double prepend{0.20};             ///< Multi-homed ASes that prepend towards one provider.
  double backup{0.12};              ///< Multi-homed ASes with a provider that gets routes only while the others fail.
  double primary{0.10};             ///< ASes that prefer one provider however long its paths are.
  double hot_potato{0.85};          ///< ASes whose routers each choose the nearest exit among equally good ones.
  double balance_neighbours{0.05};  ///< ASes that balance flows over equally good neighbours, not only links.
};

struct RouterSettings {
  double single_router_stub{0.45};
  double single_router_regional{0.25};
  double balances{0.45};  ///< ASes with cores in pairs that balance flows per hash.
  double mpls{0.40};      ///< Transit ASes that carry traffic through MPLS tunnels.
  double mpls_explicit{0.55};
  double mpls_implicit{0.12};
  double mpls_invisible{0.30};  ///< The rest is opaque.
};

struct ReplySettings {
  double silent_as{0.04};  ///< ASes none of whose routers answers.
  double silent_router{0.05};
  double silent_border{0.10};  ///< Routers with links to other ASes.
  double rate_limited{0.06};   ///< Routers that leave a good part of the probes unanswered.
  double rate_limited_loss{0.5};
  double answers_towards_source{0.07};  ///< Routers that answer with the interface that the reply leaves from.
  double answers_forward{0.02};         ///< Routers that answer with the interface that the probe would leave from.
  double answers_loopback{0.02};
  double zero_ttl{0.004};  ///< Routers that forward what they should have expired.
  double loss{0.01};       ///< Of each probe or its answer.
};

struct EdgeSettings {
  double drops_inside{0.12};        ///< Target ASes: the border answers, nothing behind it.
  double drops_all{0.08};           ///< The border is silent as well.
  double prohibits{0.03};           ///< The border refuses with ICMP type 3 code 13.
  double provider_prohibits{0.01};  ///< The provider's router does.
  double host_answers{0.55};
  double repeated_target{0.02};   ///< Blocks behind a translator that answers in the target's name.
  double off_path_reply{0.01};    ///< Hosts that answer from another address.
  double unused_loops{0.015};     ///< Blocks without users whose packets go back and forth.
  double host_unreachable{0.10};  ///< Silent hosts in whose name the last router says so (type 3 code 1).
};

/// What public data gets wrong about the internet that it describes.
struct DataSettings {
  std::uint32_t collector_feeds{
      30};  ///< ASes whose tables BGP collectors get; links on none of their paths are unseen.
  double prefix_missing{0.005};
  double prefix_stale{0.005};          ///< Listed under an AS that had it before.
  double prefix_leaked{0.01};          ///< A more specific of which appears under somebody else's AS.
  double prefix_second_origin{0.005};  ///< Listed with a second origin that is none.
  std::uint32_t bogons{4};             ///< Special-purpose prefixes that a feed leaked.
  double transit_as_peering{0.004};    ///< 99.6 % of inferred transit links are right (Luckie et al. 2013).
  double peering_as_transit{0.013};    ///< 98.7 % of inferred peerings are (ibid.).
  double transit_flipped{0.002};
  double sibling_missing{0.20};  ///< ASes that are listed as an organisation of their own.
  double registry_missing{0.02};
  double registry_stale{0.02};  ///< Given to the holder before.
  double lan_announced{0.10};   ///< Exchanges whose LAN somebody announces in BGP.
  double lan_missing{0.05};     ///< Exchanges that no list has.
  double lan_retired{0.08};     ///< Exchanges whose LAN is in old lists only: they have renumbered since.
  double port_missing{0.15};    ///< Members whose port is not listed.
  double port_stale{0.02};      ///< Ports listed with a member that is gone.
};

struct Settings {
  std::uint64_t seed{1};
  Family family{Family::ipv4};
  GraphSettings graph{};
  AddressSettings addresses{};
  PolicySettings policy{};
  RouterSettings routers{};
  ReplySettings replies{};
  EdgeSettings edge{};
  DataSettings data{};
  std::uint32_t vantages{20};
  std::uint32_t target_blocks{1200};
  std::uint32_t blocks_per_target{8};  ///< At most; raised when there are not enough targets.
};

}  // namespace isthmus::testing::internet
