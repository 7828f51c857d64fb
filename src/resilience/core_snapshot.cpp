#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "isthmus/ip2as/network_data.hpp"
#include "resilience/core_impl.hpp"
#include "resilience/interval.hpp"
#include "resilience/shares.hpp"

namespace isthmus::resilience {
namespace {

using Standing = UpstreamTracker::Standing;

ShareEstimate share_of(const ShareTally& tally, Estimand estimand, Asn asn) {
  const Tally& of = tally.of(estimand);
  const auto found = of.carried.find(asn);
  return estimate_share(found == of.carried.end() ? 0 : found->second, of.unknown, of.units);
}

void add_shares(UpstreamView& view, const ShareTally& tally) {
  view.vantage = share_of(tally, Estimand::vantage, view.asn);
  view.address = share_of(tally, Estimand::address, view.asn);
  view.flow = share_of(tally, Estimand::flow, view.asn);
  if (const auto units = tally.units.find(view.asn); units != tally.units.end()) view.units = units->second;
  const auto confidence = tally.confidence.find(view.asn);
  if (confidence != tally.confidence.end()) view.confidence = confidence->second;
}

double unknown_share(const ShareTally& tally) {
  const Tally& of = tally.of(Estimand::vantage);
  return of.units > 0 ? of.unknown / of.units : 1;
}

State state_of(const UpstreamTracker::Upstream& upstream, const BlockRecord& block) {
  if (upstream.standing == Standing::lost) return State::down;
  // While the block is dark, nobody can say whether this upstream still would carry it.
  return block.state.state == State::down ? State::unknown : State::up;
}

BlockView block_view(const BlockRecord& block, const std::vector<VantageRecord>& vantages) {
  BlockView view;
  view.block = block.block;
  view.state = block.state.state;
  view.since = block.state.since;
  double probability = 0;
  int voting = 0;
  for (std::size_t v = 0; v < vantages.size(); ++v) {
    const BlockBelief& belief = block.beliefs[v];
    const Opinion opinion = belief.opinion();
    const State state = opinion == Opinion::up ? State::up : opinion == Opinion::down ? State::down : State::unknown;
    view.vantages.push_back({.state = state, .probability = belief.probability()});
    if (!vantages[v].trusted || opinion == Opinion::none) continue;
    probability += belief.probability();
    ++voting;
  }
  if (voting > 0) view.reachability_probability = probability / voting;
  return view;
}

// Lost in some blocks, carrying others: degraded.
State merge(State a, State b) {
  if (a == b) return a;
  return a == State::unknown || b == State::unknown ? (a == State::unknown ? b : a) : State::degraded;
}

void merge_into(std::vector<UpstreamView>& all, const UpstreamView& view) {
  const auto at = std::lower_bound(all.begin(), all.end(), view.asn,
                                   [](const UpstreamView& item, Asn asn) { return item.asn < asn; });
  if (at == all.end() || at->asn != view.asn) {
    all.insert(at, view);
    return;
  }
  at->state = merge(at->state, view.state);
  at->first_seen = std::min(at->first_seen, view.first_seen);
  at->last_seen = std::max(at->last_seen, view.last_seen);
}

PathView path_view(const inference::Path& path) {
  return {.trace = path.trace,
          .upstream = path.last_hop.upstream.value_or(Asn{}),
          .confidence = path.last_hop.confidence,
          .rule = to_string(path.last_hop.rule)};
}

}  // namespace

Snapshot Core::Impl::snapshot(Timestamp now) {
  Snapshot result;
  result.time = now;
  result.prefix_data = settings_.prefix_data;
  result.rejected = rejected;
  result.label = [data = data_](const IpAddress& address) {
    const Asn asn = ip2as::annotate(*data, address).asn;
    return HopLabel{.asn = asn, .name = std::string(data->name_of(asn))};
  };
  result.targets.reserve(targets_.size());
  for (const TargetRecord& target : targets_) result.targets.push_back(view_of(target));
  for (const VantageRecord& vantage : vantages_) result.vantages.push_back(view_of(vantage));
  return result;
}

TargetView Core::Impl::view_of(const TargetRecord& target) const {
  std::set<Asn> valid_asns;
  for (const VantageRecord& vantage : vantages_) {
    if (vantage.guard.state() == VantageState::valid) valid_asns.insert(vantage.settings.asn);
  }
  const auto vantage_asn = [&](inference::VantageId id) -> std::optional<Asn> {
    const auto found = vantage_index_.find(paths_.name_of(id));
    if (found == vantage_index_.end()) return std::nullopt;
    const VantageRecord& vantage = vantages_[found->second];
    return vantage.guard.state() == VantageState::valid ? std::optional(vantage.settings.asn) : std::nullopt;
  };

  TargetView view;
  view.name = target.settings.network.name;
  view.asn = target.settings.network.asn;
  view.state = target.state.state;
  view.since = target.state.since;
  view.upstream_count = static_cast<std::uint32_t>(target.carried_blocks.size());
  view.pings = target.pings;
  view.events = target.events;
  ShareTally whole;
  view.blocks.reserve(target.blocks.size());
  for (const BlockRecord& block : target.blocks) {
    BlockView item = block_view(block, vantages_);
    const auto& upstreams = block.upstreams.upstreams();
    const auto counts = [&](Asn asn) {
      const auto found = upstreams.find(asn);
      if (block.state.state == State::down) return false;
      return found != upstreams.end() && found->second.standing == Standing::present;
    };
    const auto paths = paths_.paths_of(*target.paths, block.block);
    const ShareTally tally = tally_block(paths, vantage_asn, valid_asns, counts);
    item.learning = !block.upstreams.learned(last_call_.value_or(Timestamp{}));
    item.unknown_share = unknown_share(tally);
    item.effective_upstreams = effective_upstreams(tally.of(Estimand::vantage));
    for (const auto& [asn, upstream] : upstreams) {
      if (upstream.standing == Standing::candidate) continue;
      UpstreamView& shown = item.upstreams.emplace_back();
      shown.asn = asn;
      shown.name = data_->name_of(asn);
      shown.state = state_of(upstream, block);
      shown.first_seen = upstream.first_seen;
      shown.last_seen = upstream.last_seen;
      merge_into(view.upstreams, shown);
      add_shares(shown, tally);
    }
    whole.add(tally);
    item.paths.reserve(paths.size());
    for (const inference::Path& path : paths) item.paths.push_back(path_view(path));
    view.blocks.push_back(std::move(item));
  }
  for (UpstreamView& upstream : view.upstreams) add_shares(upstream, whole);
  view.unknown_share = unknown_share(whole);
  view.effective_upstreams = effective_upstreams(whole.of(Estimand::vantage));
  return view;
}

VantageView Core::Impl::view_of(const VantageRecord& vantage) const {
  VantageView view;
  view.name = vantage.settings.name;
  view.asn = vantage.settings.asn;
  view.state = vantage.guard.state();
  view.voting = vantage.trusted;
  view.reason = vantage.guard.reason();
  view.since = vantage.guard.since();
  view.last_observation = vantage.guard.last_observation();
  view.controls_answering = vantage.guard.controls_answering();
  view.controls = vantage.guard.controls();
  view.report = vantage.guard.report();
  view.events = vantage.events;
  return view;
}

}  // namespace isthmus::resilience
