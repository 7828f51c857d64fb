#include <algorithm>
#include <set>
#include <utility>

#include "resilience/core_impl.hpp"

namespace isthmus::resilience {
namespace {

// Going down or coming up block by block is no partial outage: it must last this long to be called one, unless those
// who do see the target prove that it is.
constexpr int kPartialRounds = 3;
// Routes change at one vantage point after the other; who is told last still gets answers for a while.
constexpr Duration kConvergence = std::chrono::seconds(5);
constexpr int kPauseRounds = 8;
constexpr std::size_t kRetracedAddresses = 4;

}  // namespace

// After every call of a guard: tells what changed, and counts votes anew when trust did.
void Core::Impl::follow_guard(std::size_t vantage, Timestamp now) {
  VantageRecord& record = vantages_[vantage];
  const auto change = record.guard.poll_change();
  if (change) {
    Event event;
    event.time = now;
    event.kind = change->after == VantageState::valid ? EventKind::vantage_valid : EventKind::vantage_invalid;
    event.vantage = record.settings.name;
    event.before = to_string(change->before);
    event.after = to_string(change->after);
    event.evidence.summary = change->after == VantageState::valid
                                 ? record.settings.name + " can see again."
                                 : record.settings.name + " cannot see: " + record.guard.reason() + ".";
    ++record.events[event.kind];
    raise(std::move(event), nullptr);
  }
  if (record.trusted == record.guard.trusted() && !change) return;
  record.trusted = record.guard.trusted();
  trust_changed_ = true;
  context_.trusted[vantage] = record.trusted;
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    for (std::size_t b = 0; b < targets_[t].blocks.size(); ++b) {
      if (!record.trusted) targets_[t].blocks[b].beliefs[vantage].forget_misses();
      review_block({t, b}, now);
    }
  }
  if (!record.trusted) {
    record.suspicions.clear();
    record.losses.clear();
  }
}

Ballot Core::Impl::count_opinions(const BlockRecord& block) const {
  Ballot ballot{.networks = networks_};
  std::set<Asn> down_networks;
  std::set<Asn> all_down_networks;
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    const Opinion opinion = block.beliefs[v].opinion();
    if (opinion == Opinion::none) continue;
    const bool trusted = vantages_[v].trusted;
    if (!trusted && vantages_[v].guard.state() != VantageState::valid) continue;
    if (opinion == Opinion::up) {
      ++(trusted ? ballot.ups : ballot.suspended_ups);
      continue;
    }
    ++(trusted ? ballot.downs : ballot.suspended_downs);
    all_down_networks.insert(vantages_[v].settings.asn);
    if (trusted) down_networks.insert(vantages_[v].settings.asn);
  }
  ballot.down_networks = static_cast<std::uint32_t>(down_networks.size());
  ballot.all_down_networks = static_cast<std::uint32_t>(all_down_networks.size());
  return ballot;
}

// Not when it was found out, but the first probe that showed it: the first unanswered one after the last answer that
// anybody got, or the first answer after that.
Timestamp Core::Impl::beginning_of(State state, const BlockRecord& block, Timestamp now) const {
  if (block.state.known == State::down && state != State::down) return block.answered_again.value_or(now);
  if (state == State::up) return block.recovering_since.value_or(now);
  if (state != State::down) return now;
  std::optional<Timestamp> answered;
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    if (vantages_[v].trusted) answered = std::max(answered, block.beliefs[v].last_answered());
  }
  std::optional<Timestamp> missed;
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    const auto silent = block.beliefs[v].silent_since();
    if (!vantages_[v].trusted || !silent || (answered && *silent <= *answered)) continue;
    missed = std::min(missed.value_or(*silent), *silent);
  }
  return missed.value_or(now);
}

