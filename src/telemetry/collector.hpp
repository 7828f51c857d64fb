#pragma once
// Turns one snapshot into metric families. Holds no series of its own: what is not in the snapshot is not
// exported. Used by one thread at a time.

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <vector>

#include "isthmus/resilience/snapshot.hpp"
#include "isthmus/telemetry/metrics.hpp"

namespace isthmus::telemetry {

class SnapshotCollector : public prometheus::Collectable {
 public:
  /// Both must outlive the collector; `snapshot` may be nullptr.
  SnapshotCollector(const resilience::Snapshot* snapshot, const ProcessStatus& status)
      : snapshot_(snapshot), status_(status) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const resilience::Snapshot* snapshot_;
  const ProcessStatus& status_;
};

}  // namespace isthmus::telemetry
