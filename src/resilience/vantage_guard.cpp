#include "resilience/vantage_guard.hpp"

#include <algorithm>
#include <utility>

namespace isthmus::resilience {
namespace {

constexpr std::uint32_t kControlsNeededPercent = 80;
constexpr int kStaleRounds = 3;
// Controls fail while targets answer: a sick control set, or half the world is out of sight. Wait longer.
constexpr int kRoundsWhileTargetsAnswer = 5;

// A prober that is a whole round behind tells of the past. Shorter rounds than this are no measure: threads pause.
constexpr Duration kLeastLag = std::chrono::seconds(5);
// Lost replies look like lost probes. Fewer than these decide nothing.
constexpr std::uint64_t kDropsThatMatter = 5;
constexpr std::uint64_t kDropsPercent = 5;

std::uint64_t probes_in(const ProberReport& report) {
  std::uint64_t sum = 0;
  for (const ProberReport::Sent& sent : report.sent) sum += sent.probes;
  return sum;
}

// A round is over when nearly an interval has passed; the schedule jitters.
constexpr Duration round_of(Duration interval) { return interval * 9 / 10; }

// "37s ahead of": a clock that is wrong, or a way to the core that is slow.
std::string describe(Duration offset) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::abs(offset));
  return to_string(Duration(seconds)) + (offset > Duration::zero() ? " ahead of" : " behind");
}

}  // namespace

void VantageGuard::configure(const CoreSettings& settings) {
  ping_interval_ = settings.ping_interval;
  stale_after_ = settings.ping_interval * kStaleRounds + settings.ping_timeout;
  std::map<IpAddress, Control> kept;
  for (const IpAddress& control : settings.controls) kept[control] = controls_[control];
  controls_ = std::move(kept);
}

void VantageGuard::restore(VantageState state, Timestamp since) {
  state_ = state;
  since_ = since;
}

void VantageGuard::handle_sign_of_life(Timestamp now) {
  last_observation_ = now;
  clock_offset_.reset();
  judge(now, controls_.empty());
}

void VantageGuard::handle_control(const IpAddress& control, bool answered, Timestamp sent, Timestamp now) {
  const auto found = controls_.find(control);
  if (found == controls_.end() || (found->second.answered && sent < found->second.sent)) return;
  found->second = Control{.answered = answered, .sent = sent};
  if (answered) last_control_answer_ = std::max(last_control_answer_.value_or(sent), sent);
  judge(now, true);
}

bool VantageGuard::knows(const IpAddress& control, Timestamp sent) const {
  const auto found = controls_.find(control);
  return found != controls_.end() && found->second.answered && found->second.sent == sent;
}

void VantageGuard::handle_wrong_time(Timestamp said, Timestamp now) {
  clock_offset_ = said - now;
  judge(now, false);
}

void VantageGuard::handle_target_reply(Timestamp sent) {
  last_target_reply_ = std::max(last_target_reply_.value_or(sent), sent);
}

void VantageGuard::handle_report(const ProberReport& report, Timestamp now) {
  complaint_ = complaint(report);
  report_ = report;
  judge(now, true);
}

void VantageGuard::handle_tick(Timestamp now) { judge(now, false); }

void VantageGuard::handle_own_pause(Timestamp now) {
  pause_ended_ = now;
  trusted_ = false;
  bad_since_.reset();
  good_since_.reset();
  for (auto& [address, control] : controls_) control.answered.reset();
}

std::optional<VantageGuard::Change> VantageGuard::poll_change() { return std::exchange(change_, std::nullopt); }

std::optional<Timestamp> VantageGuard::proof_of_sight() const {
  return controls_.empty() ? Timestamp::max() : last_control_answer_;
}

std::uint32_t VantageGuard::controls_answering() const {
  return static_cast<std::uint32_t>(std::count_if(
      controls_.begin(), controls_.end(), [](const auto& entry) { return entry.second.answered.value_or(false); }));
}

Timestamp VantageGuard::alive_until() const {
  return std::max(last_observation_.value_or(*first_look_), pause_ended_) + stale_after_;
}

