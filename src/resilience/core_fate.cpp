#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "isthmus/ip2as/network_data.hpp"
#include "resilience/core_impl.hpp"

namespace isthmus::resilience {
namespace {

const double kSure = std::log(9.0);             // Odds of nine to one.
const double kOverwhelming = std::log(1000.0);  // Needs no look at the paths.
// How much likelier such paths are in an outage than with hosts that left, for each AS that sees them. That the last
// router alone is missing may be its rate limit, and then everybody misses it; that several are is hardly ever chance.
const double kShorter = std::log(5.0);
const double kBroken = std::log(30.0);
const double kMostOfShorter = std::log(30.0);
const double kMostOfPaths = std::log(1e5);
// A path that still leads into the target's own network. One that ends at its provider's door says nothing: so it does
// when hosts leave behind a silent border, and when the line to them is cut.
const double kIntactInside = -std::log(20.0);
// Another block of the target has just been cut off: outages come block by block. The more blocks there are, the
// likelier that it is chance.
constexpr double kNeighbour = 200;
constexpr int kNeighbourRounds = 3;
// Each look unpacks the traces of what is open, and in a large space hundreds of blocks are, every night.
constexpr Duration kLeastReview = std::chrono::seconds(1);
constexpr int kReviewsARound = 60;

// The router nearest to the destination that answered.
const Hop* last_router(const Trace& trace) {
  for (auto hop = trace.hops.rbegin(); hop != trace.hops.rend(); ++hop) {
    const Reply* answer = hop->answer();
    if (answer != nullptr && answer->from != trace.destination) return &*hop;
  }
  return nullptr;
}

const Reply* answer_at(const Trace& trace, Ttl ttl) {
  for (const Hop& hop : trace.hops) {
    if (hop.ttl == ttl) return hop.answer();
  }
  return nullptr;
}

// How far the path leads now, compared with when the destination answered.
enum class Tail { broken, shorter, same, unclear };

// A router on the way says that it knows no way on. From the last one, which looks for the host itself, that is news of
// the host.
bool is_refused(const Trace& after, const Hop* last_after, const Reply& door) {
  return after.stop == StopReason::unreachable && last_after != nullptr && last_after->answer()->from != door.from;
}

Tail compare_tails(const Trace& before, const Trace& after) {
  const Hop* last_before = last_router(before);
  const Hop* last_after = last_router(after);
  if (last_before == nullptr) return Tail::unclear;
  const Reply& door = *last_before->answer();
  const Reply* same = answer_at(after, last_before->ttl);
  if (same != nullptr && same->from == door.from) return Tail::same;
  if (is_refused(after, last_after, door)) return Tail::broken;
  const Ttl reached = last_after == nullptr ? Ttl{0} : last_after->ttl;
  const auto missing = std::ranges::count_if(before.hops, [&](const Hop& hop) {
    return hop.ttl > reached && hop.ttl <= last_before->ttl && hop.answer() != nullptr;
  });
  return missing >= 2 ? Tail::broken : missing == 1 ? Tail::shorter : Tail::unclear;
}

// What a flow showed before it changed. Where each trace is of another flow, as RIPE Atlas takes them, a flow has no
// past of its own: then what the vantage point's latest one showed of the same address while that answered.
PackedTrace past_of(const inference::Path& path, std::span<const inference::Path> paths, Timestamp since) {
  if (path.before) return path.before;
  const inference::Path* latest = nullptr;
  for (const inference::Path& other : paths) {
    const bool same_way = other.key.vantage == path.key.vantage && other.key.address == path.key.address;
    if (!same_way || !other.answered || !other.trace || other.started >= since) continue;
    if (latest == nullptr || other.started > latest->started) latest = &other;
  }
  return latest == nullptr ? PackedTrace() : latest->trace;
}

}  // namespace

// Votes say that nobody reaches the block. Until it is clear what that means, what was known stays for a round.
State Core::Impl::judge_silence(BlockId id, Timestamp now) {
  TargetRecord& target = targets_[id.first];
  BlockRecord& block = target.blocks[id.second];
  if (block.outage) return State::down;
  if (!block.silent_since) {
    block.silent_since = now;
    target.silent.insert(id.second);
    if (open_silences_.empty()) next_silence_review_ = now + review_interval();
    open_silences_.insert(id);
  }
  const bool waited = now - *block.silent_since >= settings_.ping_interval;
  // Somebody got an answer since: vantage points that failed at once by chance have come to their senses by then.
  if (!waited && is_contradicted(block)) return block.state.state;
  // What was down before we started or went blind is not over because its hosts are few.
  if (block.announced_down || is_outage(id, waited, now)) {
    block.outage = true;
    target.latest_outage = block.fate.silence().last_left;
    block.silent_since.reset();
    open_silences_.erase(id);
    return State::down;
  }
  ask_what_silence_means(id, now);
  return waited ? State::unknown : block.state.state;
}

// Only paths of now tell. Those that were asked for at an earlier sign, a round that one vantage point missed, are
// older than the silence, and nobody's opinion has to change again for a reason to ask. Once a silence.
void Core::Impl::ask_what_silence_means(BlockId id, Timestamp now) {
  BlockRecord& block = targets_[id.first].blocks[id.second];
  const bool asked_since = block.retraced_by_all && *block.retraced_by_all >= beginning_of(State::down, block, now);
  if (asked_since && *block.retraced_by_all > last_reached(id)) return;
  const bool asked = block.retraced_in_silence && (*block.retraced_in_silence >= *block.silent_since ||
                                                   now - *block.retraced_in_silence < settings_.ping_interval);
  if (asked) return;
  block.retraced_in_silence = block.retraced_by_all = now;
  request_traces(id, std::nullopt, {}, false);
}

// An outage begins for all: most who miss answers began to after the latest answer that anybody got. Vantage points
// that fail one by one, by chance, have the answers of others between them.
bool Core::Impl::is_contradicted(const BlockRecord& block) const {
  std::optional<Timestamp> answered;
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    if (vantages_[v].trusted) answered = std::max(answered, block.beliefs[v].last_answered());
  }
  std::size_t missing = 0;
  std::size_t since_then = 0;
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    const BlockBelief& belief = block.beliefs[v];
    if (!vantages_[v].trusted || belief.opinion() != Opinion::down) continue;
    ++missing;
    if (belief.silent_since() > answered) ++since_then;
  }
  return 2 * since_then < missing;
}

