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
  if (two_thirds(ballot.ups, opinions)) return State::up;
  if (ballot.ups > 0 && !two_thirds(ballot.downs, opinions)) return State::degraded;
  if (ballot.down_networks >= std::min(kWitnesses, ballot.networks)) return State::down;
  return before == State::down || ballot.suspended > 0 ? before : State::degraded;
}

}  // namespace isthmus::resilience
