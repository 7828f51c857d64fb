#include "inference/last_hop_rules.hpp"

#include <algorithm>

namespace isthmus::inference {
namespace {

using ip2as::AddressKind;
using ip2as::Relation;

bool is_own(const Step& step, const Target& target, const InterfaceTable& interfaces) {
  const Interface& interface = interfaces.at(step.interface);
  if (step.echo || target.holds(interface.address)) return true;
  // A target's own port on an exchange is where its network begins, but the address is the exchange's.
  if (interface.kind == AddressKind::exchange) return false;
  if (target.owns(interface.owner)) return true;
  // Announced by somebody who has nothing to do with the target, but given to it.
  if (target.owns(interface.registrant) && target.relation_to(interface.owner) == Relation::none) return true;
  if (!interface.dual_origin) return false;
  return std::ranges::any_of(interfaces.other_origins(step.interface), [&](Asn asn) { return asn == target.asn(); });
}

// Whose address it is, in the light of who the target's providers are: routing data is now and then out of date, or
// names a second origin that is none. Another reading that makes sense of the path is better than one that does not.
Asn owner_for(const Interface& interface, InterfaceId id, const Target& target, const InterfaceTable& interfaces) {
  const auto is_provider = [&](Asn asn) { return target.relation_to(asn) == Relation::provider; };
  if (interface.owner.is_none() || !target.has_known_providers()) return interface.owner;
  if (target.relation_to(interface.owner) != Relation::none) return interface.owner;
  if (is_provider(interface.registrant)) return interface.registrant;
  if (!interface.dual_origin) return interface.owner;
  const auto others = interfaces.other_origins(id);
  const auto other = std::ranges::find_if(others, is_provider);
  return other == others.end() ? interface.owner : *other;
}

// The hops before the target's network as the rules look at them.
struct View {
  const SeenPath& path;
  const Target& target;
  const InterfaceTable& interfaces;
  const ip2as::NetworkData& data;
  const Boundary& boundary;

  [[nodiscard]] const Step& step(std::size_t i) const { return path.steps[i]; }
  [[nodiscard]] const Interface& interface(std::size_t i) const { return interfaces.at(step(i).interface); }
  [[nodiscard]] Relation between(Asn of, Asn other) const { return data.relationships.between(of, other); }
  [[nodiscard]] bool same_network(Asn a, Asn b) const {
    return !a.is_none() && (a == b || data.organisations.same(a, b));
  }
};

// A known network along the path, and where.
struct Place {
  Asn asn;
  std::size_t index{0};
};

// The nearest hop before `end` whose operator is known and is not the target.
std::optional<Place> known_before(const View& view, std::size_t end) {
  for (std::size_t i = end; i-- > 0;) {
    const Interface& interface = view.interface(i);
    if (interface.kind == AddressKind::special) continue;
    Asn asn = operator_of(interface, view.data.relationships);
    // What is taken for the target's border is numbered from whoever it was reached through.
    if (asn == interface.owner || view.target.owns(asn))
      asn = owner_for(interface, view.step(i).interface, view.target, view.interfaces);
    if (!asn.is_none() && !view.target.owns(asn)) return Place{asn, i};
  }
  return std::nullopt;
}

// How many of the networks seen behind a router belong to `asn` or buy transit from it.
std::uint32_t carried_by(const View& view, const Interface& router, Asn asn) {
  std::uint32_t carried = 0;
  router.behind.for_each([&](Asn behind, std::uint32_t count) {
    if (behind == asn || view.between(asn, behind) == Relation::customer) carried += count;
  });
  return carried;
}

struct Link {
  Asn asn;
  bool sole{true};
};

// The AS besides `but` that is known to link `from` with the target, as customer or peer of the one and provider of the
// other. Of several the one that also explains what else lies behind the router, then the customer; none when two fit
// alike.
std::optional<Link> known_link(const View& view, Asn from, const Interface& router, Asn but = {}) {
  std::optional<Link> best;
  std::uint64_t best_fit = 0;
  bool tie = false;
  std::size_t count = 0;
  for (const Asn provider : view.target.providers()) {
    if (provider == but) continue;
    const Relation relation = view.between(from, provider);
    if (relation != Relation::customer && relation != Relation::peer) continue;
    ++count;
    const std::uint64_t fit = std::uint64_t{carried_by(view, router, provider)} * 2 + (relation == Relation::customer);
    if (best && fit <= best_fit) {
      tie = tie || fit == best_fit;
      continue;
    }
    best = Link{provider};
    best_fit = fit;
    tie = false;
  }
  if (tie) return std::nullopt;
  if (best) best->sole = count == 1;
  return best;
}

// Fills a verdict once the last router is known.
class Judge {
 public:
  Judge(const View& view, std::size_t last) : view_(view), last_(last), before_(known_before(view, last)) {}

