#pragma once
// A rate limit that takes the time and returns the wait; it never sleeps. Belongs to one thread.

#include <cstddef>
#include <cstdint>

#include "isthmus/base/time.hpp"

namespace isthmus::schedule {

/// At most `burst` tokens at once and `rate` tokens a second on average. Kept as the theoretical arrival time of the
/// generic cell rate algorithm (ITU-T I.371): one time stamp, exact in nanoseconds, no drift.
class TokenBucket {
 public:
  /// Preconditions: rate_per_second > 0, burst >= 1. Starts full.
  explicit TokenBucket(double rate_per_second, std::uint32_t burst = 1);

  /// A token may be taken up to `tolerance` ahead of its time, so that much of being late is made up for.
  TokenBucket(double rate_per_second, Duration tolerance);

  /// A bucket that lets no half-open window of one second see more than `rate_per_second` tokens (rounded up to a
  /// whole one), and allows bursts of two milliseconds' tokens. Below 1,000 a second whoever comes late for a token
  /// has lost the time: see Pacer.
  static TokenBucket strict(double rate_per_second);

  /// Keeps the promise of strict() and a steady rate for callers that come late: up to `tolerance` is made up for.
  /// Costs as much of the rate as the tolerance is of a second.
  static TokenBucket strict(double rate_per_second, Duration tolerance);

  /// How long until `count` tokens are there; zero when they are there now. Precondition: 1 <= count <= burst().
  [[nodiscard]] Duration wait(Instant now, std::size_t count = 1) const;
  /// Tokens that are there now.
  [[nodiscard]] std::size_t available(Instant now) const;
  /// Takes a token if there is one.
  bool take(Instant now);
  /// Takes `count` tokens, there or not; what was not there has to grow before the next one.
  void charge(std::size_t count, Instant now);
  /// As if never used: nothing would be lost by forgetting this bucket.
  [[nodiscard]] bool is_full(Instant now) const { return next_ <= now; }
  /// The most tokens that can be there at once.
  [[nodiscard]] std::size_t burst() const { return static_cast<std::size_t>(tolerance_ / interval_) + 1; }
  [[nodiscard]] Duration interval() const { return interval_; }

 private:
  TokenBucket(Duration interval, Duration tolerance) : interval_(interval), tolerance_(tolerance) {}

  Duration interval_;   // time one token takes to grow, rounded up so that the rate is never exceeded
  Duration tolerance_;  // how far ahead of its time a token may be taken: (burst - 1) * interval
  Instant next_{Instant::min()};
};

}  // namespace isthmus::schedule
