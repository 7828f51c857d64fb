#pragma once
// Settings by name, for the command line and for tests that turn one thing at a time. Pure; any thread.

#include "support/internet/settings.hpp"

namespace isthmus::testing::internet {

/// Calls `visit(name, field)` for every number of the settings but the seed; a field is a double (a rate) or a
/// std::uint32_t (a size). S is Settings or const Settings.
template <typename S, typename Visit>
void visit_fields(S& settings, const Visit& visit) {
  visit("graph.ases", settings.graph.ases);
  visit("graph.regions", settings.graph.regions);
  visit("graph.exchanges", settings.graph.exchanges);
  visit("graph.transit_share", settings.graph.transit_share);
  visit("graph.regional_share", settings.graph.regional_share);
  visit("graph.single_homed_stub", settings.graph.single_homed_stub);
  visit("graph.remote_provider", settings.graph.remote_provider);
  visit("graph.sibling_share", settings.graph.sibling_share);
  visit("graph.sibling_linked", settings.graph.sibling_linked);
  visit("graph.sibling_only", settings.graph.sibling_only);
  visit("graph.parallel_links", settings.graph.parallel_links);
  visit("graph.transit_over_exchange", settings.graph.transit_over_exchange);
  visit("addresses.provider_space_stub", settings.addresses.provider_space_stub);
  visit("addresses.provider_space_announced", settings.addresses.provider_space_announced);
  visit("addresses.leased", settings.addresses.leased);
  visit("addresses.sub_allocated", settings.addresses.sub_allocated);
  visit("addresses.dual_origin", settings.addresses.dual_origin);
  visit("addresses.sibling_origin", settings.addresses.sibling_origin);
  visit("addresses.link_from_customer", settings.addresses.link_from_customer);
  visit("addresses.link_unannounced", settings.addresses.link_unannounced);
  visit("addresses.link_unregistered", settings.addresses.link_unregistered);
  visit("addresses.link_private", settings.addresses.link_private);
  visit("addresses.infrastructure_unannounced", settings.addresses.infrastructure_unannounced);
  visit("addresses.infrastructure_of_sibling", settings.addresses.infrastructure_of_sibling);
  visit("addresses.interior_private", settings.addresses.interior_private);
  visit("addresses.slash31", settings.addresses.slash31);
  visit("policy.selective", settings.policy.selective);
  visit("policy.prepend", settings.policy.prepend);
  visit("policy.backup", settings.policy.backup);
  visit("policy.primary", settings.policy.primary);
  visit("policy.hot_potato", settings.policy.hot_potato);
  visit("policy.balance_neighbours", settings.policy.balance_neighbours);
  visit("routers.single_router_stub", settings.routers.single_router_stub);
  visit("routers.single_router_regional", settings.routers.single_router_regional);
  visit("routers.balances", settings.routers.balances);
  visit("routers.mpls", settings.routers.mpls);
  visit("routers.mpls_explicit", settings.routers.mpls_explicit);
  visit("routers.mpls_implicit", settings.routers.mpls_implicit);
  visit("routers.mpls_invisible", settings.routers.mpls_invisible);
  visit("replies.silent_as", settings.replies.silent_as);
  visit("replies.silent_router", settings.replies.silent_router);
  visit("replies.silent_border", settings.replies.silent_border);
  visit("replies.rate_limited", settings.replies.rate_limited);
  visit("replies.rate_limited_loss", settings.replies.rate_limited_loss);
  visit("replies.answers_towards_source", settings.replies.answers_towards_source);
  visit("replies.answers_forward", settings.replies.answers_forward);
  visit("replies.answers_loopback", settings.replies.answers_loopback);
  visit("replies.zero_ttl", settings.replies.zero_ttl);
  visit("replies.loss", settings.replies.loss);
  visit("replies.path_changes", settings.replies.path_changes);
  visit("edge.drops_inside", settings.edge.drops_inside);
  visit("edge.drops_all", settings.edge.drops_all);
  visit("edge.prohibits", settings.edge.prohibits);
  visit("edge.provider_prohibits", settings.edge.provider_prohibits);
  visit("edge.host_answers", settings.edge.host_answers);
  visit("edge.repeated_target", settings.edge.repeated_target);
  visit("edge.off_path_reply", settings.edge.off_path_reply);
  visit("edge.unused_loops", settings.edge.unused_loops);
  visit("edge.host_unreachable", settings.edge.host_unreachable);
  visit("edge.home_translator", settings.edge.home_translator);
  visit("edge.carrier_translator", settings.edge.carrier_translator);
  visit("changes.fails", settings.changes.fails);
  visit("changes.appears", settings.changes.appears);
  visit("data.collector_feeds", settings.data.collector_feeds);
  visit("data.prefix_missing", settings.data.prefix_missing);
  visit("data.prefix_stale", settings.data.prefix_stale);
  visit("data.prefix_leaked", settings.data.prefix_leaked);
  visit("data.prefix_second_origin", settings.data.prefix_second_origin);
  visit("data.bogons", settings.data.bogons);
  visit("data.transit_as_peering", settings.data.transit_as_peering);
  visit("data.peering_as_transit", settings.data.peering_as_transit);
  visit("data.transit_flipped", settings.data.transit_flipped);
  visit("data.sibling_missing", settings.data.sibling_missing);
  visit("data.registry_missing", settings.data.registry_missing);
  visit("data.registry_stale", settings.data.registry_stale);
  visit("data.lan_announced", settings.data.lan_announced);
  visit("data.lan_missing", settings.data.lan_missing);
  visit("data.port_missing", settings.data.port_missing);
  visit("data.port_stale", settings.data.port_stale);
  visit("data.lan_retired", settings.data.lan_retired);
  visit("data.lan_remembered", settings.data.lan_remembered);
  visit("vantages", settings.vantages);
  visit("target_blocks", settings.target_blocks);
  visit("blocks_per_target", settings.blocks_per_target);
}

}  // namespace isthmus::testing::internet
