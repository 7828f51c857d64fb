#include "isthmus/schedule/limit_estimator.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace isthmus::schedule {
namespace {

using namespace std::chrono_literals;

// An epoch is over when it has many probes, or enough and was long. Long epochs of fast routers tell 3 % of loss from
// chance; a router that gives one answer a second need not be watched for minutes.
constexpr std::uint16_t kMany = 256;
constexpr std::uint16_t kEnough = 16;
constexpr double kMoreWithLoss = 10;   // times the path's usual loss: the lossier, the more probes tell it from a limit
constexpr std::uint16_t kTelling = 3;  // answers
constexpr std::uint16_t kMost = 60000;
constexpr Duration kShort = 250ms;
constexpr Duration kLong = 4s;
constexpr Duration kLongest = 1h;
constexpr std::uint16_t kFewest = 8;  // reports without which an epoch says nothing

// Where nobody asked, a router did not answer less often than it could: such a pause counts as no more than this, and
// under a limit as this many times the usual gap. Rounds of a few probes at once are thereby spread over seconds by an
// experiment, not over the minute until the next round.
constexpr Duration kPause = 5s;
constexpr double kPauseInGaps = 1.25;
// Asked at this part of the limit or more, somebody was waiting for it: the last of a few probes has a pause behind it.
constexpr double kWanted = 0.85;

constexpr double kScale = 65535;
constexpr double kTolerable = 0.02;  // loss beyond the usual one that is not worth an experiment
constexpr double kCareful =
    0.98;  // of the answers counted: a limit found a little too low costs less than one too high
constexpr double kSlowest = 0.05;  // probes a second
constexpr std::uint8_t kMostTries = 3;
constexpr std::array kSteps{1.1, 1.25, 1.5, 2.0};

Duration microseconds(std::uint32_t count) { return std::chrono::microseconds(count); }
std::uint32_t microseconds(Duration span) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(span).count());
}

// By how much the losses of two samples of so many probes may differ by chance.
double chance_between(double a, double b, double reports) {
  const double both = (a + b) / 2;
  return 2.5 * std::sqrt(2 * both * (1 - both) / reports);
}

std::uint16_t scaled(double share) {
  return static_cast<std::uint16_t>(std::lround(std::clamp(share, 0.0, 1.0) * kScale));
}

}  // namespace

struct LimitEstimator::Epoch {
  double reports{0};
  double answers{0};
  double rate{0};      // asked a second
  double loss{0};      // share of the reports
  double answered{0};  // a second
};

double LimitEstimator::rate() const {
  // Too much is asked no longer than is needed to see what it does.
  const bool experiment = phase_ == Phase::less || (phase_ == Phase::more && !closed_);
  return experiment ? static_cast<double>(trial_) : limit();
}

double LimitEstimator::base() const { return base_ / kScale; }

void LimitEstimator::learn_base(double loss, double weight) { base_ = scaled(base() + weight * (loss - base())); }

bool LimitEstimator::counts(Instant sent) const {
  if (phase_ == Phase::free || asked_ == 0 || sent < start_) return false;
  return !closed_ || sent < start_ + microseconds(span_);
}

void LimitEstimator::begin(Phase phase) {
  phase_ = phase;
  closed_ = false;
  span_ = busy_ = 0;
  asked_ = answered_ = lost_ = 0;
}

void LimitEstimator::asked(Instant now, Duration settle) {
  if (phase_ == Phase::free) return;
  if (closed_) return judge_when_settled(now, settle);
  if (asked_ == 0) start_ = now;
  count_time(now);
  const Duration busy = microseconds(busy_);
  const bool told_much = asked_ >= kMany && busy >= kShort && answered_ >= kTelling;
  const bool told_enough = asked_ >= kEnough * (1 + kMoreWithLoss * base()) && busy >= kLong;
  if (told_much || told_enough || asked_ >= kMost) {
    // This probe ends the epoch and is none of it, so that n probes span n gaps.
    closed_ = true;
    return judge_when_settled(now, settle);
  }
  ++asked_;
}

void LimitEstimator::count_time(Instant now) {
  const Instant latest = start_ + microseconds(span_);
  if (now <= latest) return;
  const Duration pause =
      rate() < kUnlimited ? Duration(static_cast<Duration::rep>(kPauseInGaps * 1e9 / rate())) : kPause;
  busy_ += microseconds(std::min(now - latest, pause));
  span_ = microseconds(std::min(now - start_, kLongest));
}

void LimitEstimator::answered(Instant sent, Instant now, Duration settle) {
  if (!counts(sent)) return;
  if (answered_ < asked_) ++answered_;
  judge_when_settled(now, settle);
}

void LimitEstimator::unanswered(Instant sent, Instant now, Duration settle) {
  if (phase_ == Phase::free) return begin(Phase::watch);
  if (!counts(sent)) return;
  if (lost_ < asked_) ++lost_;
  judge_when_settled(now, settle);
}

void LimitEstimator::excused(Instant sent) {
  if (counts(sent) && asked_ > 1) --asked_;
}

