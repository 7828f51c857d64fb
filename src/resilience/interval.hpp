#pragma once
// Shares with their uncertainty. Pure functions.

#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::resilience {

/// `carried` of `units` (fractions allowed) go by an upstream, `unknown` of them nobody knows how. The
/// estimate is the part that is known to; the 95 % interval spans from "none of the unknown" to "all of the
/// unknown", each end widened by Wilson's score interval. Without units: 0 within [0, 1].
[[nodiscard]] ShareEstimate estimate_share(double carried, double unknown, double units);

}  // namespace isthmus::resilience
