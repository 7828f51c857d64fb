#include "isthmus/net/clock.hpp"

#include <ctime>

namespace isthmus::net {
namespace {

Duration read(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Instant monotonic_now() { return Instant(read(CLOCK_MONOTONIC)); }
Timestamp wall_now() { return Timestamp(read(CLOCK_REALTIME)); }

}  // namespace isthmus::net
