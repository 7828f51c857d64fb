#pragma once
// What isthmus says about itself on the metrics page, beside the snapshot. Pure functions; any thread.

#include "isthmus/telemetry/metrics.hpp"
#include "telemetry/series_sink.hpp"

namespace isthmus::telemetry {

void add_process(const ProcessStatus& status, SeriesSink& sink);
/// The stream that a core of a fleet reads.
void add_stream(const StreamStatus& stream, SeriesSink& sink);

}  // namespace isthmus::telemetry
