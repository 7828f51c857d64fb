#include <algorithm>
#include <optional>
#include <utility>

#include "isthmus/ip2as/network_data.hpp"
#include "resilience/core_impl.hpp"

namespace isthmus::resilience {
namespace {

using Standing = UpstreamTracker::Standing;

// Blocks that a snapshot looks at once more because of a vantage point. When one goes blind, or sees again, all shares
// change a little; that this reaches the last of 100,000 blocks two minutes later harms nobody, while a core that
// stands still does. States, which people are paged for, never wait.
constexpr std::size_t kReviewedBlocks = 1024;

State state_of(const UpstreamTracker::Upstream& upstream, const BlockRecord& block, bool strained) {
  if (upstream.standing == Standing::lost) return State::down;
  if (strained) return State::degraded;
  // While the block is dark, nobody can say whether this upstream still would carry it.
  return block.state.state == State::down ? State::unknown : State::up;
}

State state_of(Opinion opinion) {
  return opinion == Opinion::up ? State::up : opinion == Opinion::down ? State::down : State::unknown;
}

std::vector<BlockVantageView> views_of(const std::vector<BlockBelief>& beliefs) {
  std::vector<BlockVantageView> views;
  views.reserve(beliefs.size());
  for (const BlockBelief& belief : beliefs) {
    views.push_back({.state = state_of(belief.opinion()), .probability = belief.probability()});
  }
  return views;
}

double mean_probability(const BlockRecord& block, const std::vector<VantageRecord>& vantages) {
  double sum = 0;
  int voting = 0;
  for (std::size_t v = 0; v < vantages.size(); ++v) {
    if (!vantages[v].trusted || block.beliefs[v].opinion() == Opinion::none) continue;
    sum += block.beliefs[v].probability();
    ++voting;
  }
  return voting > 0 ? sum / voting : 0.5;
}

}  // namespace

void Core::Impl::update_ledgers(Timestamp now) {
  if (!follow_validity()) blocks_to_review_ = block_count_;
  std::size_t filled = 0;
  for (TargetRecord& target : targets_) filled += fill_ledger(target, now);
  if (filled == block_count_) blocks_to_review_ = 0;
  end_learning(now);
  for (const BlockId& id : std::exchange(touched_, {})) refresh(id, now);
  review_some(now);
}

Snapshot Core::Impl::snapshot(Timestamp now, Effort effort) {
  measure_diversity(effort);
  update_ledgers(now);
  Snapshot result;
  result.time = now;
  result.prefix_data = settings_.prefix_data;
  result.rejected = rejected;
  result.label = [data = data_](const IpAddress& address) {
    const Asn asn = ip2as::annotate(*data, address).asn;
    return HopLabel{.asn = asn, .name = std::string(data->name_of(asn))};
  };
  result.targets.reserve(targets_.size());
  for (TargetRecord& target : targets_) result.targets.push_back(view_of(target));
  for (const VantageRecord& vantage : vantages_) result.vantages.push_back(view_of(vantage));
  return result;
}

void Core::Impl::touch(BlockId id, Touch touch) {
  TargetRecord& target = targets_[id.first];
  BlockRecord& block = target.blocks[id.second];
  target.touched = true;
  if (block.touched == Touch::none) touched_.push_back(id);
  block.touched = std::max(block.touched, touch);
}

// Which vantage ASes count now. False when that, or who is trusted, has changed since the last snapshot.
bool Core::Impl::follow_validity() {
  std::vector<Asn> valid;
  for (const VantageRecord& vantage : vantages_) {
    if (vantage.guard.state() == VantageState::valid) valid.push_back(vantage.settings.asn);
  }
  std::ranges::sort(valid);
  valid.erase(std::unique(valid.begin(), valid.end()), valid.end());
  const bool same = !std::exchange(trust_changed_, false) && valid == valid_asns_;
  // Shares that move because others look at them have not moved.
  if (valid != valid_asns_) {
    for (TargetRecord& target : targets_) target.share_watch.restart();
  }
  valid_asns_ = std::move(valid);
  return same;
}

BlockId Core::Impl::next_after(BlockId& at) const {
  while (at.first >= targets_.size() || at.second >= targets_[at.first].blocks.size()) {
    at = {at.first + 1 < targets_.size() ? at.first + 1 : 0, 0};
  }
  const BlockId found = at;
  ++at.second;
  return found;
}

// A target that is new, or was configured anew. The number of blocks that were looked at for it.
std::size_t Core::Impl::fill_ledger(TargetRecord& target, Timestamp now) {
  if (target.ledger.blocks().size() == target.blocks.size()) return 0;
  target.touched = true;
  target.ledger = TargetLedger{};
  const auto number = static_cast<std::size_t>(&target - targets_.data());
  for (std::size_t b = 0; b < target.blocks.size(); ++b) {
    ShareTally tally = tally_of({number, b});
    BlockView view = block_view({number, b}, tally, now);
    target.ledger.add_block(std::move(view), std::move(tally));
    target.blocks[b].touched = Touch::none;
  }
  return target.blocks.size();
}

// What was being learned in the latest snapshot and is known by now, whether it was seen again or not.
void Core::Impl::end_learning(Timestamp now) {
  while (!learning_.empty() && learning_.begin()->first < now) {
    touch(learning_.begin()->second, Touch::paths);
    learning_.erase(learning_.begin());
  }
}

void Core::Impl::refresh(BlockId id, Timestamp now) {
  TargetRecord& target = targets_[id.first];
  BlockRecord& block = target.blocks[id.second];
  const Touch touch = std::exchange(block.touched, Touch::none);
  if (touch == Touch::none) return;
  if (touch == Touch::paths) {
    ShareTally tally = tally_of(id);
    BlockView view = block_view(id, tally, now);
    target.ledger.replace_block(id.second, std::move(view), std::move(tally));
    return;
  }
  // Most pings change nothing: the belief already is as firm as it gets.
  std::vector<BlockVantageView> beliefs = views_of(block.beliefs);
  if (beliefs == target.ledger.blocks()[id.second].vantages) return;
  target.ledger.replace_beliefs(id.second, std::move(beliefs), mean_probability(block, vantages_));
}

void Core::Impl::review_some(Timestamp now) {
  for (std::size_t i = 0; i < kReviewedBlocks && blocks_to_review_ > 0; ++i, --blocks_to_review_) {
    const BlockId id = next_after(review_at_);
    targets_[id.first].touched = true;
    targets_[id.first].blocks[id.second].touched = Touch::paths;
    refresh(id, now);
  }
}

ShareTally Core::Impl::tally_of(BlockId id) const {
  const TargetRecord& target = targets_[id.first];
  const BlockRecord& block = target.blocks[id.second];
  const auto vantage_asn = [&](inference::VantageId path_vantage) -> std::optional<Asn> {
    const auto v = path_vantage < vantage_of_path_.size() ? vantage_of_path_[path_vantage] : std::nullopt;
    if (!v || vantages_[*v].guard.state() != VantageState::valid) return std::nullopt;
    return vantages_[*v].settings.asn;
  };
  const auto counts = [&](Asn asn) {
    if (block.state.state == State::down) return false;
    const auto found = block.upstreams.upstreams().find(asn);
    return found != block.upstreams.upstreams().end() && found->second.standing == Standing::present;
  };
  return tally_block(paths_.paths_of(*target.paths, block.block), vantage_asn, valid_asns_, counts);
}

BlockView Core::Impl::block_view(BlockId id, const ShareTally& tally, Timestamp now) {
  const TargetRecord& target = targets_[id.first];
  const BlockRecord& block = target.blocks[id.second];
  BlockView view;
  view.block = block.block;
  view.state = block.state.state;
  view.since = block.state.since;
  view.vantages = views_of(block.beliefs);
  view.reachability_probability = mean_probability(block, vantages_);
  view.failing = block.failing;
  view.ways = block.ways.measured();
  view.learning = !block.upstreams.learned(now);
  view.redundancy = block.redundancy;
  const auto learning_ends = block.upstreams.learning_ends();
  if (view.learning && learning_ends) learning_.emplace(*learning_ends, id);
  view.unknown_share = tally.unknown_share(Estimand::vantage);
  view.effective_upstreams = tally.effective_upstreams(Estimand::vantage);
  for (const auto& [asn, upstream] : block.upstreams.upstreams()) {
    if (upstream.standing == Standing::candidate) continue;
    UpstreamView& shown = view.upstreams.emplace_back();
    shown.asn = asn;
    shown.name = data_->name_of(asn);
    shown.state = state_of(upstream, block, target.health.is_strained(asn));
    shown.first_seen = upstream.first_seen;
    shown.last_seen = upstream.last_seen;
    add_shares(shown, tally);
  }
  const auto paths = paths_.paths_of(*target.paths, block.block);
  view.paths.reserve(paths.size());
  for (const inference::Path& path : paths) {
    view.paths.push_back({.trace = path.trace,
                          .upstream = path.last_hop.upstream.value_or(Asn{}),
                          .confidence = path.last_hop.confidence,
                          .rule = to_string(path.last_hop.rule)});
  }
  return view;
}

const std::shared_ptr<const TargetView>& Core::Impl::view_of(TargetRecord& target) {
  if (target.view != nullptr && !std::exchange(target.touched, false) && target.view->state == target.state.state &&
      target.view->since == target.state.since && target.view->events == target.events) {
    return target.view;
  }
  TargetView view;
  view.name = target.settings.network.name;
  view.asn = target.settings.network.asn;
  view.state = target.state.state;
  view.since = target.state.since;
  view.diversity = target.diversity;
  view.upstream_count = static_cast<std::uint32_t>(target.carried_blocks.size());
  view.upstreams = target.ledger.upstreams();
  for (const UpstreamView& upstream : view.upstreams) {
    if (target.health.is_strained(upstream.asn)) view.strained_upstreams.push_back(upstream.asn);
  }
  view.expected_upstreams = target.settings.network.known_providers;
  view.unknown_share = target.ledger.unknown_share();
  view.effective_upstreams = target.ledger.effective_upstreams();
  view.redundancy = target.redundancy;
  view.blocks = target.ledger.blocks();
  view.pings = target.pings;
  view.events = target.events;
  target.touched = false;
  target.view = std::make_shared<const TargetView>(std::move(view));
  return target.view;
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
