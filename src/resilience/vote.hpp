#pragma once
// How the opinions of several vantage points make the state of one block. Pure functions.

#include <cstdint>

#include "isthmus/model/event.hpp"

namespace isthmus::resilience {

struct Ballot {
  std::uint32_t configured{0};  ///< Vantage points there are.
  std::uint32_t ups{0};         ///< Opinions of those that can be trusted now.
  std::uint32_t downs{0};
  std::uint32_t suspended{0};  ///< Not trusted just now, not yet known to be blind.
};

/// down: at least two (or all, when fewer are configured) and two thirds of the opinions; up: two thirds;
/// degraded: neither. Without enough witnesses the answer is unknown, or `before` while some are only
/// suspended: then it is a matter of one or two rounds, and a state that comes and goes says less than one
/// that waits.
[[nodiscard]] State count_votes(const Ballot& ballot, State before);

}  // namespace isthmus::resilience
