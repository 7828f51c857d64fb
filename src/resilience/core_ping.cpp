#include <algorithm>
#include <cerrno>
#include <cstddef>

#include "resilience/core_impl.hpp"

namespace isthmus::resilience {
namespace {

constexpr std::ptrdiff_t kWitnesses = 2;
constexpr int kRequestsARound = 3;
// Of one vantage point and target; who comes later is only counted in the sum of all.
constexpr std::size_t kMostUpstreamRtts = 8;

// Anything else than an answer of the address itself, an ICMP error above all, is a miss.
const Reply* answer_of(const PingSeries& series, const PingOutcome& ping) {
  const Reply* reply = reply_of(ping.outcome);
  return reply != nullptr && answers_ping(*reply, series.address) ? reply : nullptr;
}

bool was_sent(const PingOutcome& ping) { return !std::holds_alternative<SendFailed>(ping.outcome); }

// The vantage point's own routing table knows no way there. Where it carries a full table, that is how a withdrawn
// route looks from it.
bool has_no_route(const PingOutcome& ping) {
  const auto* failed = std::get_if<SendFailed>(&ping.outcome);
  return failed != nullptr && (failed->error_number == ENETUNREACH || failed->error_number == EHOSTUNREACH);
}

}  // namespace

void Core::Impl::handle_series(std::size_t vantage, const PingSeries& series, Timestamp now) {
  if (series.target.empty()) {
    handle_control(vantage, series, now);
    return;
  }
  const auto target = target_index_.find(series.target);
  if (target == target_index_.end()) return reject(Rejection::unknown_target);
  const auto& blocks = targets_[target->second].block_index;
  const auto block = blocks.find(Block::of(series.address));
  if (block == blocks.end()) return reject(Rejection::unknown_target);
  touch({target->second, block->second}, Touch::beliefs);
  for (const PingOutcome& ping : series.outcomes) {
    handle_target_ping(vantage, {target->second, block->second}, series, ping, now);
  }
}

// Packets sent together are one look: the loss of the last one alone says nothing.
void Core::Impl::handle_control(std::size_t vantage, const PingSeries& series, Timestamp now) {
  VantageGuard& guard = vantages_[vantage].guard;
  if (!guard.has_control(series.address)) return reject(Rejection::unknown_target);
  const Timestamp together = series.outcomes.back().sent - settings_.ping_interval / 2;
  bool answered = false;
  bool any = false;
  for (const PingOutcome& ping : series.outcomes) {
    if (guard.knows(series.address, ping.sent)) {
      reject(Rejection::duplicate);
      continue;
    }
    any = true;
    // A probe that could not even leave shows that this vantage point cannot see.
    answered = answered || (ping.sent >= together && answer_of(series, ping) != nullptr);
  }
  if (any) guard.handle_control(series.address, answered, series.outcomes.back().sent, now);
  follow_guard(vantage, now);
  confirm_suspicions(vantage, now);
}

void Core::Impl::confirm_suspicions(std::size_t vantage, Timestamp now) {
  VantageRecord& record = vantages_[vantage];
  const auto proof = record.guard.proof_of_sight();
  if (!proof) return;
  prove_losses(vantage, *proof);
  for (auto it = record.suspicions.begin(); it != record.suspicions.end();) {
    const BlockId id = *it;
    BlockBelief& belief = targets_[id.first].blocks[id.second].beliefs[vantage];
    const bool confirmed = belief.confirm_down(*proof);
    it = confirmed || !belief.suspects_down() ? record.suspicions.erase(it) : std::next(it);
    if (!confirmed) continue;
    touch(id, Touch::beliefs);
    review_block(id, now);
    ask_for_pings(id, std::nullopt, now);
  }
}

void Core::Impl::handle_target_ping(std::size_t vantage, BlockId id, const PingSeries& series, const PingOutcome& ping,
                                    Timestamp now) {
  VantageRecord& record = vantages_[vantage];
  // A miss like any other as long as controls can prove that this vantage point sees; else it is blind itself.
  if (!was_sent(ping) && !(has_no_route(ping) && record.guard.controls() > 0)) return;
  BlockRecord& block = targets_[id.first].blocks[id.second];
  BlockBelief& belief = block.beliefs[vantage];
  if (belief.knows(series.address, ping.sent)) return reject(Rejection::duplicate);
  const Opinion before = belief.opinion();
  const bool was_missing = belief.is_missing();
  const std::size_t known = belief.addresses().size();
  const bool answered = answer_of(series, ping) != nullptr;
  if (was_sent(ping)) count_ping(vantage, id, ping, answered);
  note_probe(id, vantage, series.address, ping, answer_of(series, ping));
  if (answered) {
    record.guard.handle_target_reply(ping.sent);
    belief.handle_reply(series.address, ping.sent);
    if (block.outage) block.fate.forget_misses();
    block.fate.handle_answer(series.address, ping.sent);
    note_recovery(block, ping.sent);
  } else if (record.guard.trusted() && ping.sent >= record.guard.trusted_since()) {
    belief.handle_miss(series.address, ping.sent, settings_.ping_interval);
    if (before != Opinion::none) block.fate.handle_miss(series.address, ping.sent, vantage, watchers_of(block));
    if (belief.suspects_down() && before != Opinion::down) record.suspicions.insert(id);
  }
  confirm_suspicions(vantage, now);
  if (belief.addresses().size() != known) mark_unsaved(id);

  if (belief.opinion() != before) {
    review_block(id, now);
    ask_for_traces(id, std::nullopt, series.address, now);
    if (belief.opinion() == Opinion::up) ask_for_pings(id, series.address, now);
  } else if (belief.is_missing() && !was_missing && before == Opinion::up) {
    ask_for_traces(id, vantage, series.address, now);
  }
}

// What one vantage point found out the others should not find out rounds later. A single one that misses a block is no
// reason yet: that happens all the time.
void Core::Impl::ask_for_pings(BlockId id, std::optional<IpAddress> answers, Timestamp now) {
  if (!settings_.pings_rotate) return;
  TargetRecord& target = targets_[id.first];
  BlockRecord& block = target.blocks[id.second];
  const auto downs = std::ranges::count(block.beliefs, Opinion::down, &BlockBelief::opinion);
  const bool silent = block.outage || block.silent_since;
  if (answers ? !silent : downs < kWitnesses) return;
  if (block.pings_asked && now - *block.pings_asked < settings_.ping_interval / kRequestsARound) return;
  block.pings_asked = now;
  ping_requests.push_back({target.settings.network.name, block.block, answers});
}

void Core::Impl::note_recovery(BlockRecord& block, Timestamp answered) {
  if (block.state.known != State::down || answered <= block.state.known_since) return;
  block.answered_again = std::min(block.answered_again.value_or(answered), answered);
}

// Who can see, and has got an answer from there at some time.
std::size_t Core::Impl::watchers_of(const BlockRecord& block) const {
  std::size_t count = 0;
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    if (vantages_[v].trusted && block.beliefs[v].opinion() != Opinion::none) ++count;
  }
  return count;
}

void Core::Impl::count_ping(std::size_t vantage, BlockId id, const PingOutcome& ping, bool answered) {
  PingStatistics& statistics = targets_[id.first].pings[vantage];
  ++statistics.probes;
  if (!answered) return;
  ++statistics.replies;
  const double rtt = to_seconds(reply_of(ping.outcome)->rtt);
  const auto bucket = std::lower_bound(kRttBucketsSeconds.begin(), kRttBucketsSeconds.end(), rtt);
  const auto number = static_cast<std::size_t>(bucket - kRttBucketsSeconds.begin());
  ++statistics.rtt_buckets[number];
  statistics.rtt_sum_seconds += rtt;
  const Asn upstream = targets_[id.first].blocks[id.second].carriages[vantage].upstream;
  auto& by_upstream = statistics.upstream_rtts;
  if (upstream.is_none() || (by_upstream.size() >= kMostUpstreamRtts && !by_upstream.contains(upstream))) return;
  RttStatistics& of_upstream = by_upstream[upstream];
  ++of_upstream.buckets[number];
  of_upstream.sum_seconds += rtt;
}

}  // namespace isthmus::resilience