  Verdict decide() {
    name_upstream();
    if (verdict_.upstream) {
      look_for_hidden();
      describe_relation();
      describe_entry();
    }
    describe_place();
    return verdict_;
  }

 private:
  void name_upstream() {
    switch (router().kind) {
      case AddressKind::exchange: return at_exchange();
      case AddressKind::unknown: return at_unmapped();
      case AddressKind::special: return;
      case AddressKind::overridden:
      case AddressKind::announced:
      case AddressKind::registered: return at_known();
    }
  }

  void at_known() {
    const Asn owner = owner_for(router(), view_.step(last_).interface, view_.target, view_.interfaces);
    if (owner.is_none()) return at_unmapped();
    const bool is_registered = router().kind == AddressKind::registered;
    name(owner, is_registered ? Rule::registered : gap() == 0 ? Rule::adjacent : Rule::gap);
    if (!before_ || view_.same_network(before_->asn, owner)) return;
    weigh_third_party(owner, before_->asn);
  }

  // Two networks in a row. Either the last router is run by the owner of its address, or it is the target's border,
  // which answered from the space of a provider that this probe did not come through.
  void weigh_third_party(Asn owner, Asn before) {
    const bool adjacent = view_.step(last_).ttl - view_.step(before_->index).ttl == 1;
    const Relation to_owner = view_.target.relation_to(owner);
    const Relation to_before = view_.target.relation_to(before);
    const bool linked = view_.between(before, owner) != Relation::none;
    const bool elsewhere = answers_elsewhere(router());
    verdict_.clues.set(Clue::unrelated_before, !linked);
    verdict_.clues.set(Clue::elsewhere, elsewhere);
    verdict_.clues.set(to_before == Relation::provider ? Clue::rival_provider : Clue::rival_stranger);
    if (!adjacent || router().targets.distinct() > 1) return;
    if (to_before == Relation::provider) {
      if (!linked || to_owner == Relation::none || elsewhere) name(before, Rule::third_party);
    } else if (elsewhere) {
      name_link(known_link(view_, before, router(), owner), Rule::third_party);
    }
  }

  void at_exchange() {
    const Asn member = router().owner;
    if (!member.is_none() && !view_.target.owns(member)) return name(member, Rule::exchange_member);
    if (!member.is_none()) {
      if (before_) name(before_->asn, Rule::exchange_port);
      return;
    }
    const Asn behind = operator_of(router(), view_.data.relationships);
    if (!behind.is_none() && !view_.target.owns(behind)) return name(behind, Rule::exchange_sides);
    if (before_) name(before_->asn, Rule::exchange_sides);
  }

  void at_unmapped() {
    verdict_.clues.set(Clue::unmapped_hop);
    const Asn behind = operator_of(router(), view_.data.relationships);
    if (!behind.is_none() && !view_.target.owns(behind)) return name(behind, Rule::bridged);
    // Where the hop before it is silent this time, other traces tell who stands there.
    const AsnTally& usual = router().before;
    const Asn neighbour = usual.top();
    const bool silent = !before_ || view_.step(last_).ttl - view_.step(before_->index).ttl > 1;
    if (silent && usual.count(neighbour) * 4 >= usual.total() * 3 && !neighbour.is_none() &&
        !view_.target.owns(neighbour)) {
      return name(neighbour, Rule::bridged);
    }
    if (before_) name(before_->asn, Rule::bridged);
  }

  // The relationships know who sells the target transit, and it is not the one named. If one alone of those is linked
  // with the one named, the path went through it.
  void look_for_hidden() {
    if (!view_.target.has_known_providers()) return;
    if (view_.target.relation_to(*verdict_.upstream) != Relation::none) return;
    name_link(known_link(view_, *verdict_.upstream, router()), Rule::hidden);
  }

  void name_link(const std::optional<Link>& link, Rule rule) {
    if (!link) return;
    name(link->asn, rule);
    verdict_.clues.set(Clue::several_links, !link->sole);
  }

  void describe_relation() {
    Clues& clues = verdict_.clues;
    switch (view_.target.relation_to(*verdict_.upstream)) {
      case Relation::provider: clues.set(Clue::provider); break;
      case Relation::peer: clues.set(Clue::peer); break;
      case Relation::customer: clues.set(Clue::customer); break;
      case Relation::none: clues.set(view_.target.has_known_providers() ? Clue::stranger : Clue::uncharted); break;
    }
  }

  // Whether the upstream belongs where the path shows it: the network before it should be one that it is linked with.
  void describe_entry() {
    auto place = before_;
    while (place && view_.same_network(place->asn, *verdict_.upstream)) place = known_before(view_, place->index);
    if (!place || !is_charted(place->asn) || !is_charted(*verdict_.upstream)) return;
    const bool linked = view_.between(place->asn, *verdict_.upstream) != Relation::none;
    verdict_.clues.set(linked ? Clue::linked : Clue::unlinked);
  }