void Core::Impl::review_block(BlockId id, Timestamp now) {
  TargetRecord& target = targets_[id.first];
  BlockRecord& block = target.blocks[id.second];
  const Ballot ballot = count_opinions(block);
  const State before = block.state.state;
  State state = count_votes(ballot, before);
  if (state == State::down) {
    state = judge_silence(id, now);
  } else if (state != before || block.silent_since || block.outage) {
    end_silence(id);
  }
  // Whoever got the first answer misses the next ones: that was no end of it.
  if (ballot.ups + ballot.suspended_ups == 0) block.answered_again.reset();
  if (state == before) return;
  if (block.state.known == State::down && state != State::down && state != State::unknown) {
    block.reachable_since = now;
  }
  const State known_before = block.state.known;
  --target.blocks_in[static_cast<std::size_t>(before)];
  ++target.blocks_in[static_cast<std::size_t>(state)];
  const Timestamp began = beginning_of(state, block, now);
  if (state == State::degraded && block.state.known == State::down) {
    block.recovering_since = began;
  } else if (state != State::degraded) {
    block.recovering_since.reset();
  }
  block.state.set(state, began);
  if (state == State::down || state == State::up) block.answered_again.reset();
  touch(id, Touch::paths);
  mark_unsaved(id);
  announce_block(id, known_before, now);
  review_target(target, now);
}

void Core::Impl::announce_block(BlockId id, State before, Timestamp now) {
  TargetRecord& target = targets_[id.first];
  BlockRecord& block = target.blocks[id.second];
  if (block.state.state == State::down && !block.announced_down) {
    block.announced_down = true;
    Event event = block_event(id, EventKind::block_down, before, now);
    if (event.evidence.failing) block.failing = std::make_shared<const FailingHop>(*event.evidence.failing);
    raise(std::move(event), &target);
  } else if (block.state.state == State::up && block.announced_down) {
    block.announced_down = false;
    block.failing.reset();
    raise(block_event(id, EventKind::block_up, before, now), &target);
  }
}

void Core::Impl::review_target(TargetRecord& target, Timestamp now) {
  const auto in = [&](State state) { return target.blocks_in[static_cast<std::size_t>(state)]; };
  const std::size_t known = target.blocks.size() - in(State::unknown);
  if (known == 0) {
    target.partial_since.reset();
    target.state.set(State::unknown, now);
    return;
  }
  const bool partial = in(State::up) != known && in(State::down) != known;
  if (!partial) {
    target.partial_since.reset();
    const State all_up = target.health.any_strained() ? State::degraded : State::up;
    announce_target(target, in(State::up) == known ? all_up : State::down, now);
  } else if (target.announced != State::degraded) {
    if (!target.partial_since) target.partial_since = now;
    target.partial_reviewed = now;
    if (partial_is_certain(target, now)) {
      target.partial_since.reset();
      announce_target(target, State::degraded, now);
    }
  }
  target.state.set(target.announced, now);
}

bool Core::Impl::partial_is_certain(const TargetRecord& target, Timestamp now) const {
  if (now - *target.partial_since >= kPartialRounds * settings_.ping_interval) return true;
  // Blocks go down, and come back, one after the other: that takes its time, and is told block by block.
  const bool blocks_down = target.blocks_in[static_cast<std::size_t>(State::down)] > 0;
  return target.announced == State::up && !blocks_down && is_divided(target);
}

// Whoever still sees a block of the target got answers after everybody who lost one had begun to miss it: a split, and
// no outage that has not reached them yet. Two thirds of them are enough, for single packets get lost.
bool Core::Impl::is_divided(const TargetRecord& target) const {
  Timestamp last_loss{};
  for (const BlockRecord& block : target.blocks) {
    for (std::size_t v = 0; v < vantages_.size(); ++v) {
      const BlockBelief& belief = block.beliefs[v];
      if (!vantages_[v].trusted || belief.opinion() != Opinion::down) continue;
      last_loss = std::max(last_loss, belief.silent_since().value_or(Timestamp::max()));
    }
  }
  if (last_loss > Timestamp::max() - kConvergence) return false;
  return std::ranges::all_of(target.blocks, [&](const BlockRecord& block) {
    if (block.state.state == State::unknown) return true;
    std::size_t seeing = 0;
    std::size_t proving = 0;
    for (std::size_t v = 0; v < vantages_.size(); ++v) {
      const BlockBelief& belief = block.beliefs[v];
      if (!vantages_[v].trusted || belief.opinion() != Opinion::up) continue;
      ++seeing;
      if (!belief.is_missing() && belief.last_answered() && *belief.last_answered() > last_loss + kConvergence)
        ++proving;
    }
    // Held up while nobody sees it: that is still being decided.
    return seeing > 0 && 3 * proving >= 2 * seeing;
  });
}

