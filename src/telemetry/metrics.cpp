#include "isthmus/telemetry/metrics.hpp"

#include <prometheus/text_serializer.h>

#include "telemetry/collector.hpp"

namespace isthmus::telemetry {

std::string metrics_text(const resilience::Snapshot* snapshot, const ProcessStatus& status) {
  return prometheus::TextSerializer().Serialize(SnapshotCollector(snapshot, status).Collect());
}

}  // namespace isthmus::telemetry
