#pragma once
// What speaks for and against a conclusion, and how much: log-odds that were fitted on simulated internets. Pure; any
// thread.

#include <cstddef>
#include <cstdint>

#include "isthmus/inference/last_hop.hpp"

namespace isthmus::inference {

/// Probability that the upstream which this rule names is right, given the clues.
[[nodiscard]] float probability_of(Rule rule, Clues clues);
[[nodiscard]] Confidence confidence_of(float probability);

}  // namespace isthmus::inference
