#pragma once
// What waits to be written: batches laid over each other while the file cannot be written. Not shared between threads,
// but for the events, which the store guards.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "isthmus/store/store.hpp"

namespace isthmus::store {

/// Lays `newer` over `older`; neither forgets what the other does not tell of.
void merge(resilience::BaselineChanges& older, resilience::BaselineChanges newer);

/// What waits besides events.
struct Pending {
  resilience::BaselineChanges baseline;
  resilience::PathChanges paths;
  std::vector<resilience::DayRecord> days;
  std::vector<resilience::LateTally> late;
  std::vector<StreamProgress> progress;
  std::optional<Timestamp> alive;
  bool replace_baseline{false};  ///< Nothing that is stored of it counts.

  /// Takes all but the events out of the batch. More than `path_limit` path changes are counted, not kept.
  void add(Batch& batch, std::size_t path_limit);
};

}  // namespace isthmus::store
