#include "probes/traceroute/run.hpp"

#include <algorithm>
#include <cerrno>

namespace isthmus::probes {
namespace {

// How many TTLs are asked ahead of the first answers as long as the distance is unknown: enough to hide the waiting,
// and few beyond a destination that is near.
constexpr int kFirstWindow = 3;

}  // namespace

TraceRun::TraceRun(const TraceSettings& settings, const IpAddress& destination, std::optional<Ttl> distance,
                   Instant now)
    : settings_(settings),
      destination_(destination),
      distance_hint_(distance),
      last_answered_(settings.first_ttl - 1),
      passed_to_(last_answered_) {
  if (distance_hint_ && (*distance_hint_ < settings.first_ttl || *distance_hint_ > settings.max_ttl)) {
    distance_hint_.reset();
  }
  extend(now);
}

bool TraceRun::is_resolved(const HopState& hop) const {
  return hop.answered || hop.outcomes.size() >= static_cast<std::size_t>(settings_.attempts);
}

// The highest TTL worth asking with what is known now.
int TraceRun::horizon() const {
  if (end_) return end_->ttl;
  const int look_ahead = std::min<int>(last_answered_ + settings_.gap_limit, settings_.max_ttl);
  if (!distance_hint_) return look_ahead;
  const int hint = *distance_hint_;
  const bool silent_there = last_ttl() >= hint && is_resolved(at(*distance_hint_));
  return silent_there ? std::max(hint, look_ahead) : hint;
}

void TraceRun::extend(Instant now) {
  auto unasked = std::count_if(hops_.begin(), hops_.end(), [](const HopState& h) { return h.outcomes.empty(); });
  while (last_ttl() < horizon() && (distance_hint_ || unasked < kFirstWindow)) {
    HopState hop;
    hop.not_before = now;
    hops_.push_back(std::move(hop));
    ++unasked;
  }
}

std::optional<Ttl> TraceRun::next_ttl(Instant now) const {
  if (stop_) return std::nullopt;
  const int last = std::min(last_ttl(), horizon());
  for (std::size_t i = 0; i < hops_.size() && ttl_of(i) <= last; ++i) {
    if (is_due(hops_[i]) && hops_[i].not_before <= now) return ttl_of(i);
  }
  return std::nullopt;
}

Instant TraceRun::next_send() const {
  Instant next = Instant::max();
  if (stop_) return next;
  const int last = std::min(last_ttl(), horizon());
  for (std::size_t i = 0; i < hops_.size() && ttl_of(i) <= last; ++i) {
    if (is_due(hops_[i])) next = std::min(next, hops_[i].not_before);
  }
  return next;
}

Instant TraceRun::deadline(std::size_t index) const {
  const HopState& hop = hops_[index];
  const Instant full = hop.sent + settings_.timeout;
  if (ttl_of(index) >= last_answered_) return full;
  return std::min(full, hop.sent + std::max(kPatience, 3 * slowest_));
}

Instant TraceRun::next_timeout() const {
  Instant next = Instant::max();
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    if (hops_[i].out) next = std::min(next, deadline(i));
  }
  return next;
}

void TraceRun::sent(Ttl ttl, const std::optional<IpAddress>& router, Instant now) {
  HopState& hop = at(ttl);
  hop.out = true;
  hop.sent = now;
  hop.router = router;
}

void TraceRun::hold(Ttl ttl, Instant until) { at(ttl).not_before = until; }

void TraceRun::withhold(Ttl ttl, Instant now) {
  at(ttl).not_before = now;
  at(ttl).outcomes.emplace_back(SendFailed{EBUSY});
  advance(now);
}

