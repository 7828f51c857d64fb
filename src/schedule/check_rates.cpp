#include "isthmus/schedule/check_rates.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace isthmus::schedule {
namespace {

// The factor c with which the sum of clamp(c * rate, least, most) is the budget. The sum grows with c along straight
// lines, which bend where one of them leaves the least or gets to the most.
double common_factor(std::span<const double> change_rates, const CheckLimits& limits) {
  std::vector<std::pair<double, double>> bends;  // c, and by how much the slope changes there
  for (const double rate : change_rates) {
    if (rate <= 0) continue;
    bends.emplace_back(limits.least / rate, rate);
    bends.emplace_back(limits.most / rate, -rate);
  }
  std::sort(bends.begin(), bends.end());
  double sum = limits.least * static_cast<double>(change_rates.size());
  double slope = 0;
  double factor = 0;
  for (const auto& [at, change] : bends) {
    const double there = sum + slope * (at - factor);
    if (slope > 0 && there >= limits.budget) return factor + (limits.budget - sum) / slope;
    sum = there;
    factor = at;
    slope += change;
  }
  return std::numeric_limits<double>::max();
}

}  // namespace

std::vector<double> share_checks(std::span<const double> change_rates, const CheckLimits& limits) {
  const auto count = static_cast<double>(change_rates.size());
  if (limits.budget <= count * limits.least) {
    return std::vector<double>(change_rates.size(), limits.budget / std::max(1.0, count));
  }
  const double factor = common_factor(change_rates, limits);
  std::vector<double> shares;
  shares.reserve(change_rates.size());
  for (const double rate : change_rates) {
    shares.push_back(rate <= 0 ? limits.least : std::clamp(factor * rate, limits.least, limits.most));
  }
  return shares;
}

}  // namespace isthmus::schedule
