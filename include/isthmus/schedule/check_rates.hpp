#pragma once
// How a budget of looks is shared among things that change at different rates. Pure function; any thread.
//
// A thing that changes at the rate l and is looked at with the rate m shows at most one change a look: it is found
// changed m * (1 - exp(-l / m)) times a second. One look a second more finds 1 - exp(-x) * (1 + x) more, x = l / m: the
// fewer looks for its changes, the more. The sum over all is largest where nobody would gain from another's looks, that
// is where x is the same for all: m = l * budget / sum of all l (the rule of DTRACK; Cunha et al., "Predicting and
// Tracking Internet Path Changes", SIGCOMM 2011). With a least and a most for each, those whose part lies outside get
// the bound, and the others share what is left in the same way, so that the sum is never more than the budget.

#include <span>
#include <vector>

namespace isthmus::schedule {

struct CheckLimits {
  double budget{0};  ///< Looks a second, all together.
  double least{0};   ///< Looks a second that each one gets, as long as the budget is enough for that.
  double most{0};    ///< Looks a second that none gets more of.
};

/// Looks a second for each of the change rates (any unit, >= 0). Preconditions: 0 <= least <= most, budget > 0. The sum
/// is the budget unless all have the most; all get the same when the budget is too small for the least.
[[nodiscard]] std::vector<double> share_checks(std::span<const double> change_rates, const CheckLimits& limits);

}  // namespace isthmus::schedule
