#pragma once
// An observation that waits: the same facts in about an eighth of the memory, in one piece, so that tens of thousands
// of them fit into caches, and go from thread to thread at the cost of a pointer. Movable; one thread at a time.

#include <cstdint>
#include <vector>

#include "isthmus/model/observation.hpp"

namespace isthmus {

/// Where observations are unpacked one after the other: a place for either kind, so that neither gives its memory back
/// when the other comes.
struct ObservationPlace {
  Observation trace{std::in_place_type<Trace>};
  Observation series{std::in_place_type<PingSeries>};
};

class PackedObservation {
 public:
  PackedObservation() = default;  ///< No observation.

  /// Overwrites what it held, in the memory that it has.
  void pack(const Observation& observation);
  /// The very observation that was packed; lives in `place` until that is used again. Precondition: there is one.
  [[nodiscard]] const Observation& unpack(ObservationPlace& place) const;

  /// It will be unpacked soon: after minutes of waiting it is far from the processor.
  void fetch() const;

  /// Whether they hold the same observation, in every respect.
  friend bool operator==(const PackedObservation&, const PackedObservation&) = default;

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace isthmus
