#include "isthmus/schedule/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::schedule {

TokenBucket::TokenBucket(double rate_per_second, std::uint32_t burst)
    : interval_(static_cast<Duration::rep>(std::ceil(1e9 / rate_per_second))), tolerance_(interval_ * (burst - 1)) {}

TokenBucket TokenBucket::strict(double rate_per_second) {
  const double burst = std::max(1.0, std::floor(rate_per_second * 0.005));
  // A full bucket adds burst - 1 tokens to a window; growing that much slower keeps the sum at the rate.
  return TokenBucket(rate_per_second - (burst - 1.0), static_cast<std::uint32_t>(burst));
}

Duration TokenBucket::wait(Instant now) const {
  if (next_ <= now) return Duration::zero();
  return std::max(Duration::zero(), next_ - now - tolerance_);
}

bool TokenBucket::take(Instant now) {
  if (wait(now) > Duration::zero()) return false;
  next_ = std::max(next_, now) + interval_;
  return true;
}

RouterBudget::RouterBudget(double replies_per_second, std::size_t capacity)
    : fresh_(replies_per_second), capacity_(capacity) {}

Duration RouterBudget::wait(const IpAddress& router, Instant now) const {
  const auto found = buckets_.find(router);
  return found == buckets_.end() ? Duration::zero() : found->second.wait(now);
}

bool RouterBudget::take(const IpAddress& router, Instant now) {
  auto found = buckets_.find(router);
  if (found == buckets_.end()) {
    if (buckets_.size() >= capacity_ && !make_room(now)) return false;
    found = buckets_.emplace(router, fresh_).first;
  }
  return found->second.take(now);
}

bool RouterBudget::make_room(Instant now) {
  std::erase_if(buckets_, [&](const auto& entry) { return entry.second.is_full(now); });
  return buckets_.size() < capacity_;
}

}  // namespace isthmus::schedule
