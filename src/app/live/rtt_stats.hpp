#pragma once
// Round-trip times of an endless series in constant memory (Welford's mean and variance). Plain value; any thread.

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace isthmus::app {

/// Milliseconds.
struct RttStats {
  std::uint64_t count{0};
  double last{0};
  double best{0};
  double worst{0};
  double mean{0};
  double squares{0};  ///< Sum of squared distances from the mean.

  void add(double rtt) {
    last = rtt;
    best = count == 0 ? rtt : std::min(best, rtt);
    worst = std::max(worst, rtt);
    ++count;
    const double before = rtt - mean;
    mean += before / static_cast<double>(count);
    squares += before * (rtt - mean);
  }
  /// Of the sample; 0 for fewer than two.
  [[nodiscard]] double deviation() const { return count < 2 ? 0 : std::sqrt(squares / static_cast<double>(count - 1)); }
};

}  // namespace isthmus::app
