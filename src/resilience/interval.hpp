#pragma once
// Shares with their uncertainty. Pure functions.
//
// Which truth a 95 % interval covers: the share over all vantage ASes that one could have, of which those at hand are
// taken for a random sample; blocks, addresses and flows are those that were traced, not a sample of others. Vantage
// points of one AS are one witness, and so are all flows of a witness. What is unknown may be carried by anybody: the
// interval covers the truth also when all of it goes by this upstream, and when none does.
//
// tests/bench/resilience/share_coverage simulates how often it does.

#include <span>

#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::resilience {

/// What one vantage AS shows of a share. Fractions allowed; `carried` + `unknown` <= `units`.
struct WitnessShare {
  double units{0};
  double carried{0};
  double unknown{0};
};

/// The estimate is the part of all units that is known to be carried. Without units: 0 within [0, 1].
///
/// Wilson's score interval, with the effective number of witnesses in place of that of trials, as Korn and Graubard do
/// it for surveys (Survey Methodology 24, 1998), the variance between witnesses being that of the jackknife. Witnesses
/// that agree do not prove that others would: then each is one trial, however many flows it has. What is unknown widens
/// it as in Imbens and Manski, Econometrica 72, 2004: the truth is covered, not all that it might be.
[[nodiscard]] ShareEstimate estimate_share(std::span<const WitnessShare> witnesses);

/// The same where each unit is its own witness, as flows are for whoever asks what one vantage point sees.
[[nodiscard]] ShareEstimate estimate_share(double carried, double unknown, double units);

}  // namespace isthmus::resilience
