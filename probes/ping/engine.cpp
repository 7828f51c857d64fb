#include "probes/ping/engine.hpp"

#include <algorithm>
#include <cerrno>

namespace isthmus::probes {
namespace {

const std::string kControls;

// An address counts as answering until it missed this many pings in a row: one lost packet is no change.
constexpr int kMissesToSilent = 3;

}  // namespace

PingEngine::PingEngine(EchoCodec codec, std::string vantage, SourceLookup source_for)
    : ledger_(std::move(codec)),
      vantage_(std::move(vantage)),
      source_for_(std::move(source_for)),
      rounds_(PingSettings{}.interval) {}

void PingEngine::set_targets(const std::vector<PingGroup>& groups, const PingSettings& settings, Instant now) {
  settings_ = settings;
  rounds_.set_interval(settings.interval, now);
  const auto before = std::exchange(groups_, {});
  std::map<Key, Watch> watches;
  for (const PingGroup& group : groups) {
    groups_[group.target] = group.addresses;
    for (const IpAddress& address : group.addresses) {
      const Key key{group.target, address};
      const auto known = watches_.find(key);
      watches.emplace(key, known == watches_.end() ? Watch{} : known->second);
    }
  }
  // Control addresses ride along with the rounds of the targets; they only need their own when there is none.
  const bool only_controls = groups_.size() == 1 && groups_.contains(kControls);
  for (const auto& [target, addresses] : before) {
    if (!groups_.contains(target)) rounds_.remove(target);
  }
  if (!only_controls) rounds_.remove(kControls);
  for (const auto& [target, addresses] : groups_) {
    if (target != kControls || only_controls) rounds_.add(target, now);
  }
  watches_ = std::move(watches);
  std::erase_if(pending_, [&](const Pending& p) { return !watches_.contains(p.key); });
}

std::optional<EchoProbe> PingEngine::poll_probe(Instant now, Timestamp wall) {
  start_rounds(now);
  while (!pending_.empty()) {
    const Pending next = std::move(pending_.front());
    pending_.pop_front();
    watches_.at(next.key).queued = false;
    const IpAddress& address = next.key.second;
    const auto source = source_for_(address);
    if (!source) {
      ++send_failures_;
      report(Sent{next.key, IpAddress(), wall}, SendFailed{ENETUNREACH});
      continue;
    }
    const EchoProbe probe = ledger_.open(*source, address, now, now + settings_.timeout);
    sent_.emplace(probe.number, Sent{next.key, *source, wall});
    return probe;
  }
  return std::nullopt;
}

void PingEngine::start_rounds(Instant now) {
  while (const auto due = rounds_.pop_due(now)) {
    // Controls first, so that a silent target can be judged by what the vantage point saw right before. Rounds of
    // many targets share one asking.
    if (controls_asked_ == Instant::min() || due->at - controls_asked_ >= settings_.interval / 4 ||
        due->key == kControls) {
      controls_asked_ = due->at;
      enqueue_group(kControls, due->at);
    }
    if (due->key != kControls) enqueue_group(due->key, due->at);
  }
}

void PingEngine::enqueue_group(const std::string& target, Instant due) {
  const auto group = groups_.find(target);
  if (group == groups_.end()) return;
  for (const IpAddress& address : group->second) {
    Watch& watch = watches_.at({target, address});
    // Still waiting since the last round: the limits are too low for these intervals, and pacing lag says so.
    if (std::exchange(watch.queued, true)) continue;
    pending_.push_back({{target, address}, due});
  }
}

std::optional<InvalidReason> PingEngine::handle_reply(const wire::DecodedPacket& packet, Instant received) {
  auto settled = ledger_.settle(packet, received);
  if (const auto* reason = std::get_if<InvalidReason>(&settled)) return *reason;
  auto& answer = std::get<EchoLedger::Answer>(settled);
  const auto node = sent_.extract(answer.number);
  report(node.mapped(), std::move(answer.reply));
  return std::nullopt;
}

void PingEngine::handle_send_failure(std::uint64_t number, int error_number) {
  if (!ledger_.cancel(number)) return;
  ++send_failures_;
  const auto node = sent_.extract(number);
  report(node.mapped(), SendFailed{error_number});
}

void PingEngine::handle_timeout(Instant now) {
  while (const auto number = ledger_.pop_expired(now)) {
    const auto node = sent_.extract(*number);
    report(node.mapped(), TimedOut{});
  }
}

void PingEngine::report(const Sent& sent, Outcome outcome) {
  const auto watch = watches_.find(sent.key);
  if (watch == watches_.end()) return;  // not pinged any more
  const Reply* reply = reply_of(outcome);
  const bool answered = reply != nullptr && reply->kind == ReplyKind::echo_reply;
  Watch& w = watch->second;
  w.silent_in_row = answered ? 0 : std::min(w.silent_in_row + 1, kMissesToSilent);
  const bool answering = answered || (w.answering && w.silent_in_row < kMissesToSilent);
  if (std::exchange(w.answering, answering) != answering) answering_changed_ = true;
  observations_.push_back(
      {vantage_, sent.key.first, sent.source, sent.key.second, {PingOutcome{sent.wall, std::move(outcome)}}});
}

std::optional<PingSeries> PingEngine::poll_observation() {
  if (observations_.empty()) return std::nullopt;
  PingSeries series = std::move(observations_.front());
  observations_.pop_front();
  return series;
}

Instant PingEngine::next_probe_time() const { return pending_.empty() ? rounds_.next() : pending_.front().due; }

bool PingEngine::is_answering(const std::string& target, const IpAddress& address) const {
  const auto watch = watches_.find({target, address});
  return watch != watches_.end() && watch->second.answering;
}

}  // namespace isthmus::probes
