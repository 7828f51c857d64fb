#pragma once
// How fast one hop may be asked. Routers limit their ICMP: where some flows are answered and others are not, probes go
// out further apart until most are answered again. Belongs to one engine, on its thread.

#include <algorithm>

#include "isthmus/base/time.hpp"

namespace isthmus::probes {

class HopPace {
 public:
  /// When the next probe may leave; at once as long as there was no reason to be slow.
  [[nodiscard]] Instant earliest(Instant now) const { return gap_ == Duration::zero() ? now : std::max(now, next_); }
  void sent(Instant now) {
    if (gap_ > Duration::zero()) next_ = std::max(now, next_) + gap_;
  }

  /// A probe sent at that time went unanswered where others were answered. What had left before the last slowing says
  /// nothing new; slowing by four outweighs the answers that a limit lets through in between.
  void unanswered(Instant sent, Instant now) {
    if (sent < slowed_) return;
    gap_ = std::clamp(gap_ * 4, kShortest, kLongest);
    slowed_ = now;
    next_ = now;
  }
  void answered() {
    gap_ -= gap_ / 8;
    if (gap_ < kNegligible) gap_ = Duration::zero();
  }

 private:
  static constexpr Duration kNegligible = std::chrono::milliseconds(10);
  static constexpr Duration kShortest = std::chrono::milliseconds(50);
  static constexpr Duration kLongest = std::chrono::seconds(2);

  Duration gap_{};
  Instant next_{Instant::min()};
  Instant slowed_{Instant::min()};
};

}  // namespace isthmus::probes
