#pragma once
// How many packets a sender may send now, and how long it should sleep until it looks again. Never sleeps itself.
// Belongs to one thread.
//
//   for (;;) {
//     const std::size_t count = std::min(pacer.ready(now), left);
//     if (count == 0) { sleep(pacer.wait(now)); continue; }
//     pacer.sent(send_batch(count), now);
//   }

#include <algorithm>
#include <cstddef>

#include "isthmus/base/time.hpp"
#include "isthmus/schedule/token_bucket.hpp"

namespace isthmus::schedule {

/// A paced token bucket seen in batches: a batch is at most two milliseconds of the rate, or one packet. The sender
/// is woken when a quarter of that is due, so that it may come three quarters late and still keep the rate. What a
/// longer stall costs is lost, never sent in a burst afterwards.
class Pacer {
 public:
  /// Precondition: packets_per_second > 0.
  explicit Pacer(double packets_per_second)
      : bucket_(TokenBucket::paced(packets_per_second)), worth_waking_(std::max<std::size_t>(1, bucket_.burst() / 4)) {}

  /// Packets that may leave now; 0 when none.
  [[nodiscard]] std::size_t ready(Instant now) const { return bucket_.available(now); }
  /// That many left. More than were ready delay the next ones.
  void sent(std::size_t count, Instant now) { bucket_.charge(count, now); }
  /// How long until enough packets for a system call may leave.
  [[nodiscard]] Duration wait(Instant now) const { return bucket_.wait(now, worth_waking_); }
  /// The most that ready() ever says.
  [[nodiscard]] std::size_t largest_batch() const { return bucket_.burst(); }

 private:
  TokenBucket bucket_;
  std::size_t worth_waking_;
};

}  // namespace isthmus::schedule