void LimitEstimator::judge_when_settled(Instant now, Duration settle) {
  if (!closed_) return;
  if (answered_ + lost_ < asked_ && now < start_ + microseconds(span_) + settle) return;
  const double reports = answered_ + lost_;
  if (reports < kFewest) return begin(phase_);
  const double rate = asked_ / to_seconds(microseconds(std::max(busy_, 1U)));
  const double loss = lost_ / reports;
  judge({reports, static_cast<double>(answered_), rate, loss, rate * (1 - loss)});
}

void LimitEstimator::judge(const Epoch& epoch) {
  // Whatever was asked: so little loss cannot be less than the usual one.
  if (epoch.loss < base() - 2 * std::sqrt(base() * (1 - base()) / epoch.reports)) learn_base(epoch.loss, 0.25);
  switch (phase_) {
    case Phase::free: break;
    case Phase::watch: return judge_watch(epoch);
    case Phase::less: return judge_less(epoch);
    case Phase::hold: return judge_hold(epoch);
    case Phase::more: return judge_more(epoch);
  }
}

// More than the usual loss, and more than three standard errors of chance: an hour has hundreds of epochs.
bool LimitEstimator::is_loss(const Epoch& epoch) const {
  const double usual = std::max(base(), 0.01);
  return epoch.loss > base() + kTolerable + 3 * std::sqrt(usual * (1 - usual) / epoch.reports);
}

void LimitEstimator::judge_watch(const Epoch& epoch) {
  // Of a router that gives no answer at all nothing would be had by asking it less.
  if (is_loss(epoch) && epoch.answers > 0) return meet_loss(epoch);
  learn_base(epoch.loss, 0.25);
  begin(Phase::free);
}

void LimitEstimator::try_less(const Epoch& epoch, std::uint8_t tries) {
  trial_ = static_cast<float>(std::max(kSlowest, kCareful * epoch.answered));
  tries_ = tries;
  begin(Phase::less);
}

void LimitEstimator::meet_loss(const Epoch& epoch) {
  seen_ = scaled(epoch.loss);
  try_less(epoch, 0);
}

// Asked less, as much was lost. A router that saves up for half a minute gives loss a few more chances to go away;
// otherwise it is what the path loses, and all of these epochs were samples of it.
void LimitEstimator::keep_loss(const Epoch& epoch) {
  const auto tries = static_cast<std::uint8_t>(tries_ + 1);
  seen_ = scaled((seen_ / kScale * tries + epoch.loss) / (tries + 1));
  if (tries < kMostTries && epoch.answers > 0) return try_less(epoch, tries);
  learn_base(seen_ / kScale, 1);
  begin(limit() < kUnlimited ? Phase::hold : Phase::free);
}

void LimitEstimator::judge_less(const Epoch& epoch) {
  const double seen = seen_ / kScale;
  const double chance = chance_between(seen, epoch.loss, epoch.reports);
  const bool gone = epoch.loss < seen - std::max(chance, 0.5 * (seen - base()));
  const bool answers_more_often = epoch.answers >= kTelling && 1 - epoch.loss >= 2 * (1 - seen);
  // More loss from asking less: something changed meanwhile, and the experiment tells nothing.
  if (epoch.loss > seen + chance && epoch.answers > 0) return meet_loss(epoch);
  if (!gone && !answers_more_often) return keep_loss(epoch);
  const bool first = limit() == kUnlimited;
  limit_ = trial_;
  clean_ = 0;
  patience_ = std::max<std::uint8_t>(patience_, 1) & 3;
  boldness_ = 0;
  if (is_loss(epoch)) return meet_loss(epoch);
  learn_base(epoch.loss, 0.5);
  if (!first) return begin(Phase::hold);
  // Asked in bursts, as it was until now, a router that saves nothing up gives far less than it could.
  boldness_ = kSteps.size() - 1;
  try_more();
}

void LimitEstimator::judge_hold(const Epoch& epoch) {
  if (is_loss(epoch) && epoch.answers > 0) return meet_loss(epoch);
  begin(Phase::hold);
  if (epoch.rate < kWanted * limit()) return learn_base(epoch.loss, 0.125);  // nobody wants more
  // Loss too small to tell from chance, but if it goes on, most of it is the limit.
  limit_ = static_cast<float>(std::max(kSlowest, limit() * (1 - 0.5 * std::max(0.0, epoch.loss - base()))));
  if (++clean_ >= 2U << patience_) try_more();
}

void LimitEstimator::try_more() {
  clean_ = 0;
  trial_ = static_cast<float>(limit() * kSteps[boldness_]);
  begin(Phase::more);
}

void LimitEstimator::judge_more(const Epoch& epoch) {
  begin(Phase::hold);
  const double step = trial_ / limit();
  const bool answers_more = (1 - epoch.loss) * step >= (1 - base()) * (1 + 0.6 * (step - 1));
  // What was allowed but not asked for shows nothing.
  if (epoch.rate < kWanted * trial_ || !answers_more) {
    boldness_ = 0;
    patience_ = static_cast<std::uint8_t>(std::min(patience_ + 1, 2) & 3);
    return;
  }
  limit_ = std::min(trial_, static_cast<float>(std::max(limit(), epoch.answered / (1 - base()))));
  if (boldness_ > 0) patience_ = 0;  // the first step may have been paid for by what the router had saved up
  boldness_ = static_cast<std::uint8_t>(std::min(boldness_ + 1, 3) & 3);
  if (!is_loss(epoch)) try_more();
}

}  // namespace isthmus::schedule
