#include "probes/chance.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::probes {
namespace {

double log_choose(double n, double k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

}  // namespace

double chance_of(const Count& hop, const Count& others) {
  const double asked = double{1} * hop.answered + hop.lost;
  const double rest = double{1} * others.answered + others.lost;
  const double lost = double{1} * hop.lost + others.lost;
  double chance = 0;
  for (double k = hop.lost; k <= std::min(asked, lost); ++k) {
    if (lost - k > rest) continue;
    const double term = std::exp(log_choose(asked, k) + log_choose(rest, lost - k) - log_choose(asked + rest, lost));
    chance += term;
    // Beyond the expected number the terms only fall.
    if (term < chance * 1e-9 && k > asked * lost / (asked + rest)) break;
  }
  return chance;
}

}  // namespace isthmus::probes