std::string VantageGuard::complaint(const ProberReport& report) const {
  if (!report.problem.empty()) return report.problem;
  if (report.pacing_lag > std::max(ping_interval_, kLeastLag)) {
    return "its probes leave " + to_string(Duration(std::chrono::floor<std::chrono::seconds>(report.pacing_lag))) +
           " late; probing.rate_limit is too low for what is watched, or the machine too slow";
  }
  // A prober that has started anew counts from zero.
  if (!report_ || probes_in(report) < probes_in(*report_) || report.receive_drops < report_->receive_drops) return {};
  const std::uint64_t sent = probes_in(report) - probes_in(*report_);
  const std::uint64_t lost = report.receive_drops - report_->receive_drops;
  if (lost < kDropsThatMatter || lost * 100 < sent * kDropsPercent) return {};
  return "its kernel dropped " + std::to_string(lost) + " received packets while " + std::to_string(sent) +
         " probes left";
}

VantageGuard::Sight VantageGuard::sight(Timestamp now, std::string& why) const {
  if (!complaint_.empty()) {
    why = complaint_;
    return Sight::bad;
  }
  if (now > alive_until()) {
    why = clock_offset_ ? "its observations are " + describe(*clock_offset_) + " the core's clock"
                        : "no observations for " + to_string(std::chrono::floor<std::chrono::seconds>(stale_after_));
    return Sight::bad;
  }
  if (!last_observation_) return Sight::undecided;
  if (controls_.empty()) return *last_observation_ >= pause_ended_ ? Sight::good : Sight::undecided;

  const auto asked = std::count_if(controls_.begin(), controls_.end(),
                                   [](const auto& entry) { return entry.second.answered.has_value(); });
  const std::uint32_t answering = controls_answering();
  const auto enough = [&](std::uint32_t count) { return count * 100 >= controls() * kControlsNeededPercent; };
  if (enough(answering)) return Sight::good;
  if (enough(answering + controls() - static_cast<std::uint32_t>(asked))) return Sight::undecided;
  why = std::to_string(answering) + " of " + std::to_string(controls()) + " controls answer";
  return Sight::bad;
}

bool VantageGuard::bad_is_confirmed(Timestamp now) const {
  if (now > alive_until()) return true;
  const Duration lasted = now - *bad_since_;
  const bool targets_answer = last_target_reply_ && *last_target_reply_ > *bad_since_;
  return lasted >= (targets_answer ? kRoundsWhileTargetsAnswer * ping_interval_ : round_of(ping_interval_));
}

// `new_round`: there is fresh evidence on controls or prober, not merely the passing of time.
void VantageGuard::judge(Timestamp now, bool new_round) {
  if (!first_look_) first_look_ = now;
  std::string why;
  switch (sight(now, why)) {
    case Sight::undecided: return;
    case Sight::good:
      bad_since_.reset();
      if (!good_since_) good_since_ = now;
      if (state_ == VantageState::invalid && (!new_round || now - *good_since_ < round_of(ping_interval_))) return;
      if (!trusted_) trusted_since_ = now;
      trusted_ = true;
      reason_.clear();
      set_state(VantageState::valid, now);
      return;
    case Sight::bad:
      good_since_.reset();
      trusted_ = false;
      if (!bad_since_) bad_since_ = now;
      if ((!new_round && now <= alive_until()) || !bad_is_confirmed(now)) return;
      reason_ = why;
      set_state(VantageState::invalid, now);
      return;
  }
}

void VantageGuard::set_state(VantageState state, Timestamp now) {
  if (state == state_) return;
  // The first look at a vantage point that can see is no news.
  if (state_ != VantageState::unknown || state == VantageState::invalid) change_ = Change{state_, state};
  state_ = state;
  since_ = now;
}

Timestamp VantageGuard::next_deadline() const {
  if (!first_look_ || state_ == VantageState::invalid) return Timestamp::max();
  return alive_until() + Duration(1);
}

}  // namespace isthmus::resilience
