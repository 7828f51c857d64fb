#include "isthmus/schedule/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::schedule {
namespace {

constexpr double kSecond = 1e9;
constexpr double kBurst = 0.002;  // seconds' worth of tokens that may leave at once

Duration round_up(double nanoseconds) { return Duration(static_cast<Duration::rep>(std::ceil(nanoseconds))); }

}  // namespace

TokenBucket::TokenBucket(double rate_per_second, std::uint32_t burst)
    : interval_(round_up(kSecond / rate_per_second)), tolerance_(interval_ * (burst - 1)) {}

TokenBucket::TokenBucket(double rate_per_second, Duration tolerance)
    : interval_(round_up(kSecond / rate_per_second)), tolerance_(tolerance) {}

TokenBucket TokenBucket::strict(double rate_per_second) {
  const double burst = std::max(1.0, std::floor(rate_per_second * kBurst));
  // A full bucket adds burst - 1 tokens to a window; growing that much slower keeps the sum at the rate.
  return TokenBucket(rate_per_second - (burst - 1.0), static_cast<std::uint32_t>(burst));
}

TokenBucket TokenBucket::strict(double rate_per_second, Duration tolerance) {
  // N tokens span at least (N - 1) intervals less the tolerance. Of one more than the rate that has to be a second.
  const double interval = (kSecond + static_cast<double>(tolerance.count())) / std::ceil(rate_per_second);
  return {round_up(std::max(kSecond / rate_per_second, interval)), tolerance};
}

Duration TokenBucket::wait(Instant now, std::size_t count) const {
  if (next_ <= now) return Duration::zero();
  return std::max(Duration::zero(), next_ - now - tolerance_ + interval_ * static_cast<Duration::rep>(count - 1));
}

std::size_t TokenBucket::available(Instant now) const {
  if (next_ <= now) return burst();
  const Duration left = tolerance_ - (next_ - now);
  return left < Duration::zero() ? 0 : static_cast<std::size_t>(left / interval_) + 1;
}

bool TokenBucket::take(Instant now) {
  if (wait(now) > Duration::zero()) return false;
  charge(1, now);
  return true;
}

void TokenBucket::charge(std::size_t count, Instant now) {
  next_ = std::max(next_, now) + interval_ * static_cast<Duration::rep>(count);
}

}  // namespace isthmus::schedule