void Core::Impl::end_silence(BlockId id) {
  TargetRecord& target = targets_[id.first];
  BlockRecord& block = target.blocks[id.second];
  block.outage = false;
  block.silent_since.reset();
  target.silent.erase(id.second);
  open_silences_.erase(id);
}

Duration Core::Impl::review_interval() const {
  return std::max(kLeastReview, settings_.ping_interval / kReviewsARound);
}

// New paths, other blocks, or time may have decided what was open.
void Core::Impl::review_silences(Timestamp now) {
  if (open_silences_.empty() || now < next_silence_review_) return;
  next_silence_review_ = now + review_interval();
  const std::vector<BlockId> open(open_silences_.begin(), open_silences_.end());
  for (const BlockId& id : open) review_block(id, now);
}

// `waited`: traces of now would have come in, if there were any.
bool Core::Impl::is_outage(BlockId id, bool waited, Timestamp now) {
  TargetRecord& target = targets_[id.first];
  const BlockFate::Silence silence = target.blocks[id.second].fate.silence();
  if (silence.addresses == 0) return true;  // From a store that did not keep hosts.
  double odds = BlockFate::log_odds(silence, settings_.ping_interval);
  const bool neighbour = target.latest_outage && std::chrono::abs(silence.last_left - *target.latest_outage) <=
                                                     kNeighbourRounds * settings_.ping_interval;
  if (neighbour) odds += std::max(0.0, std::log(kNeighbour / static_cast<double>(target.blocks.size())));
  if (odds > kOverwhelming) return true;
  const double paths = evidence_of_paths(id, std::max(silence.last_left, last_reached(id) + Duration(1)));
  if (odds + paths > kSure && (paths != 0 || waited)) return true;
  return went_together(target, silence, now);
}