void Core::Impl::announce_target(TargetRecord& target, State state, Timestamp now) {
  if (target.announced == state) return;
  const bool first_look = target.announced == State::unknown && state == State::up;
  const EventKind kind = state == State::up     ? EventKind::target_up
                         : state == State::down ? EventKind::target_down
                                                : EventKind::target_partial;
  Event event = target_event(target, kind, now);
  event.before = to_string(target.announced);
  event.after = to_string(state);
  target.announced = state;
  if (!first_look) raise(std::move(event), &target);
}

void Core::Impl::review_all(Timestamp now) {
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    for (std::size_t b = 0; b < targets_[t].blocks.size(); ++b) review_block({t, b}, now);
    review_target(targets_[t], now);
  }
}

void Core::Impl::begin(Timestamp now) {
  if (rehearsal_) drop_news();
  notice_own_pause(now);
  if (std::exchange(reconfigured_, false)) review_all(now);
}

// When nobody called for long, it was us who slept: nothing that was or was not seen then means anything.
void Core::Impl::notice_own_pause(Timestamp now) {
  const Duration longest = kPauseRounds * settings_.ping_interval + settings_.ping_timeout;
  const bool first = !last_call_;
  const bool paused = last_call_ && now - *last_call_ > longest;
  last_call_ = now;
  // Before the first call there was a restart, or nothing.
  if (first || paused) note_unwatched(now);
  if (paused) forget_pause(now);
}

void Core::Impl::handle_pause(Timestamp now) {
  last_call_ = now;
  note_unwatched(now);
  forget_pause(now);
}

void Core::Impl::note_unwatched(Timestamp now) {
  for (TargetRecord& target : targets_) {
    for (BlockRecord& block : target.blocks) block.fate.handle_pause(now);
  }
}

void Core::Impl::forget_pause(Timestamp now) {
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    vantages_[v].guard.handle_own_pause(now);
    follow_guard(v, now);
  }
  for (TargetRecord& target : targets_) target.partial_since.reset();
}

// At most one request a block, vantage point and ping interval: a sign of change is a reason to look, not to
// flood.
void Core::Impl::ask_for_traces(BlockId id, std::optional<std::size_t> vantage, const IpAddress& address, Timestamp now,
                                bool path_changed) {
  BlockRecord& block = targets_[id.first].blocks[id.second];
  const auto recent = [&](const std::optional<Timestamp>& last) {
    return last && now - *last < settings_.ping_interval;
  };
  if (recent(block.retraced_by_all) || (vantage && recent(block.retraced[*vantage]))) return;
  (vantage ? block.retraced[*vantage] : block.retraced_by_all) = now;
  request_traces(id, vantage, address, path_changed);
}

// Of the addresses that were traced before, or else of the other one.
void Core::Impl::request_traces(BlockId id, std::optional<std::size_t> vantage,
                                const std::optional<IpAddress>& otherwise, bool path_changed) {
  const TargetRecord& target = targets_[id.first];
  const BlockRecord& block = target.blocks[id.second];
  std::set<IpAddress> addresses;
  for (const inference::Path& path : paths_.paths_of(*target.paths, block.block)) {
    if (addresses.size() < kRetracedAddresses) addresses.insert(path.key.address);
  }
  if (addresses.empty() && otherwise) addresses.insert(*otherwise);
  for (const IpAddress& traced : addresses) {
    retraces.push_back({.target = target.settings.network.name,
                        .address = traced,
                        .vantage = vantage ? vantages_[*vantage].settings.name : std::string{},
                        .path_changed = path_changed});
  }
}

}  // namespace isthmus::resilience
