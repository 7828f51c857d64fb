#pragma once
// Families about the stream that a core of a fleet reads. Pure function; any thread.

#include <prometheus/metric_family.h>

#include <vector>

#include "isthmus/telemetry/metrics.hpp"

namespace isthmus::telemetry {

void collect_stream(const StreamStatus& stream, std::vector<prometheus::MetricFamily>& out);

}  // namespace isthmus::telemetry
