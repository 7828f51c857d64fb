#pragma once
// An observation of an archive until its time has come, and where it stands among others. Pure; any thread.
//
// The order depends on the observations alone: the same archives give the same one, however they are listed or split.

#include <compare>
#include <cstdint>

#include "isthmus/model/packed_observation.hpp"

namespace isthmus::app {

/// Where an observation stands among others, as far as a few bytes can tell: by time, pings first, and then by what
/// identifies it, in an order without meaning. Computed once: what is held does not fit into any cache.
struct OrderKey {
  Timestamp time{};
  std::uint64_t tie{0};
  friend auto operator<=>(const OrderKey&, const OrderKey&) = default;
};
[[nodiscard]] OrderKey order_key_of(const Observation& observation);

/// An observation until its time has come.
struct WaitingObservation {
  OrderKey key;
  PackedObservation packed;

  /// Overwrites it, in the memory that it has.
  void pack(const Observation& observation);
};

/// By their keys, and where these tell nothing, by all that is in them.
[[nodiscard]] bool comes_before(const WaitingObservation& a, const WaitingObservation& b);

}  // namespace isthmus::app