void TraceRun::answered(Ttl ttl, const Reply& reply, Instant now) {
  HopState& hop = at(ttl);
  hop.out = false;
  hop.answered = true;
  hop.outcomes.emplace_back(reply);
  last_answered_ = std::max<int>(last_answered_, ttl);
  // A router that has no way to the destination says so at every TTL from its own on: nobody behind it was reached.
  if (reply.kind != ReplyKind::unreachable || reply.from == destination_) passed_to_ = std::max<int>(passed_to_, ttl);
  slowest_ = std::max(slowest_, reply.rtt);
  if (reply.from == destination_ && reply.kind != ReplyKind::time_exceeded) {
    note_end(ttl, StopReason::reached);
  } else if (reply.kind == ReplyKind::unreachable) {
    note_end(ttl, StopReason::unreachable);
  } else {
    note_loop(reply.from);
  }
  advance(now);
}

void TraceRun::failed(Ttl ttl, int error_number, Instant now) {
  HopState& hop = at(ttl);
  hop.out = false;
  hop.not_before = now;
  hop.outcomes.emplace_back(SendFailed{error_number});
  const bool nothing_left = std::all_of(hops_.begin(), hops_.end(), [](const HopState& h) {
    return !h.out && std::all_of(h.outcomes.begin(), h.outcomes.end(),
                                 [](const Outcome& o) { return std::holds_alternative<SendFailed>(o); });
  });
  // What cannot be sent at the first TTLs cannot be sent at the others either.
  if (nothing_left) {
    stop_ = StopReason::send_failed;
    return;
  }
  advance(now);
}

std::optional<TraceRun::Expired> TraceRun::pop_timeout(Instant now) {
  if (stop_) return std::nullopt;
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    if (!hops_[i].out || deadline(i) > now) continue;
    const Expired expired{{ttl_of(i), is_retry(ttl_of(i))}, hops_[i].router, hops_[i].sent, ttl_of(i) < passed_to_};
    hops_[i].out = false;
    hops_[i].not_before = now;
    hops_[i].outcomes.emplace_back(TimedOut{});
    advance(now);
    return expired;
  }
  return std::nullopt;
}

void TraceRun::note_end(Ttl ttl, StopReason reason) {
  if (!end_ || ttl < end_->ttl) end_ = End{ttl, reason};
}

void TraceRun::note_loop(const IpAddress& router) {
  std::vector<Ttl> seen;
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    for (const Outcome& outcome : hops_[i].outcomes) {
      const Reply* reply = reply_of(outcome);
      if (reply != nullptr && reply->from == router) seen.push_back(ttl_of(i));
    }
  }
  if (seen.size() >= kLoopCount) note_end(seen[kLoopCount - 1], StopReason::loop);
}

// After every change: look further ahead, or find that the trace is over.
void TraceRun::advance(Instant now) {
  extend(now);
  const int last = std::min(last_ttl(), horizon());
  for (std::size_t i = 0; i < hops_.size() && ttl_of(i) <= last; ++i) {
    if (!is_resolved(hops_[i])) return;
  }
  if (last_ttl() < horizon()) return;
  if (end_) {
    stop_ = end_->reason;
  } else {
    stop_ = last_answered_ + settings_.gap_limit <= settings_.max_ttl ? StopReason::gap_limit : StopReason::max_ttl;
  }
}

std::vector<Hop> TraceRun::hops() const {
  int last = last_ttl();
  if (end_) last = end_->ttl;
  if (*stop_ == StopReason::gap_limit) last = std::min(last, last_answered_ + settings_.gap_limit);
  std::vector<Hop> result;
  for (std::size_t i = 0; i < hops_.size() && ttl_of(i) <= last; ++i) {
    // Only a trace that could not be sent has hops that were never asked.
    if (!hops_[i].outcomes.empty()) result.push_back({ttl_of(i), hops_[i].outcomes});
  }
  return result;
}

std::vector<TraceRun::Asked> TraceRun::still_out() const {
  std::vector<Asked> asked;
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    if (hops_[i].out) asked.push_back({ttl_of(i), is_retry(ttl_of(i))});
  }
  return asked;
}

std::optional<Ttl> TraceRun::distance() const {
  return end_ && end_->reason == StopReason::reached ? std::optional(end_->ttl) : std::nullopt;
}

}  // namespace isthmus::probes
