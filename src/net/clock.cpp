#include "isthmus/net/clock.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <limits>

namespace isthmus::net {
namespace {

Duration read(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Instant monotonic_now() { return Instant(read(CLOCK_MONOTONIC)); }
Instant coarse_monotonic_now() { return Instant(read(CLOCK_MONOTONIC_COARSE)); }
Timestamp kernel_wall_now() { return Timestamp(read(CLOCK_REALTIME)); }

// The monotonic clock plus the most that UTC was ever ahead of it. UTC is read first: a pause between the two readings
// then makes the difference smaller, which changes nothing, and never larger, which would stay.
Timestamp wall_now() {
  static std::atomic<Duration::rep> most_ahead{std::numeric_limits<Duration::rep>::min()};
  const Duration wall = read(CLOCK_REALTIME);
  const Duration monotonic = read(CLOCK_MONOTONIC);
  Duration::rep known = most_ahead.load();
  const Duration::rep ahead = (wall - monotonic).count();
  while (known < ahead && !most_ahead.compare_exchange_weak(known, ahead)) {
  }
  return Timestamp(monotonic + Duration(std::max(known, ahead)));
}

}  // namespace isthmus::net
