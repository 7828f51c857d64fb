#include "probes/traceroute/sentinel_run.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace isthmus::probes {
SentinelRun::SentinelRun(const TraceSettings& settings, const IpAddress& destination,
                         std::shared_ptr<const KnownPath> path, Post post, Instant now)
    : settings_(settings), destination_(destination), path_(std::move(path)), post_(std::move(post)) {
  advance(now);
}

// After every change: what has to be asked now, or what it all means.
void SentinelRun::advance(Instant now) {
  now_ = now;
  if (finding_) return;
  wanted_.clear();
  decide();
}

void SentinelRun::decide() {
  if (!need(post_.ttl)) return;
  HopState& post = hops_.at(post_.ttl);
  if (post.answers == 0) {
    const bool left = std::any_of(post.outcomes.begin(), post.outcomes.end(),
                                  [](const Outcome& o) { return std::holds_alternative<TimedOut>(o); });
    if (!post_.router && left) {
      finding_ = Finding::unchanged;
    } else if (!left || !post_.silence_counts) {
      finding_ = Finding::undecided;
    } else {
      look_around();
    }
    return;
  }
  if (is_expected(*answer(post_.ttl))) {
    branch_ = last_ = path_->last_ttl();
    stop_ = path_->stop();
    finding_ = Finding::unchanged;
    return;
  }
  if (post_.router) post.answers_wanted = post_.looks;
  const bool known_again = std::any_of(post.outcomes.begin(), post.outcomes.end(), [&](const Outcome& o) {
    const Reply* reply = reply_of(o);
    return reply != nullptr && is_expected(*reply);
  });
  if (known_again) {
    finding_ = Finding::balanced;
  } else if (need(post_.ttl)) {
    look_around();
  }
}

void SentinelRun::look_around() {
  // Both sides at once, and the destination: whether it is where it was says how long silent hops are waited for.
  const auto branch = find_branch();
  if (!branch) {
    if (path_->hop(post_.ttl + 1) != nullptr) need(post_.ttl + 1);
    if (path_->distance()) need(*path_->distance());
    return;
  }
  find_end(*branch);
}

// The last TTL before the post up to which the path is the known one; the TTL before the known path's first when there
// is none, and nothing as long as answers are missing.
std::optional<int> SentinelRun::find_branch() {
  int low = path_->first_ttl() - 1;
  const Reply* reply = answer(post_.ttl);
  const auto position = reply == nullptr ? std::nullopt : path_->position_of(reply->from);
  if (!position || *position == post_.ttl) return walk_left(post_.ttl - 1, low);
  // The known routers have moved: what changed lies before them, so halve the distance to where they have not.
  const int shift = post_.ttl - *position;
  int high = post_.ttl;
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    if (!need(middle)) return std::nullopt;
    if (is_same(middle, middle)) {
      low = middle;
    } else if (is_same(middle, middle - shift)) {
      high = middle;
    } else {
      return walk_left(middle - 1, low);
    }
  }
  return low;
}

std::optional<int> SentinelRun::walk_left(int from, int down_to) {
  for (int ttl = from; ttl > down_to; --ttl) {
    if (!need(ttl)) return std::nullopt;
    if (is_same(ttl, ttl)) return ttl;
  }
  return down_to;
}

// From the branch on, until the known path goes on, the destination is there, or nothing answers any more.
void SentinelRun::find_end(int branch) {
  branch_ = branch;
  if (only_the_end_is_silent(branch)) {
    // Should the path be longer now the destination answers from far beyond its old place; otherwise it is gone, and
    // what is in between has nothing to say.
    const int beyond = std::min<int>(settings_.max_ttl, *path_->distance() + settings_.gap_limit);
    if (!need(beyond)) return;
    if (answer(beyond) == nullptr) return end(*path_->distance(), StopReason::gap_limit);
  }
  int stars = 0;
  for (int ttl = branch + 1; ttl <= settings_.max_ttl; ++ttl) {
    if (!need(ttl)) {
      if (path_->distance()) need(*path_->distance());
      // The more silence, the further ahead: each silent hop by itself takes as long as all of them.
      for (int ahead = 1; ahead <= std::min(stars, 3) && ttl + ahead <= settings_.max_ttl; ++ahead) need(ttl + ahead);
      return;
    }
    const Reply* reply = answer(ttl);
    if (reply == nullptr) {
      ++stars;
      if (stars >= settings_.gap_limit && highest_answered_ < ttl) return end(ttl, StopReason::gap_limit);
      continue;
    }
    stars = 0;
    if (end_at(ttl, *reply, branch) || try_join(ttl, *reply, branch)) return;
  }
  end(settings_.max_ttl, StopReason::max_ttl);
}

bool SentinelRun::only_the_end_is_silent(int branch) const {
  const auto distance = path_->distance();
  if (!distance || branch != *distance - 1) return false;
  const HopState* there = state(*distance);
  return there != nullptr && is_resolved(*there) && there->answers == 0;
}

