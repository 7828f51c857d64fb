#pragma once
// Every size and every rate of the simulated internet, each with its default and where the figure comes from. Plain
// values; any thread. Rates are probabilities, 0 to 1. "Assumed" marks a figure for which no published one was found;
// README.md, "what comes out", has what the rates make of whole traces, beside what was published about those.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::testing::internet {

struct GraphSettings {
  std::uint32_t ases{2000};   ///< Up to about 20,000.
  std::uint32_t regions{16};  ///< Metropolitan areas, in five clusters (continents).
  std::uint32_t exchanges{20};
  double transit_share{0.03};      ///< ASes of the tier below the clique.
  double regional_share{0.12};     ///< Together with the other two 15 % sell transit, as CAIDA's AS Rank has it.
  double single_homed_stub{0.40};  ///< Stubs with one provider; the others have two to four. Assumed.
  double remote_provider{0.05};    ///< Providers reached in another region. Assumed.
  double sibling_share{0.15};      ///< ASes that share an organisation. 112,172 ASNs make 82,840 families (Xu et al.
                                   ///< 2025), but many of those ASNs are in no routing table.
  double sibling_linked{0.70};     ///< Siblings that are connected to each other. Assumed.
  double sibling_only{0.35};       ///< Of the connected ones the smaller has no other provider. Assumed.
  double parallel_links{0.20};     ///< Transit contracts of a stub with two links. Assumed.
  double transit_over_exchange{0.15};  ///< Transit contracts between members of one exchange that use its LAN. Assumed.
};

struct AddressSettings {
  double provider_space_stub{0.08};      ///< Stubs numbered from a provider's space (PA). Assumed.
  double provider_space_announced{0.5};  ///< Of these: the holder announces its part itself. Assumed.
  double leased{0.02};                   ///< Stubs that also use a /24 out of a strange network's allocation. Assumed.
  double sub_allocated{0.15};  ///< Blocks of carriers behind the router of a customer without AS number. Assumed.
  double dual_origin{
      0.015};  ///< Stubs whose prefixes their provider originates as well. About 24,000 long-lived MOAS
               ///< prefixes, 2.5 % of the table, most of them customer and provider (Sediqi et al. 2023).
  double sibling_origin{0.25};      ///< ASes with a connected sibling: prefixes that both originate. Assumed.
  double link_from_customer{0.07};  ///< Transit links from the customer's space: provider's is the rule (Luckie et al.
                                    ///< 2016); shared links make 60 % of mapping errors (Zhang et al. 2010).
  double link_unannounced{0.05};    ///< Links between ASes from space that is registered but not announced. Assumed.
  double link_unregistered{0.01};   ///< From space that is neither. Assumed.
  double link_private{0.01};        ///< With private or shared addresses (RFC 1918, RFC 6598). Assumed.
  double infrastructure_unannounced{0.05};  ///< ASes none of whose router addresses is announced. Assumed.
  double infrastructure_of_sibling{
      0.15};                      ///< ASes with a larger connected sibling that number from its space. Assumed.
  double interior_private{0.04};  ///< ASes below the clique with private addresses inside. Assumed.
  double slash31{0.35};           ///< Point-to-point links that are a /31 and not a /30. Assumed.
};

struct PolicySettings {
  double selective{0.30};  ///< Multi-homed ASes that announce some /24s to a part of their providers (common: Wang and
                           ///< Gao 2003; the share is assumed).
  double prepend{0.25};  ///< Multi-homed ASes that prepend towards one provider: "more than 25 %" of IPv4 prefixes are
                         ///< prepended (Marcos et al. 2020).
  double backup{0.10};   ///< Multi-homed ASes with a provider that gets routes only while the others fail. Assumed.
  double primary{0.10};  ///< ASes that prefer one provider however long its paths are. Assumed.
  double hot_potato{0.85};          ///< ASes whose routers each take the nearest of equally good exits. Assumed.
  double balance_neighbours{0.05};  ///< ASes that balance flows over equally good neighbours. Assumed.
};

struct RouterSettings {
  double single_router_stub{0.45};      ///< Assumed.
  double single_router_regional{0.25};  ///< Of those in one region. Assumed.
  double balances{0.20};  ///< ASes that balance flows over pairs of cores and over parallel links. 39 % of paths met a
                          ///< balancer in 2007 (Augustin et al.), which takes about this share of ASes.
  double mpls{0.35};      ///< Carriers that tunnel. "At least 30 %" of paths cross a tunnel (Donnet et al. 2012).
  double mpls_explicit{0.50};   ///< Of the tunnels: "up to half" are not explicit (ibid.).
  double mpls_implicit{0.15};   ///< Assumed, as are the other two kinds.
  double mpls_invisible{0.30};  ///< The rest is opaque.
};