  void describe_place() {
    Clues& clues = verdict_.clues;
    verdict_.router = view_.step(last_).interface;
    verdict_.gap = gap();
    verdict_.reached = view_.boundary.reached;
    clues.set(Clue::silent_hop, gap() == 1);
    clues.set(Clue::silent_hops, gap() == 2 || gap() == 3);
    clues.set(Clue::long_silence, gap() > 3);
    clues.set(Clue::first, !before_);
    if (before_) {
      const bool run = before_->asn == verdict_.upstream || view_.same_network(before_->asn, router().owner);
      clues.set(run ? Clue::run : Clue::lone);
      clues.set(Clue::silence_before, view_.step(last_).ttl - view_.step(before_->index).ttl > 1);
    }
    clues.set(Clue::private_hop, last_ + 1 < view_.boundary.first_own);
    clues.set(Clue::shared, router().targets.distinct() > 1);
    clues.set(Clue::mixed_before, router().before.distinct() > 1);
    clues.set(Clue::dual_origin, router().dual_origin);
    clues.set(Clue::unreached, !view_.boundary.reached);
  }

  [[nodiscard]] bool is_charted(Asn asn) const {
    const ip2as::Relationships& known = view_.data.relationships;
    return !known.providers(asn).empty() || !known.customers(asn).empty() || !known.peers(asn).empty();
  }

  void name(Asn asn, Rule rule) {
    verdict_.upstream = asn;
    verdict_.rule = rule;
  }

  [[nodiscard]] const Interface& router() const { return view_.interface(last_); }
  [[nodiscard]] int gap() const {
    const bool reached = view_.boundary.reached;
    const int next = reached ? view_.step(view_.boundary.first_own).ttl : view_.path.last_ttl + 1;
    return next - view_.step(last_).ttl - 1;
  }

  const View& view_;
  std::size_t last_;
  std::optional<Place> before_;
  Verdict verdict_;
};

// Why a trace that did not get through says nothing, if it does not.
std::optional<Rule> no_evidence(const SeenPath& path, const Boundary& boundary) {
  if (boundary.inside) return Rule::inside;
  if (boundary.reached) return std::nullopt;
  if (path.stop == StopReason::send_failed) return Rule::broken;
  return std::nullopt;
}

// The last hop before the target that has a public address.
std::optional<std::size_t> last_public(const View& view) {
  for (std::size_t i = view.boundary.first_own; i-- > 0;) {
    if (view.interface(i).kind != AddressKind::special) return i;
  }
  return std::nullopt;
}

// A trace that ended before the target. A refusal of a provider's router is made on behalf of its customer, or by the
// customer's border under an address of the provider; a loop there is between the two.
void judge_unreached(const SeenPath& path, Verdict& verdict) {
  const bool at_provider = verdict.upstream && verdict.clues.has(Clue::provider);
  const bool refused = !path.steps.empty() && path.steps.back().refused;
  if (refused) {
    verdict.rule = at_provider && path.at_the_door ? Rule::refused : Rule::unreachable;
  } else if (path.stop == StopReason::loop) {
    verdict.rule = at_provider ? Rule::looped : Rule::broken;
  } else if (verdict.upstream) {
    verdict.rule = Rule::unreached;
  }
  if (verdict.rule == Rule::unreachable || verdict.rule == Rule::broken) verdict.upstream.reset();
}

}  // namespace

Boundary find_boundary(const SeenPath& path, const Target& target, const InterfaceTable& interfaces) {
  Boundary boundary{.first_own = path.steps.size()};
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    if (!is_own(path.steps[i], target, interfaces)) continue;
    // One own address among others' is a router in front of the target that answered from the target's space.
    const bool lone = i + 2 < path.steps.size() && !path.steps[i].echo && i > 0 &&
                      !is_own(path.steps[i + 1], target, interfaces) && !is_own(path.steps[i + 2], target, interfaces);
    if (lone) continue;
    boundary.first_own = i;
    boundary.reached = true;
    boundary.inside = path.steps[i].ttl == path.first_ttl;
    break;
  }
  return boundary;
}

Verdict apply_rules(const SeenPath& path, const Target& target, const InterfaceTable& interfaces,
                    const ip2as::NetworkData& data) {
  const View view{path, target, interfaces, data, path.boundary};
  Verdict verdict;
  verdict.reached = view.boundary.reached;
  if (const auto rule = no_evidence(path, view.boundary)) {
    verdict.rule = *rule;
    return verdict;
  }
  const auto last = last_public(view);
  if (!last) return verdict;
  verdict = Judge(view, *last).decide();
  if (!verdict.reached) judge_unreached(path, verdict);
  return verdict;
}

}  // namespace isthmus::inference
