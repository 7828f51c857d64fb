#pragma once
// When each frame of a batch left. Reading the clock takes the processor twice as long as reading its own counter, so
// the clock is read before and after the batch and the counter in between; a counter that does not keep pace moves a
// time no further than to one of the two readings. One thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "isthmus/net/clock.hpp"

namespace isthmus::net {

template <std::size_t most>
class SendTimes {
 public:
  SendTimes() = default;
  SendTimes(const SendTimes&) = delete;
  SendTimes& operator=(const SendTimes&) = delete;
  ~SendTimes() { write(); }

  /// Now is the time that `into` is to hold when this object is gone. Precondition: called no more than `most` times.
  void take(Instant& into) {
    into_[used_] = &into;
    counts_[used_++] = count();
  }

 private:
  static std::uint64_t count() {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return static_cast<std::uint64_t>(monotonic_now().time_since_epoch().count());
#endif
  }
  void write() const {
    // What leaves alone leaves right after the first reading.
    if (used_ < 2) {
      if (used_ == 1) *into_[0] = began_;
      return;
    }
    const auto counted = static_cast<double>(static_cast<std::int64_t>(count() - count_began_));
    const auto passed = static_cast<double>((monotonic_now() - began_).count());
    const double each = counted > 0 ? passed / counted : 0;
    for (std::size_t i = 0; i < used_; ++i) {
      const auto since = static_cast<double>(static_cast<std::int64_t>(counts_[i] - count_began_));
      *into_[i] = began_ + Duration(static_cast<Duration::rep>(std::clamp(since * each, 0.0, passed)));
    }
  }

  Instant began_{monotonic_now()};
  std::uint64_t count_began_{count()};
  std::size_t used_{0};
  std::array<std::uint64_t, most> counts_;
  std::array<Instant*, most> into_;
};

}  // namespace isthmus::net
