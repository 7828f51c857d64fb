#include <algorithm>
#include <map>
#include <string>

#include "resilience/core_impl.hpp"

namespace isthmus::resilience {
namespace {

// A flow that was not traced for so long, while its vantage point traced others of the block, is traced no
// more.
constexpr int kForgottenRounds = 3;

// Blocks swept along with one observation, at most.
constexpr std::size_t kSweptBlocks = 16;

constexpr int kFirstOverlapRounds = 2;

// Whether a target has two upstreams at once is looked for in all of its blocks: in many not at every trace, but so
// often that what is found is late by no more than a hundredth of a trace interval.
constexpr std::size_t kBlocksReviewedAtOnce = 256;
constexpr int kReviewsInAnInterval = 100;

bool has_changed(const inference::PathMap::Update& update) {
  return update.earlier && update.earlier->conclusive() && update.path->last_hop.conclusive() &&
         update.earlier->upstream != update.path->last_hop.upstream;
}

// Of some hop nothing was asked: a router had no answer to give within its budget, or the kernel refused.
bool has_withheld(const Trace& trace) {
  return std::ranges::any_of(trace.hops, [](const Hop& hop) {
    return !hop.outcomes.empty() && std::ranges::all_of(hop.outcomes, [](const Outcome& outcome) {
      return std::holds_alternative<SendFailed>(outcome);
    });
  });
}

}  // namespace

void Core::Impl::handle_trace(std::size_t vantage, const Trace& trace, Timestamp now) {
  const auto found = target_index_.find(trace.target);
  if (found == target_index_.end()) return reject(Rejection::unknown_target);
  TargetRecord& target = targets_[found->second];
  const auto block_found = target.block_index.find(Block::of(trace.destination));
  if (block_found == target.block_index.end()) return reject(Rejection::unknown_target);
  const BlockId id{found->second, block_found->second};
  BlockRecord& block = target.blocks[id.second];

  const auto update = paths_.update_keeping(trace, *target.paths);
  if (update.path == nullptr) return reject(update.repeated ? Rejection::duplicate : Rejection::outdated);
  touch(id, Touch::paths);
  note_carriage(id, vantage, *update.path);
  advise(trace, update.path->last_hop);
  if (has_changed(update)) ask_for_traces(id, std::nullopt, trace.destination, now, true);
  // The traces of a blind vantage point die, and where probes were withheld the silence is our own: neither says
  // anything about the block.
  if (!update.path->last_hop.conclusive() && (!vantages_[vantage].trusted || has_withheld(trace))) return;

  log_path(id, vantage, *update.path, trace);
  mark_unsaved(id);

  note_way(id, update);
  context_.reachable = is_reachable(block);
  context_.reachable_since = block.reachable_since;
  context_.now = now;
  block.upstreams.handle_path(vantage, *update.path, context_);
  for (const UpstreamChange& change : block.upstreams.review(context_)) apply_change(id, change, now);
  review_block_redundancy(id, now);
  review_target_redundancy(target, now);
}

void Core::Impl::advise(const Trace& trace, const inference::LastHop& last_hop) {
  if (!settings_.sentinel_interval || !last_hop.conclusive() || !last_hop.router) return;
  advice.push_back({trace.vantage, trace.target, trace.destination, trace.flow, *last_hop.router});
}

// A block whose addresses never answered a ping is judged by its traces alone.
bool Core::Impl::is_reachable(const BlockRecord& block) const {
  const State state = block.state.state;
  if (state != State::unknown) return state != State::down;
  return std::all_of(block.beliefs.begin(), block.beliefs.end(), [](const BlockBelief& belief) {
    return belief.opinion() == Opinion::none && belief.addresses().empty();
  });
}

void Core::Impl::apply_change(BlockId id, const UpstreamChange& change, Timestamp now) {
  TargetRecord& target = targets_[id.first];
  std::uint32_t& carried = target.carried_blocks[change.asn];
  carried += change.kind == EventKind::upstream_lost ? std::uint32_t(-1) : 1U;
  if (carried == 0) target.carried_blocks.erase(change.asn);
  target.share_watch.restart();
  targets_[id.first].blocks[id.second].latest_change = target.latest_change = change.traces;
  if (!change.baseline) raise(upstream_event(id, change, now), &target);
}

// The first redundancy is no event, so it can wait until it is beyond doubt. What was lost is waited for.
Duration Core::Impl::overlap_needed(Redundancy redundancy) const {
  return redundancy == Redundancy::never ? kFirstOverlapRounds * context_.trace_interval : Duration::zero();
}

void Core::Impl::review_block_redundancy(BlockId id, Timestamp now) {
  TargetRecord& target = targets_[id.first];
  BlockRecord& block = target.blocks[id.second];
  const std::size_t present = block.upstreams.present().size();
  if (block.redundancy == Redundancy::held) {
    if (present >= 2) return;
    block.redundancy = Redundancy::lost;
    raise(redundancy_event(target, &block, EventKind::redundancy_lost, now), &target);
    return;
  }
  if (present < 2) return;
  std::vector<SeenPeriod> periods;
  for (const auto& [asn, upstream] : block.upstreams.upstreams()) {
    if (upstream.standing != UpstreamTracker::Standing::present) continue;
    if (const auto period = seen_period(upstream, context_.trusted)) periods.push_back(*period);
  }
  if (!seen_together(periods, overlap_needed(block.redundancy))) return;
  const bool back = block.redundancy == Redundancy::lost;
  block.redundancy = Redundancy::held;
  if (back) raise(redundancy_event(target, &block, EventKind::redundancy_restored, now), &target);
}

void Core::Impl::review_target_redundancy(TargetRecord& target, Timestamp now) {
  if (target.redundancy == Redundancy::held) {
    if (target.carried_blocks.size() >= 2) return;
    target.redundancy = Redundancy::lost;
    raise(redundancy_event(target, nullptr, EventKind::redundancy_lost, now), &target);
    return;
  }
  if (target.carried_blocks.size() < 2) return;
  if (target.blocks.size() > kBlocksReviewedAtOnce) {
    if (now < target.next_redundancy_review) return;
    target.next_redundancy_review = now + settings_.trace_interval / kReviewsInAnInterval;
  }
  std::map<Asn, SeenPeriod> periods;
  for (const BlockRecord& block : target.blocks) {
    for (const auto& [asn, upstream] : block.upstreams.upstreams()) {
      if (upstream.standing != UpstreamTracker::Standing::present) continue;
      const auto period = seen_period(upstream, context_.trusted);
      if (!period) continue;
      SeenPeriod& whole = periods.try_emplace(asn, *period).first->second;
      whole.first_ended = std::min(whole.first_ended, period->first_ended);
      whole.again_started = std::min(whole.again_started, period->again_started);
      whole.last_started = std::max(whole.last_started, period->last_started);
    }
  }
  std::vector<SeenPeriod> seen;
  for (const auto& [asn, period] : periods) seen.push_back(period);
  if (!seen_together(seen, overlap_needed(target.redundancy))) return;
  const bool back = target.redundancy == Redundancy::lost;
  target.redundancy = Redundancy::held;
  if (back) raise(redundancy_event(target, nullptr, EventKind::redundancy_restored, now), &target);
}

// Goes around all blocks once a trace interval, a few at a time, so that no observation waits for all of them.
void Core::Impl::sweep_paths(Timestamp now) {
  if (!sweep_began_ || (swept_ >= block_count_ && now - *sweep_began_ >= settings_.trace_interval)) {
    sweep_began_ = now;
    swept_ = 0;
  }
  const double passed = to_seconds(now - *sweep_began_) / to_seconds(settings_.trace_interval);
  const auto due = static_cast<std::size_t>(static_cast<double>(block_count_) * std::min(passed, 1.0));
  for (std::size_t i = 0; i < kSweptBlocks && swept_ < due; ++i, ++swept_) sweep_block(next_after(sweep_at_));
}

void Core::Impl::sweep_block(BlockId id) {
  TargetRecord& target = targets_[id.first];
  BlockRecord& block = target.blocks[id.second];
  std::map<inference::VantageId, Timestamp> newest;
  for (const inference::Path& path : paths_.paths_of(*target.paths, block.block)) {
    Timestamp& latest = newest[path.key.vantage];
    latest = std::max(latest, path.time);
  }
  paths_.erase_if(*target.paths, block.block, [&](const inference::Path& path) {
    const inference::PathKey& key = path.key;
    if (path.time >= newest[key.vantage] - kForgottenRounds * settings_.trace_interval) return false;
    forget_way(id, key);
    const auto vantage = vantage_index_.find(paths_.name_of(key.vantage));
    if (vantage != vantage_index_.end()) block.upstreams.forget_path(vantage->second, key.address, key.flow);
    touch(id, Touch::paths);
    return true;
  });
}

}  // namespace isthmus::resilience
