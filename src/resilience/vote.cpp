#include "resilience/vote.hpp"

#include <algorithm>

namespace isthmus::resilience {
namespace {

constexpr std::uint32_t kWitnesses = 2;

bool two_thirds(std::uint32_t part, std::uint32_t whole) { return part * 3 >= whole * 2; }

}  // namespace

State count_votes(const Ballot& ballot, State before) {
  const std::uint32_t opinions = ballot.ups + ballot.downs;
  if (opinions == 0) return ballot.suspended > 0 ? before : State::unknown;
  const std::uint32_t needed = std::min(kWitnesses, ballot.configured);
  if (ballot.downs >= needed && two_thirds(ballot.downs, opinions)) return State::down;
  if (two_thirds(ballot.ups, opinions)) return State::up;
  if (ballot.ups > 0) return State::degraded;
  // One lonely witness of an outage: enough to go on with what is known, not to begin it.
  return before == State::down || ballot.suspended > 0 ? before : State::unknown;
}

}  // namespace isthmus::resilience
