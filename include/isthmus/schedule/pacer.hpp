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

/// Two token buckets. One keeps the rate, and lets a sender that was late make up for it: what a stall beyond that
/// costs is lost. The other one keeps it smooth: never more than two milliseconds' packets at once (or one), and half
/// as fast again as the rate at most. The sender is woken when a quarter of a batch may leave, not for every packet.
class Pacer {
 public:
  /// Exactly the rate for a sender that is up to ten milliseconds late; up to 1 % more in a second that follows one
  /// with less. Precondition: packets_per_second > 0.
  explicit Pacer(double packets_per_second);
  /// In no second more than the rate (rounded up to a whole packet). Half a percent less than that for a sender that
  /// is up to five milliseconds late.
  static Pacer strict(double packets_per_second);

  /// Packets that may leave now; 0 when none.
  [[nodiscard]] std::size_t ready(Instant now) const { return std::min(rate_.available(now), burst_.available(now)); }
  /// That many left. More than were ready delay the next ones.
  void sent(std::size_t count, Instant now);
  /// How long until enough packets for a system call may leave.
  [[nodiscard]] Duration wait(Instant now) const;
  /// The most that ready() ever says.
  [[nodiscard]] std::size_t largest_batch() const { return std::min(rate_.burst(), burst_.burst()); }

 private:
  Pacer(const TokenBucket& rate, const TokenBucket& burst);

  TokenBucket rate_;
  TokenBucket burst_;
  std::size_t worth_waking_;
};

}  // namespace isthmus::schedule
