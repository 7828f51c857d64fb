#include "resilience/interval.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace isthmus::resilience {
namespace {

constexpr double kCoverage = 0.95;
constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the standard normal distribution.

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

// Student's quantile from the normal one (Abramowitz and Stegun 26.7.5), good to a percent and a half from 2 degrees
// on.
double student(double z, double freedom) {
  const double z2 = z * z;
  const double first = z * (z2 + 1) / 4;
  const double second = z * ((5 * z2 + 16) * z2 + 3) / 96;
  const double third = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
  return z + first / freedom + second / (freedom * freedom) + third / (freedom * freedom * freedom);
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
  // The jackknife's variance of the share, as that of a single witness of equal weight, times its degrees of freedom.
  const double freedom = sums.witnesses - 1;
  const double measured = squares * alike * freedom * freedom / sums.witnesses;
  const double rounded = (share * alike + 0.5) / (alike + 1);  // Never 0 or 1.
  const double largest = rounded * (1 - rounded);              // Variance of a witness who sees all or nothing.
  const double variance = (largest + measured) / sums.witnesses;
  return {.trials = alike * std::max(1.0, largest / variance), .error = std::sqrt(variance / alike)};
}

}  // namespace

ShareEstimate estimate_share(std::span<const WitnessShare> witnesses) {
  const Sums sums = sum_of(witnesses);
  if (sums.units <= 0) return {};
  const double least = std::clamp(sums.carried / sums.units, 0.0, 1.0);
  const double most = std::clamp((sums.carried + sums.unknown) / sums.units, 0.0, 1.0);
  const Spread low = spread_of(witnesses, sums, least, 0);
  const Spread high = spread_of(witnesses, sums, most, 1);
  double quantile = quantile_for((most - least) / std::max(low.error, high.error));
  // The variance has one degree of freedom less than there are witnesses, and one from the pseudo-witness. One witness
  // alone shows no variance that could be wrong.
  if (sums.witnesses > 1) quantile = student(quantile, sums.witnesses);
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