// Whether the path ends with this answer.
bool SentinelRun::end_at(int ttl, const Reply& reply, int branch) {
  if (is_destination(reply)) {
    end(ttl, StopReason::reached);
  } else if (reply.kind == ReplyKind::unreachable) {
    end(ttl, StopReason::unreachable);
  } else {
    std::size_t seen = 0;
    for (int before = path_->first_ttl(); before <= ttl; ++before) {
      const Reply* other = before <= branch ? path_->answer(before) : answer(before);
      seen += other != nullptr && other->from == reply.from ? 1 : 0;
    }
    if (seen < kLoopCount) return false;
    end(ttl, StopReason::loop);
  }
  return true;
}

// Whether the known path goes on from this answer: then this run is over, or waits for the destination to say so.
bool SentinelRun::try_join(int ttl, const Reply& reply, int branch) {
  const auto position = path_->position_of(reply.from);
  if (!joins_ || !position || *position <= branch) return false;
  const int shift = ttl - *position;
  if (!is_consistent(ttl, shift)) return false;
  if (path_->distance()) {
    const int there = *path_->distance() + shift;
    if (there > settings_.max_ttl) return false;
    if (!need(there)) return true;
    const Reply* last = answer(there);
    if (last == nullptr || !is_destination(*last)) {
      joins_ = false;
      return false;
    }
  }
  join_ = ttl;
  shift_ = shift;
  conclude(path_->last_ttl() + shift, path_->stop());
  return true;
}

// Nobody from this TTL on has answered so far whom the known path does not have there.
bool SentinelRun::is_consistent(int from, int shift) const {
  return std::all_of(hops_.begin(), hops_.end(), [&](const auto& entry) {
    const auto& [ttl, hop] = entry;
    if (ttl < from || hop.answers == 0) return true;
    // The destination answers wherever it is asked beyond its place.
    if (is_destination(*answer(ttl)) && ttl - shift >= path_->last_ttl()) return true;
    return path_->answer(ttl - shift) == nullptr ? ttl - shift <= path_->last_ttl() : is_same(ttl, ttl - shift);
  });
}

void SentinelRun::end(int ttl, StopReason reason) { conclude(ttl, reason); }

void SentinelRun::conclude(int last, StopReason reason) {
  last_ = last;
  stop_ = reason;
  bool others = last != path_->last_ttl() && reason != StopReason::gap_limit && reason != StopReason::max_ttl;
  for (const auto& [ttl, hop] : hops_) {
    if (hop.answers > 0 && ttl <= last) others = others || !is_same(ttl, ttl);
  }
  finding_ = others ? Finding::changed : Finding::fell_silent;
}

// Whether it is known what answers at this TTL; otherwise it is asked.
bool SentinelRun::need(int ttl) {
  if (ttl < 1 || ttl > settings_.max_ttl) return true;
  const auto key = static_cast<Ttl>(ttl);
  const auto [entry, is_new] = hops_.try_emplace(key);
  if (is_new) {
    entry->second.attempts = key == post_.ttl ? post_.misses : settings_.attempts;
    entry->second.not_before = now_;
  }
  if (is_resolved(entry->second)) return true;
  wanted_.insert(key);
  return false;
}

bool SentinelRun::is_resolved(const HopState& hop) const {
  const int unanswered = static_cast<int>(hop.outcomes.size()) - hop.answers;
  return hop.answers >= hop.answers_wanted || unanswered >= hop.attempts;
}

const SentinelRun::HopState* SentinelRun::state(int ttl) const {
  const auto found = ttl < 1 || ttl > 255 ? hops_.end() : hops_.find(static_cast<Ttl>(ttl));
  return found == hops_.end() ? nullptr : &found->second;
}

const Reply* SentinelRun::answer(int ttl) const {
  const HopState* hop = state(ttl);
  if (hop == nullptr) return nullptr;
  for (const Outcome& outcome : hop->outcomes) {
    if (const Reply* reply = reply_of(outcome)) return reply;
  }
  return nullptr;
}

// Whether who answers here now answered there before.
bool SentinelRun::is_same(int ttl, int known_ttl) const {
  const Reply* now = answer(ttl);
  const Reply* before = path_->answer(known_ttl);
  return now != nullptr && before != nullptr && now->from == before->from &&
         (now->kind == ReplyKind::time_exceeded) == (before->kind == ReplyKind::time_exceeded);
}

bool SentinelRun::is_expected(const Reply& reply) const {
  if (post_.router != reply.from) return false;
  const Reply* before = path_->answer(post_.ttl);
  // A router that begins or ceases to refuse what it is to forward is a change.
  return before == nullptr || (reply.kind == ReplyKind::time_exceeded) == (before->kind == ReplyKind::time_exceeded);
}

