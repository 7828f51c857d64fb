#include "resilience/interval.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace isthmus::resilience {
namespace {

constexpr double kCoverage = 0.95;
constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the standard normal distribution.
// How much it takes to believe that witnesses see mixtures instead of all or nothing, in variances of a share: that of
// an eighth of a witness who might see either. Found by simulation.
constexpr double kDoubt = 0.03;

double density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }
double below(double z) { return std::erfc(-z / std::numbers::sqrt2) / 2; }

// How many standard errors to add at either end of a range `width` standard errors wide, so that each point of it is
// covered: 1.96 without a range, 1.645 when the ends are too far apart for both to be missed.
double quantile_for(double width) {
  if (width <= 0) return kZ;
  double z = kZ;
  for (int i = 0; i < 6; ++i) {
    z -= (below(z + width) - below(-z) - kCoverage) / (density(z + width) + density(z));
  }
  return z;
}

// One end of Wilson's score interval: side -1 is the lower, +1 the upper.
double wilson(double share, double trials, double quantile, double side) {
  const double z2 = quantile * quantile;
  const double centre = share + z2 / (2 * trials);
  const double half = quantile * std::sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials));
  return std::clamp((centre + side * half) / (1 + z2 / trials), 0.0, 1.0);
}

struct Sums {
  double units{0};
  double carried{0};
  double unknown{0};
  double squares{0};  // Of units.
  double witnesses{0};
};

Sums sum_of(std::span<const WitnessShare> witnesses) {
  Sums sums;
  for (const WitnessShare& witness : witnesses) {
    if (witness.units <= 0) continue;
    sums.units += witness.units;
    sums.carried += witness.carried;
    sums.unknown += witness.unknown;
    sums.squares += witness.units * witness.units;
    sums.witnesses += 1;
  }
  return sums;
}

struct Spread {
  double trials;  // Effective number of witnesses.
  double error;   // Standard error of the share.
};

// Around one end of the range: the share if the `part` of what is unknown were carried, 0 or 1.
Spread spread_of(std::span<const WitnessShare> witnesses, const Sums& sums, double share, double part) {
  const double alike = sums.units * sums.units / sums.squares;  // Witnesses of equal weight that are worth as much.
  // By how much the share would be another one without each of them (jackknife): a witness who has most of the units
  // draws the share to itself, and would hardly seem to differ from it.
  double squares = 0;
  for (const WitnessShare& witness : witnesses) {
    const double others = sums.units - witness.units;
    if (others <= 0 || witness.units <= 0) continue;
    const double change = (witness.carried + part * witness.unknown - share * witness.units) / others;
    squares += change * change;
  }
  // Of a witness, measured and if each saw all or nothing: their sums over the degrees of freedom. Where all agree
  // neither tells anything, and the ratio is 1: as many trials as witnesses, however much they see.
  const double freedom = sums.witnesses - 1;
  const double measured = squares * alike * freedom * freedom / sums.witnesses;
  const double ratio = (measured + kDoubt) / (freedom * share * (1 - share) + kDoubt);
  const double rounded = (share * alike + 0.5) / (alike + 1);  // Never 0 or 1.
  return {.trials = alike * std::max(1.0, 1 / ratio), .error = std::sqrt(rounded * (1 - rounded) * ratio / alike)};
}

}  // namespace

ShareEstimate estimate_share(std::span<const WitnessShare> witnesses) {
  const Sums sums = sum_of(witnesses);
  if (sums.units <= 0) return {};
  const double least = std::clamp(sums.carried / sums.units, 0.0, 1.0);
  const double most = std::clamp((sums.carried + sums.unknown) / sums.units, 0.0, 1.0);
  const Spread low = spread_of(witnesses, sums, least, 0);
  const Spread high = spread_of(witnesses, sums, most, 1);
  const double quantile = quantile_for((most - least) / std::max(low.error, high.error));
  // Rounding must not leave the estimate outside.
  return {.estimate = least,
          .low = std::min(least, wilson(least, low.trials, quantile, -1)),
          .high = std::max(most, wilson(most, high.trials, quantile, +1))};
}

ShareEstimate estimate_share(double carried, double unknown, double units) {
  if (units <= 0) return {};
  const double least = std::clamp(carried / units, 0.0, 1.0);
  const double most = std::clamp((carried + unknown) / units, 0.0, 1.0);
  return {.estimate = least,
          .low = std::min(least, wilson(least, units, kZ, -1)),
          .high = std::max(most, wilson(most, units, kZ, +1))};
}

}  // namespace isthmus::resilience
