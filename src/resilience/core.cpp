#include "isthmus/resilience/core.hpp"

#include <algorithm>
#include <utility>

#include "resilience/core_impl.hpp"
#include "resilience/intake.hpp"

namespace isthmus::resilience {
namespace {

template <typename T>
std::optional<T> pop(std::deque<T>& queue) {
  if (queue.empty()) return std::nullopt;
  T front = std::move(queue.front());
  queue.pop_front();
  return front;
}

// Did any of its probes leave the machine?
bool has_left(const Observation& observation) {
  if (const auto* trace = std::get_if<Trace>(&observation)) return trace->stop != StopReason::send_failed;
  const auto& outcomes = std::get<PingSeries>(observation).outcomes;
  return std::any_of(outcomes.begin(), outcomes.end(),
                     [](const PingOutcome& ping) { return !std::holds_alternative<SendFailed>(ping.outcome); });
}

}  // namespace

Core::Core(CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data, Baseline restored)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(data), restored)) {}
Core::~Core() = default;
Core::Core(Core&&) noexcept = default;
Core& Core::operator=(Core&&) noexcept = default;

void Core::handle_observation(const Observation& observation, Timestamp now) {
  impl_->handle_observation(observation, now);
}
void Core::handle_report(const ProberReport& report, Timestamp now) { impl_->handle_report(report, now); }
void Core::handle_tick(Timestamp now) { impl_->handle_tick(now); }
void Core::handle_pause(Timestamp now) { impl_->handle_pause(now); }
void Core::set_rehearsal(bool on) { impl_->set_rehearsal(on); }
const RejectionCounts& Core::rejected() const { return impl_->rejected; }
Timestamp Core::next_deadline() const { return impl_->next_deadline(); }
// What a rehearsal brings forth is dropped, also by whoever asks in the middle of it.
std::optional<Event> Core::poll_event() { return impl_->is_news() ? pop(impl_->events) : std::nullopt; }
std::optional<RetraceRequest> Core::poll_retrace() { return impl_->is_news() ? pop(impl_->retraces) : std::nullopt; }
std::optional<PingRequest> Core::poll_ping_request() {
  return impl_->is_news() ? pop(impl_->ping_requests) : std::nullopt;
}
Snapshot Core::snapshot(Timestamp now, Effort effort) { return impl_->snapshot(now, effort); }
std::optional<UpstreamAdvice> Core::poll_advice() { return impl_->is_news() ? pop(impl_->advice) : std::nullopt; }
Baseline Core::baseline() const { return impl_->baseline(); }
BaselineChanges Core::poll_baseline(Timestamp now, bool drift) { return impl_->poll_baseline(now, drift); }
void Core::forget_polled_baseline() { impl_->forget_polled_baseline(); }
PathChanges Core::poll_path_changes() { return impl_->poll_path_changes(); }
std::vector<LateTally> Core::poll_late() { return impl_->poll_late(); }
void Core::reconfigure(CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data) {
  impl_->reconfigure(std::move(settings), std::move(data));
}

Core::Impl::Impl(CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data, const Baseline& restored)
    : data_(data), paths_(data) {
  adopt_settings(std::move(settings), std::move(data));
  restore(restored);
}

void Core::Impl::handle_observation(const Observation& observation, Timestamp now) {
  begin(now);
  if (!takes_in(observation, now)) return;
  const std::size_t vantage = vantage_index_.at(vantage_of(observation));
  // Without controls its own observations are all there is to judge it by: what never left shows nothing.
  VantageGuard& guard = vantages_[vantage].guard;
  if (guard.controls() > 0 || has_left(observation)) guard.handle_sign_of_life(now);
  follow_guard(vantage, now);
  if (const auto* trace = std::get_if<Trace>(&observation)) {
    handle_trace(vantage, *trace, now);
  } else {
    handle_series(vantage, std::get<PingSeries>(observation), now);
  }
  sweep_paths(now);
}

bool Core::Impl::takes_in(const Observation& observation, Timestamp now) {
  const auto found = vantage_index_.find(vantage_of(observation));
  if (found == vantage_index_.end()) {
    reject(Rejection::unknown_vantage);
    return false;
  }
  VantageGuard& guard = vantages_[found->second].guard;
  const auto reason = examine(observation, now, guard.stale_after());
  if (!reason) return true;
  reject(*reason);
  if (*reason == Rejection::late && is_known(observation)) late_.add(observation);
  if (*reason != Rejection::impossible) guard.handle_wrong_time(time_of(observation), now);
  return false;
}

// Whether it is of a block of a configured target.
bool Core::Impl::is_known(const Observation& observation) const {
  const auto* trace = std::get_if<Trace>(&observation);
  const auto* series = std::get_if<PingSeries>(&observation);
  const auto target = target_index_.find(trace != nullptr ? trace->target : series->target);
  const Block block = Block::of(trace != nullptr ? trace->destination : series->address);
  return target != target_index_.end() && targets_[target->second].block_index.contains(block);
}

void Core::Impl::handle_report(const ProberReport& report, Timestamp now) {
  begin(now);
  const auto found = vantage_index_.find(report.vantage);
  if (found == vantage_index_.end()) return;
  vantages_[found->second].guard.handle_report(report, now);
  follow_guard(found->second, now);
}

void Core::Impl::handle_tick(Timestamp now) {
  begin(now);
  for (std::size_t v = 0; v < vantages_.size(); ++v) {
    vantages_[v].guard.handle_tick(now);
    follow_guard(v, now);
  }
  review_silences(now);
  review_health(now);
  review_shares(now);
  for (TargetRecord& target : targets_) review_target(target, now);
}

Timestamp Core::Impl::next_deadline() const {
  Timestamp next = Timestamp::max();
  for (const VantageRecord& vantage : vantages_) next = std::min(next, vantage.guard.next_deadline());
  if (health_round_began_) next = std::min(next, *health_round_began_ + settings_.ping_interval);
  if (share_round_began_) next = std::min(next, *share_round_began_ + settings_.trace_interval);
  if (!open_silences_.empty()) next = std::min(next, next_silence_review_);
  for (const TargetRecord& target : targets_) {
    if (target.partial_since)
      next = std::min(next, target.partial_reviewed + settings_.ping_interval / kLooksAtPartial);
  }
  return next;
}

}  // namespace isthmus::resilience
