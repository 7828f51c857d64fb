#include "probes/traceroute/watch.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace isthmus::probes {
namespace {

// The chance that all probes of a look are lost although nothing changed: at a look a minute, once a month for a flow.
constexpr double kAllLost = 2e-5;
constexpr int kLeastMisses = 2;
constexpr int kMostMisses = 6;
// So many answers it takes to notice that a router answers more or less than it did.
constexpr float kLossMemory = 1.0F / 32;
constexpr float kLeastLoss = 0.005F;
// Of a balancer that sends half of the packets elsewhere, whatever their flow, one look in four gets past the first
// number and is taken for a change; once it is known to be one, one in a hundred does. Who ceases to take turns is
// found out.
constexpr int kLooksAtDifference = 3;
constexpr int kLooksAtBalanced = 7;
// A silent path is looked at so far behind its last answer for a sign of its return.
constexpr unsigned kReturnDepth = 3;

}  // namespace

void Watch::take(const Trace& trace) {
  auto path = path_ ? std::make_shared<KnownPath>(*path_) : std::make_shared<KnownPath>();
  path->take(trace);
  path_ = std::move(path);
}

bool Watch::saw_whole(const Trace& trace) {
  if (trace.hops.empty()) return false;
  const auto before = path_;
  take(trace);
  if (!before) return false;
  if (before->distance() && path_->distance() && before->distance() != path_->distance()) return true;
  const Ttl ttl = upstream_ttl();
  const Reply* now = path_->answer(ttl);
  const Reply* then = before->answer(ttl);
  return now != nullptr && then != nullptr && now->from != then->from && !balanced_.contains(ttl);
}

void Watch::saw_change(const Trace& trace) {
  take(trace);
  confirmations_left_ = kConfirmations;
  balanced_.clear();
}

bool Watch::saw_unchanged(const Trace& trace) {
  const bool confirms = confirmations_left_ > 0;
  confirmations_left_ -= confirms ? 1 : 0;
  if (!confirms && ++unreported_ < kReportEvery) return false;
  unreported_ = 0;
  take(trace);
  return true;
}

void Watch::count_answers(int asked, int answered) {
  for (int i = 0; i < asked; ++i) lost_ += kLossMemory * ((i < answered ? 0.0F : 1.0F) - lost_);
  lost_ = std::max(lost_, kLeastLoss);
}

int Watch::misses() const {
  const double needed = std::log(kAllLost) / std::log(static_cast<double>(std::min(lost_, 0.99F)));
  return std::clamp(static_cast<int>(std::ceil(needed)), kLeastMisses, kMostMisses);
}

Ttl Watch::upstream_ttl() const {
  std::optional<int> found;
  if (advised_) {
    const auto at = path_->position_of(*advised_);
    if (at) {
      found = at;
    } else if (advised_ttl_ && path_->answer(*advised_ttl_) == nullptr) {
      found = path_->last_answer_below(*advised_ttl_);
    }
  }
  if (!found) found = path_->last_answer_below(path_->distance().value_or(path_->last_ttl() + 1));
  return static_cast<Ttl>(found.value_or(path_->distance().value_or(path_->first_ttl())));
}

Post Watch::next_post() {
  ++looks_;
  if (advised_) {
    if (const auto at = path_->position_of(*advised_)) advised_ttl_ = static_cast<Ttl>(*at);
  }
  if (auto post = post_of_return()) return *post;
  if (wanted_ == Wanted::nothing) {
    if (auto post = post_of_patrol(upstream_ttl())) return *post;
  }
  return post_of_upstream();
}

Post Watch::post_of_upstream() {
  const Ttl upstream = upstream_ttl();
  const auto behind = ttl_behind(upstream);
  if (wanted_ == Wanted::upstream && behind) {
    wanted_ = Wanted::behind;
    Post post = post_at(upstream);
    post.is_extra = true;
    return post;
  }
  const bool turn = wanted_ == Wanted::behind || (looks_ + flow_) % kBehindEvery == 0;
  wanted_ = Wanted::nothing;
  return post_at(turn && behind ? *behind : upstream);
}

std::vector<Post> Watch::posts_instead(const Post& post) const {
  const Ttl upstream = upstream_ttl();
  std::vector<Post> posts;
  const auto add = [&](std::optional<int> ttl) {
    if (!ttl || *ttl == post.ttl || path_->answer(*ttl) == nullptr) return;
    posts.push_back(post_at(static_cast<Ttl>(*ttl)));
    posts.back().is_extra = post.is_extra;
  };
  add(upstream);
  add(path_->last_answer_below(upstream));
  // The last resort: the destination answers whoever carries it.
  if (const auto behind = ttl_behind(upstream)) add(*behind);
  return posts;
}

// The next one that answers, the destination at the latest.
std::optional<Ttl> Watch::ttl_behind(Ttl upstream) const {
  for (int ttl = upstream + 1; ttl <= path_->last_ttl(); ++ttl) {
    if (path_->answer(ttl) != nullptr) return static_cast<Ttl>(ttl);
  }
  return std::nullopt;
}

void Watch::want_report() {
  confirmations_left_ = std::max(confirmations_left_, 1);
  wanted_ = Wanted::upstream;
}

// Every second look at a path that ends in silence goes behind its last answer.
std::optional<Post> Watch::post_of_return() {
  if (path_->stop() != StopReason::gap_limit || looks_ % 2 == 0) return std::nullopt;
  const auto last = path_->last_answer_below(path_->last_ttl() + 1);
  const auto ttl = static_cast<int>(last.value_or(path_->first_ttl() - 1) + 1 + (looks_ / 2) % kReturnDepth);
  if (ttl > path_->last_ttl()) return std::nullopt;
  return Post{.ttl = static_cast<Ttl>(ttl), .router = std::nullopt, .misses = 1, .silence_counts = false};
}

std::optional<Post> Watch::post_of_patrol(Ttl upstream) {
  if (looks_ % (kPatrolEvery + 1) != 0) return std::nullopt;
  const int first = path_->first_ttl();
  const auto count = static_cast<unsigned>(path_->last_ttl() - first + 1);
  for (unsigned tried = 0; tried < count; ++tried) {
    const auto ttl = static_cast<Ttl>(first + static_cast<int>(patrol_++ % count));
    if (ttl == upstream || path_->answer(ttl) == nullptr) continue;
    Post post = post_at(ttl);
    post.misses = 1;
    post.silence_counts = false;
    post.is_extra = true;
    return post;
  }
  return std::nullopt;
}

Post Watch::post_at(Ttl ttl) const {
  Post post{.ttl = ttl,
            .router = std::nullopt,
            .looks = balanced_.contains(ttl) ? kLooksAtBalanced : kLooksAtDifference,
            .misses = misses(),
            .silence_counts = true};
  if (const Reply* reply = path_->answer(ttl)) post.router = reply->from;
  return post;
}

}  // namespace isthmus::probes
