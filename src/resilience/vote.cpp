#include "resilience/vote.hpp"

#include <algorithm>

#include "isthmus/resilience/quorum.hpp"

namespace isthmus::resilience {
namespace {

bool two_thirds(std::uint32_t part, std::uint32_t whole) { return part * 3 >= whole * 2; }

State decide(const Ballot& ballot, State before) {
  const std::uint32_t opinions = ballot.ups + ballot.downs;
  if (opinions == 0) return State::unknown;
  if (two_thirds(ballot.ups, opinions)) return State::up;
  if (ballot.ups > 0 && !two_thirds(ballot.downs, opinions)) return State::degraded;
  if (ballot.down_networks >= std::min(kWitnesses, ballot.networks)) return State::down;
  return before == State::down ? before : State::degraded;
}

}  // namespace

State count_votes(const Ballot& ballot, State before) {
  const State without = decide(ballot, before);
  if (ballot.suspended_ups + ballot.suspended_downs == 0) return without;
  const State with = decide({.networks = ballot.networks,
                             .ups = ballot.ups + ballot.suspended_ups,
                             .downs = ballot.downs + ballot.suspended_downs,
                             .down_networks = ballot.all_down_networks},
                            before);
  return with == without ? without : before;
}

}  // namespace isthmus::resilience
