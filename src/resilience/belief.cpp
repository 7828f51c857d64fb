#include "resilience/belief.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::resilience {
namespace {

constexpr double kLoss = 0.01;         // Packets that get lost on the way although everything is up.
constexpr double kStrayReply = 1e-5;   // P(reply | down): replies carry a keyed tag, so hardly ever.
constexpr double kInitialRate = 0.98;  // An address that has just answered is trusted at once, not blindly.
constexpr double kLowestRate = 0.05;
constexpr double kHighestRate = 0.99;
constexpr double kLearning = 0.02;  // Weight of one outcome in the answer rate: about 50 rounds of memory.
constexpr Duration kLongestBurst = std::chrono::seconds(10);
constexpr std::uint32_t kDarkAfter = 3;     // Misses in a row while the block answers otherwise.
constexpr std::uint32_t kMostCharged = 10;  // Misses of one run that lower the answer rate.

// Beliefs are kept within [0.01, 0.99], so that evidence of the past never outweighs that of the present.
const double kLimit = std::log(0.99 / 0.01);
const double kUp = std::log(0.9 / 0.1);

double clip(double log_odds) { return std::clamp(log_odds, -kLimit, kLimit); }

double learn(double rate, double outcome) {
  return std::clamp(rate + kLearning * (outcome - rate), kLowestRate, kHighestRate);
}

}  // namespace

void BlockBelief::handle_reply(const IpAddress& address, Timestamp sent) {
  Address& from = addresses_.try_emplace(address, Address{.answer_rate = kInitialRate}).first->second;
  // Misses during an outage would teach that the address is unreliable, and the next outage would be found
  // late.
  if (opinion_ != Opinion::down) {
    for (std::uint32_t i = 0; i < std::min(from.misses, kMostCharged); ++i) {
      from.answer_rate = learn(from.answer_rate, 0);
    }
  }
  from = Address{.answer_rate = learn(from.answer_rate, 1), .told = {sent, from.told[0]}};
  if (last_answered_ && *last_answered_ > sent) return;

  last_answered_ = sent;
  suspects_down_ = false;
  run_started_.reset();
  run_latest_.reset();
  log_odds_ = clip(log_odds_ + std::log(from.answer_rate * (1 - kLoss) / kStrayReply));
  for (auto& [other, record] : addresses_) {
    if (opinion_ == Opinion::down) record.misses = 0;
    if (record.misses >= kDarkAfter) record.dark = true;
  }
  if (log_odds_ > kUp) opinion_ = Opinion::up;
}

void BlockBelief::handle_miss(const IpAddress& address, Timestamp sent, Duration ping_interval) {
  const auto found = addresses_.find(address);
  if (found == addresses_.end()) return;
  Address& from = found->second;
  ++from.misses;
  from.told = {sent, from.told[0]};
  // Outcomes come in out of order: a probe that left before the latest answered one is old news.
  if (from.dark || (last_answered_ && sent <= *last_answered_)) return;

  if (!run_started_ || sent < *run_started_) run_started_ = sent;
  if (!run_latest_ || sent > *run_latest_) run_latest_ = sent;
  const double missed_though_up = 1 - from.answer_rate * (1 - kLoss);
  log_odds_ = clip(log_odds_ + std::log(missed_though_up / (1 - kStrayReply)));
  // However many addresses a block has, misses of one moment may be one burst of loss.
  if (log_odds_ < -kUp && *run_latest_ - *run_started_ >= std::min(ping_interval / 2, kLongestBurst)) {
    suspects_down_ = true;
  }
}

bool BlockBelief::confirm_down(Timestamp proof) {
  if (!suspects_down_ || opinion_ == Opinion::down || proof < *run_started_) return false;
  opinion_ = Opinion::down;
  return true;
}

void BlockBelief::forget_misses() {
  if (opinion_ == Opinion::down) return;
  suspects_down_ = false;
  run_started_.reset();
  run_latest_.reset();
  if (opinion_ == Opinion::up) log_odds_ = kLimit;
  if (opinion_ == Opinion::none) log_odds_ = 0;
  for (auto& [address, record] : addresses_) {
    if (!record.dark) record.misses = 0;
  }
}

bool BlockBelief::knows(const IpAddress& address, Timestamp sent) const {
  const auto found = addresses_.find(address);
  return found != addresses_.end() && std::ranges::find(found->second.told, sent) != found->second.told.end();
}

void BlockBelief::restore(const IpAddress& address, double answer_rate) {
  addresses_.try_emplace(address, Address{.answer_rate = std::clamp(answer_rate, kLowestRate, kHighestRate)});
}

double BlockBelief::probability() const { return 1 / (1 + std::exp(-log_odds_)); }

}  // namespace isthmus::resilience