struct ReplySettings {
  double silent_as{0.05};      ///< Stubs none of whose routers answers; half as many regional carriers, a quarter as
                               ///< many larger ones, and none of the clique. Assumed.
  double silent_router{0.05};  ///< Assumed.
  double silent_border{0.10};  ///< Routers with links to other ASes. Assumed.
  double rate_limited{0.04};   ///< Routers that leave a part of the probes unanswered; limits are common (Ravaioli et
                               ///< al. 2015) but rarely met at the pace of a survey (Guo and Heidemann 2018).
  double rate_limited_loss{0.5};  ///< The part. Assumed.
  double answers_towards_source{
      0.05};  ///< Routers that answer with the interface that the answer leaves by (RFC 1812).
  double answers_forward{
      0.03};  ///< With the one that the probe would leave by (L3VPN). Outbound addresses are 1.7 to
              ///< 5.8 % of those in traces (Marder et al. 2020); most are inbound (Luckie and claffy 2014).
  double answers_loopback{0.02};  ///< Assumed.
  double zero_ttl{0.004};      ///< Routers that forward what they should have expired (Augustin et al. 2006; assumed).
  double loss{0.01};           ///< Of each probe or its answer. Assumed.
  double path_changes{0.004};  ///< Traces under which the path changes midway. Assumed.
};

struct EdgeSettings {
  double drops_inside{0.12};        ///< Stubs whose border router answers, and nothing behind it. Assumed.
  double drops_all{0.08};           ///< Whose border router is silent as well. Assumed.
  double prohibits{0.03};           ///< Whose border router refuses with ICMP type 3 code 13. Assumed.
  double provider_prohibits{0.01};  ///< In whose name the provider's router does. Assumed.
  double host_answers{0.55};        ///< Of addresses chosen because they answered before. Assumed.
  double repeated_target{0.02};     ///< Blocks whose last router answers in the destination's name. Assumed.
  double off_path_reply{0.01};      ///< Hosts that answer from another address. Assumed.
  double unused_loops{
      0.015};  ///< Blocks without users whose packets go back and forth. Loops make 0.9 % of the IPv4
               ///< internet unreachable (Maier and Ullrich 2023); 320,000 /24s have one (Alaraj et al. 2023).
  double host_unreachable{0.10};    ///< Blocks in which the last router says that a host is not there. Assumed.
  double home_translator{0.50};     ///< Vantage points behind a home router. Assumed.
  double carrier_translator{0.10};  ///< And behind a carrier's translator (RFC 6598). Assumed.
};

/// What changes over time. The time before `begin` is like `begin`.
struct ChangeSettings {
  Timestamp begin{std::chrono::seconds(1704067200)};  ///< 2024-01-01T00:00:00Z.
  Duration span{std::chrono::hours(24)};              ///< Everything that changes does so within it.
  double fails{0.02};    ///< Transit contracts that do not work for a while, minutes to hours. Assumed.
  double appears{0.01};  ///< Contracts of multi-homed ASes that begin within the span. Assumed.
};

/// What public data gets wrong about the internet that it describes.
struct DataSettings {
  std::uint32_t collector_feeds{30};   ///< ASes whose tables BGP collectors get; links on none of their paths are
                                       ///< unseen. Hides 5 % of transit and 75 % of peerings; route servers alone had
                                       ///< four times the peerings that collectors saw (Giotsas et al. 2013).
  double prefix_missing{0.005};        ///< Assumed.
  double prefix_stale{0.005};          ///< Listed under an AS that had it before. Assumed.
  double prefix_leaked{0.01};          ///< A more specific of which appears under somebody else's AS. Assumed.
  double prefix_second_origin{0.005};  ///< Listed with a second origin that is none. Assumed.
  std::uint32_t bogons{4};             ///< Special-purpose prefixes leaked into the feed; real ones do that.
  double transit_as_peering{0.004};    ///< 99.6 % of inferred transit links are right (Luckie et al. 2013).
  double peering_as_transit{0.013};    ///< 98.7 % of inferred peerings are (ibid.).
  double transit_flipped{0.002};       ///< Assumed.
  double sibling_missing{0.20};        ///< ASes listed as an organisation of their own: web data adds 21 to 24 % to the
                                       ///< groups of several ASes (Xu et al. 2025).
  double registry_missing{0.02};       ///< Assumed.
  double registry_stale{0.02};         ///< Given to the holder before. Assumed.
  double lan_announced{0.10};          ///< Exchanges whose LAN somebody announces in BGP. Assumed.
  double lan_missing{
      0.06};  ///< Exchanges that no list has. Three sources together had 40 % more of them, and 66 % more
  double port_missing{0.15};   ///< members, than the largest alone (Klöti et al. 2016); lists have been merged since.
  double port_stale{0.02};     ///< Ports listed with a member that is gone. Assumed.
  double lan_retired{0.08};    ///< Exchanges that have renumbered: current lists have another LAN. Assumed.
  double lan_remembered{0.6};  ///< Of these: an old list still has the LAN. Assumed.
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
  ChangeSettings changes{};
  DataSettings data{};
  std::uint32_t vantages{20};
  std::uint32_t target_blocks{1200};
  std::uint32_t blocks_per_target{8};  ///< At most; raised when there are not enough targets.
};

}  // namespace isthmus::testing::internet