bool SentinelRun::is_destination(const Reply& reply) const {
  return reply.from == destination_ && reply.kind != ReplyKind::time_exceeded;
}

std::vector<Hop> SentinelRun::hops() const {
  std::vector<Hop> result;
  for (int ttl = path_->first_ttl(); ttl <= last_; ++ttl) {
    const HopState* own = state(ttl);
    if (own != nullptr && !own->outcomes.empty()) {
      result.push_back({static_cast<Ttl>(ttl), own->outcomes});
      continue;
    }
    const Hop* known = ttl <= branch_ ? path_->hop(ttl) : join_ != 0 ? path_->hop(ttl - shift_) : nullptr;
    if (known == nullptr) break;
    result.push_back(*known);
    result.back().ttl = static_cast<Ttl>(ttl);
  }
  return result;
}

std::optional<Ttl> SentinelRun::distance() const {
  return stop_ == StopReason::reached ? std::optional(static_cast<Ttl>(last_)) : std::nullopt;
}

int SentinelRun::asked_at_post() const {
  const auto& outcomes = hops_.at(post_.ttl).outcomes;
  return static_cast<int>(std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
    return !std::holds_alternative<SendFailed>(outcome);
  }));
}

int SentinelRun::answered_at_post() const { return hops_.at(post_.ttl).answers; }

std::optional<Ttl> SentinelRun::next_ttl(Instant now) const {
  if (finding_) return std::nullopt;
  for (const Ttl ttl : wanted_) {
    const HopState& hop = hops_.at(ttl);
    if (!hop.out && hop.not_before <= now) return ttl;
  }
  return std::nullopt;
}

Instant SentinelRun::next_send() const {
  Instant next = Instant::max();
  if (finding_) return next;
  for (const Ttl ttl : wanted_) {
    const HopState& hop = hops_.at(ttl);
    if (!hop.out) next = std::min(next, hop.not_before);
  }
  return next;
}

Instant SentinelRun::deadline(Ttl ttl, const HopState& hop) const {
  const Instant full = hop.sent + settings_.timeout;
  if (ttl >= highest_answered_) return full;
  return std::min(full, hop.sent + std::max(kPatience, 3 * slowest_));
}

Instant SentinelRun::next_timeout() const {
  Instant next = Instant::max();
  for (const auto& [ttl, hop] : hops_) {
    if (hop.out) next = std::min(next, deadline(ttl, hop));
  }
  return next;
}

void SentinelRun::sent(Ttl ttl, const std::optional<IpAddress>& router, Instant now) {
  HopState& hop = hops_.at(ttl);
  hop.out = true;
  hop.sent = now;
  hop.router = router;
}

void SentinelRun::hold(Ttl ttl, Instant until) { hops_.at(ttl).not_before = until; }

void SentinelRun::withhold(Ttl ttl, Instant now) { failed(ttl, EBUSY, now); }

void SentinelRun::answered(Ttl ttl, const Reply& reply, Instant now) {
  HopState& hop = hops_.at(ttl);
  hop.out = false;
  hop.not_before = now;
  ++hop.answers;
  hop.outcomes.emplace_back(reply);
  highest_answered_ = std::max<int>(highest_answered_, ttl);
  // As in a trace: a router that has no way to the destination was not passed.
  if (reply.kind != ReplyKind::unreachable || reply.from == destination_) passed_to_ = std::max<int>(passed_to_, ttl);
  slowest_ = std::max(slowest_, reply.rtt);
  advance(now);
}

void SentinelRun::failed(Ttl ttl, int error_number, Instant now) {
  HopState& hop = hops_.at(ttl);
  hop.out = false;
  hop.not_before = now;
  hop.outcomes.emplace_back(SendFailed{error_number});
  // What cannot be asked has not been looked at: that is no silence.
  if (ttl == post_.ttl && hop.answers == 0 && !finding_) {
    now_ = now;
    finding_ = Finding::undecided;
    return;
  }
  advance(now);
}

std::optional<ProbeRun::Expired> SentinelRun::pop_timeout(Instant now) {
  if (finding_) return std::nullopt;
  for (auto& [ttl, hop] : hops_) {
    if (!hop.out || deadline(ttl, hop) > now) continue;
    const Expired expired{{ttl, is_retry(ttl)}, hop.router, hop.sent, ttl < passed_to_};
    hop.out = false;
    hop.not_before = now;
    hop.outcomes.emplace_back(TimedOut{});
    advance(now);
    return expired;
  }
  return std::nullopt;
}

std::vector<ProbeRun::Asked> SentinelRun::still_out() const {
  std::vector<Asked> asked;
  for (const auto& [ttl, hop] : hops_) {
    if (hop.out) asked.push_back({ttl, is_retry(ttl)});
  }
  return asked;
}

}  // namespace isthmus::probes
