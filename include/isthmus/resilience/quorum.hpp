#pragma once
// Whether enough vantage points see for an outage to be told. Pure function; any thread.

#include <cstdint>
#include <span>

#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::resilience {

/// An outage takes the word of so many ASes, or of all where fewer have a vantage point: two vantage points of one AS
/// are one witness.
inline constexpr std::uint32_t kWitnesses = 2;

struct Quorum {
  std::uint32_t networks{0};  ///< ASes with a vantage point that is valid now,
  std::uint32_t needed{0};    ///< and how many of them it takes.
};

[[nodiscard]] Quorum quorum_of(std::span<const VantageView> vantages);

}  // namespace isthmus::resilience
