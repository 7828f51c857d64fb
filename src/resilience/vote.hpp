#pragma once
// How the opinions of several vantage points make the state of one block. Pure functions.

#include <cstdint>

#include "isthmus/model/event.hpp"

namespace isthmus::resilience {

struct Ballot {
  std::uint32_t networks{0};  ///< ASes that have a vantage point configured.
  std::uint32_t ups{0};       ///< Opinions of vantage points that can be trusted now.
  std::uint32_t downs{0};
  std::uint32_t down_networks{0};  ///< ASes that the downs come from: two vantage points of one AS are one witness.
  std::uint32_t suspended{0};      ///< Not trusted just now, not yet known to be blind.
};

/// down: two thirds of the opinions, from at least two ASes (or all, when fewer are configured); up: two thirds;
/// degraded, that is reachable in part as far as anybody can tell: neither. Without an opinion the answer is unknown.
/// `before` stays while vantage points are only suspended and what is left does not suffice: then it is a matter of one
/// or two rounds, and a state that comes and goes says less than one that waits. It also stays when it is down and a
/// single AS is left to see it: an outage is not over because its witnesses went blind.
[[nodiscard]] State count_votes(const Ballot& ballot, State before);

}  // namespace isthmus::resilience
