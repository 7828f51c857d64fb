#include "resilience/interval.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::resilience {
namespace {

constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the standard normal distribution.

// One end of Wilson's score interval: side -1 is the lower, +1 the upper.
double wilson(double share, double units, double side) {
  const double z2 = kZ * kZ;
  const double centre = share + z2 / (2 * units);
  const double half = kZ * std::sqrt(share * (1 - share) / units + z2 / (4 * units * units));
  return std::clamp((centre + side * half) / (1 + z2 / units), 0.0, 1.0);
}

}  // namespace

ShareEstimate estimate_share(double carried, double unknown, double units) {
  if (units <= 0) return {};
  const double least = std::clamp(carried / units, 0.0, 1.0);
  const double most = std::clamp((carried + unknown) / units, 0.0, 1.0);
  // Rounding must not leave the estimate outside.
  return {.estimate = least,
          .low = std::min(least, wilson(least, units, -1)),
          .high = std::max(most, wilson(most, units, +1))};
}

}  // namespace isthmus::resilience
