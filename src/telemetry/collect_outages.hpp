#pragma once
// Families that a page is written from: since when, who agrees, where paths end, on whom what is dark had hung, and how
// upstreams fare. Series that only an outage has come and go with it. Pure function; any thread.

#include <prometheus/metric_family.h>

#include <vector>

#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::telemetry {

void collect_outages(const resilience::Snapshot& snapshot, std::vector<prometheus::MetricFamily>& out);

}  // namespace isthmus::telemetry
