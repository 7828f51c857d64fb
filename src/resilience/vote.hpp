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

  /// The same of vantage points that are not trusted just now, and not yet known to be blind: what they said last.
  std::uint32_t suspended_ups{0};
  std::uint32_t suspended_downs{0};
  std::uint32_t all_down_networks{0};  ///< With theirs.
};

/// down: two thirds of the opinions, from at least two ASes (or all, when fewer are configured); up: two thirds;
/// degraded, that is reachable in part as far as anybody can tell: neither. Without an opinion the answer is unknown.
/// `before` stays while vantage points are only suspended and it would make a difference what they said last: then it
/// is a matter of one or two rounds, and a state that comes and goes says less than one that waits. It also stays when
/// it is down and a single AS is left to see it: an outage is not over because its witnesses went blind.
[[nodiscard]] State count_votes(const Ballot& ballot, State before);

}  // namespace isthmus::resilience
