#include "support/internet/habits.hpp"

namespace isthmus::testing::internet {
namespace {

// What a hash is drawn for; keeps the draws apart.
enum Draw : std::uint64_t { kAsDraw = 0x6173, kRouterDraw = 0x7274, kBlockDraw = 0x626C };

// Carriers have customers who want to see their routers; none of the first tier hides all of them.
double silence_of(Tier tier) {
  switch (tier) {
    case Tier::tier1: return 0;
    case Tier::transit: return 0.25;
    case Tier::regional: return 0.5;
    case Tier::stub: return 1;
  }
  return 1;
}

}  // namespace

Habits::Habits(const Settings& settings, const AsGraph& graph, const Topology& topology)
    : settings_(settings),
      graph_(graph),
      topology_(topology),
      silent_as_(graph.ases.size()),
      has_links_(topology.routers().size()) {
  for (const Link& link : topology.links()) has_links_[link.a] = has_links_[link.b] = true;
  for (AsIndex as = 0; as < graph.ases.size(); ++as) draw_as(as);
  for (RouterId router = 0; router < topology.routers().size(); ++router) routers_.push_back(draw_router(router));
}

void Habits::draw_as(AsIndex as) {
  Random random(hash_of(settings_.seed, kAsDraw, as));
  const RouterSettings& rates = settings_.routers;
  const EdgeSettings& edge = settings_.edge;
  silent_as_[as] = random.chance(settings_.replies.silent_as * silence_of(graph_.ases[as].tier));
  const double tunnels[] = {rates.mpls_explicit, rates.mpls_implicit,
                            1 - rates.mpls_explicit - rates.mpls_implicit - rates.mpls_invisible, rates.mpls_invisible};
  const bool uses = random.chance(rates.mpls);
  const auto kind = static_cast<Tunnels>(1 + random.weighted(tunnels));
  tunnels_.push_back(uses && graph_.ases[as].tier != Tier::stub ? kind : Tunnels::none);
  const double edges[] = {1 - edge.drops_inside - edge.drops_all - edge.prohibits - edge.provider_prohibits,
                          edge.drops_inside, edge.drops_all, edge.prohibits, edge.provider_prohibits};
  const auto which = static_cast<Edge>(random.weighted(edges));
  // A carrier cannot shut its border: its customers are behind it.
  edges_.push_back(graph_.ases[as].tier == Tier::stub ? which : Edge::open);
}

RouterHabits Habits::draw_router(RouterId router) const {
  Random random(hash_of(settings_.seed, kRouterDraw, router));
  const ReplySettings& rates = settings_.replies;
  RouterHabits habits;
  const bool silent = random.chance(has_links_[router] ? rates.silent_border : rates.silent_router);
  habits.silent = silent || silent_as_[topology_.routers()[router].as];
  habits.limited = random.chance(rates.rate_limited);
  habits.zero_ttl = random.chance(rates.zero_ttl);
  const double with[] = {1 - rates.answers_towards_source - rates.answers_forward - rates.answers_loopback,
                         rates.answers_towards_source, rates.answers_forward, rates.answers_loopback};
  habits.with = static_cast<AnswersWith>(random.weighted(with));
  habits.initial_ttl = random.chance(0.8) ? 255 : 64;
  return habits;
}

BlockHabits Habits::block(std::uint32_t network) const {
  Random random(hash_of(settings_.seed, kBlockDraw, network));
  BlockHabits habits;
  habits.unused = random.chance(settings_.edge.unused_loops);
  habits.repeated = random.chance(settings_.edge.repeated_target);
  return habits;
}

}  // namespace isthmus::testing::internet
