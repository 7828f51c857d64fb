#pragma once
// Observations that the core does not take in, and why. Value types; any thread.

#include <array>
#include <cstddef>
#include <cstdint>

namespace isthmus::resilience {

enum class Rejection : std::uint8_t {
  unknown_vantage,  ///< No vantage point of this name is configured.
  unknown_target,   ///< No target of this name, or none of its blocks holds the address.
  future,           ///< Its time is ahead of the core's: the vantage point's clock is wrong.
  late,             ///< Too old to say anything about the present.
  duplicate,        ///< This very probe or trace was taken in before.
  outdated,         ///< A trace that began before the one already known of its flow.
  impossible,       ///< A round-trip time below zero or beyond a minute, or an end before its beginning.
};
inline constexpr std::array kRejections{
    Rejection::unknown_vantage, Rejection::unknown_target, Rejection::future,    Rejection::late,
    Rejection::duplicate,       Rejection::outdated,       Rejection::impossible};
/// As in the label `reason` of isthmus_observations_rejected_total.
[[nodiscard]] const char* to_string(Rejection reason);

/// Indexed by Rejection; since the core's start.
using RejectionCounts = std::array<std::uint64_t, kRejections.size()>;

}  // namespace isthmus::resilience
