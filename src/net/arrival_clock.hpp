#pragma once
// Moves the kernel's stamps, which are wall time, into the monotonic domain. One per batch of packets: both clocks are
// read once, within nanoseconds of each other.

#include <ctime>
#include <optional>

#include "isthmus/net/clock.hpp"
#include "isthmus/net/packet_io.hpp"

namespace isthmus::net {

inline Timestamp to_timestamp(const timespec& time) {
  return Timestamp(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

class ArrivalClock {
 public:
  ArrivalClock() : monotonic_(monotonic_now()), wall_(kernel_wall_now()) {}

  /// When the packet arrived; counts whether by the kernel's stamp or, without a plausible one, by the time of reading.
  [[nodiscard]] Instant instant_of(const std::optional<Timestamp>& stamp, IoCounters& counters) const {
    // A stamp further from now than this is a step of the wall clock, not a wait in the queue.
    constexpr Duration kPlausibleAge = std::chrono::seconds(10);
    const Duration age = stamp ? wall_ - *stamp : Duration::min();
    if (age < Duration::zero() || age > kPlausibleAge) {
      ++counters.stamps_rejected;
      return monotonic_;
    }
    ++counters.kernel_stamps;
    return monotonic_ - age;
  }

 private:
  Instant monotonic_;
  Timestamp wall_;
};

}  // namespace isthmus::net