// Hosts of all blocks of a target do not leave within the same round. Of N blocks some n always may: there are (N over
// n) ways to choose them, each of which would have been noticed. One more of them has (N - n + 1) / n ways to be there
// by chance: beside a block that is cut off beyond doubt, the hosts of another one may still have left.
bool Core::Impl::went_together(TargetRecord& target, const BlockFate::Silence& silence, Timestamp now) {
  const Duration round = settings_.ping_interval;
  if (target.joint_judged_at != now) {
    target.joint_judged_at = now;
    target.joint_outage.reset();
    Timestamp latest{};
    for (const std::size_t b : target.silent) latest = std::max(latest, target.blocks[b].fate.silence().last_left);
    BlockFate::Silence all;
    double blocks = 0;
    // Blocks that fall silent are still called what they were while it is open why.
    auto others = static_cast<double>(target.blocks_in[static_cast<std::size_t>(State::up)] +
                                      target.blocks_in[static_cast<std::size_t>(State::degraded)]);
    for (const std::size_t b : target.silent) {
      const State state = target.blocks[b].state.state;
      if (state == State::up || state == State::degraded) --others;
      const BlockFate::Silence its = target.blocks[b].fate.silence();
      if (its.addresses == 0 || its.last_left + round < latest) continue;
      all = BlockFate::join(all, its);
      ++blocks;
    }
    const double at_risk = blocks + others;
    const double choices = std::lgamma(at_risk + 1) - std::lgamma(blocks + 1) - std::lgamma(at_risk - blocks + 1);
    if (blocks > 1 && BlockFate::log_odds(all, round) - choices > kSure) {
      target.joint_outage = {.last_left = latest,
                             .window = BlockFate::window_of(all, round),
                             .log_choices_of_one = std::log((at_risk - blocks + 1) / blocks)};
    }
  }
  if (!target.joint_outage || silence.last_left + round < target.joint_outage->last_left) return false;
  const double alone = BlockFate::log_coincidence(silence, target.joint_outage->window);
  return -alone - target.joint_outage->log_choices_of_one > kSure;
}

// When the latest trace began that got to its destination. Until then nothing was cut off, though pings were lost by
// chance: what was traced before shows how it was before.
Timestamp Core::Impl::last_reached(BlockId id) const {
  const TargetRecord& target = targets_[id.first];
  Timestamp latest{};
  for (const inference::Path& path : paths_.paths_of(*target.paths, target.blocks[id.second].block)) {
    if (path.answered) latest = std::max(latest, path.started);
  }
  return latest;
}

// Logarithm of how much likelier the present paths are in an outage than with hosts that left. One voice each AS.
double Core::Impl::evidence_of_paths(BlockId id, Timestamp since) const {
  const TargetRecord& target = targets_[id.first];
  const Block& block = target.blocks[id.second].block;
  std::map<Asn, double> voices;
  const auto paths = paths_.paths_of(*target.paths, block);
  for (const inference::Path& path : paths) {
    const auto vantage = vantage_index_.find(paths_.name_of(path.key.vantage));
    if (vantage == vantage_index_.end() || !vantages_[vantage->second].trusted) continue;
    // What a vantage point traced while it was blind ends at its own door.
    if (!path.trace || path.started < std::max(since, vantages_[vantage->second].guard.trusted_since())) continue;
    const PackedTrace past = past_of(path, paths, since);
    if (!past) continue;
    const Trace now = path.trace.unpack();
    const Tail tail = compare_tails(past.unpack(), now);
    if (tail == Tail::unclear) continue;
    double& voice = voices[vantages_[vantage->second].settings.asn];
    if (tail == Tail::broken || tail == Tail::shorter) {
      voice = std::max(voice, tail == Tail::broken ? kBroken : kShorter);
    } else if (voice <= 0) {
      const Reply* door = last_router(now)->answer();
      const bool inside = ip2as::annotate(*data_, door->from).asn == target.settings.network.asn;
      if (inside) voice = kIntactInside;
    }
  }
  double broken = 0;
  double others = 0;
  for (const auto& [asn, voice] : voices) (voice >= kBroken ? broken : others) += voice;
  return std::clamp(broken + std::min(others, kMostOfShorter), -kMostOfPaths, kMostOfPaths);
}

}  // namespace isthmus::resilience
