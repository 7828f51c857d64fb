#include "resilience/target_ledger.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::resilience {
namespace {

// Lost in some blocks, carrying others: degraded. Blocks of which nobody can say do not count beside others.
State merged(const std::array<std::uint32_t, kStates.size()>& blocks_in) {
  const auto in = [&](State state) { return blocks_in[static_cast<std::size_t>(state)] > 0; };
  if (in(State::degraded) || (in(State::up) && in(State::down))) return State::degraded;
  if (in(State::up)) return State::up;
  return in(State::down) ? State::down : State::unknown;
}

}  // namespace

void add_shares(UpstreamView& view, const ShareTally& tally) {
  view.vantage = tally.share(Estimand::vantage, view.asn);
  view.address = tally.share(Estimand::address, view.asn);
  view.flow = tally.share(Estimand::flow, view.asn);
  view.units = tally.units(view.asn);
  view.confidence = tally.confidence(view.asn);
}

void TargetLedger::add_block(BlockView view, ShareTally tally) {
  enter(view, tally);
  blocks_.push_back(std::move(view));
  tallies_.push_back(std::move(tally));
}

void TargetLedger::replace_block(std::size_t at, BlockView view, ShareTally tally) {
  leave(blocks_[at], tallies_[at]);
  enter(view, tally);
  blocks_.replace(at, std::move(view));
  tallies_[at] = std::move(tally);
}

void TargetLedger::replace_beliefs(std::size_t at, std::vector<BlockVantageView> vantages,
                                   double reachability_probability) {
  BlockView view = blocks_[at];
  view.vantages = std::move(vantages);
  view.reachability_probability = reachability_probability;
  blocks_.replace(at, std::move(view));
}

void TargetLedger::enter(const BlockView& view, const ShareTally& tally) {
  sum_.add(tally);
  for (const UpstreamView& shown : view.upstreams) {
    Upstream& upstream = upstreams_[shown.asn];
    upstream.name = shown.name;
    ++upstream.blocks_in[static_cast<std::size_t>(shown.state)];
    upstream.first_seen = std::min(upstream.first_seen, shown.first_seen);
    upstream.last_seen = std::max(upstream.last_seen, shown.last_seen);
  }
}

// When it was first and last seen stays: a block that lists an upstream never stops to, and only sees it later again.
void TargetLedger::leave(const BlockView& view, const ShareTally& tally) {
  sum_.subtract(tally);
  for (const UpstreamView& shown : view.upstreams) {
    --upstreams_.at(shown.asn).blocks_in[static_cast<std::size_t>(shown.state)];
  }
}

std::vector<UpstreamView> TargetLedger::upstreams() const {
  std::vector<UpstreamView> all;
  for (const auto& [asn, upstream] : upstreams_) {
    if (std::ranges::all_of(upstream.blocks_in, [](std::uint32_t blocks) { return blocks == 0; })) continue;
    UpstreamView& view = all.emplace_back();
    view.asn = asn;
    view.name = upstream.name;
    view.state = merged(upstream.blocks_in);
    view.first_seen = upstream.first_seen;
    view.last_seen = upstream.last_seen;
    add_shares(view, sum_);
  }
  return all;
}

}  // namespace isthmus::resilience
