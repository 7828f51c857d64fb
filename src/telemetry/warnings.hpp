#pragma once
// What is wrong with the process itself, in sentences for the person who looks at its page. Pure function; any thread.

#include <string>
#include <vector>

#include "isthmus/telemetry/metrics.hpp"

namespace isthmus::telemetry {

/// Plain text, not yet escaped. Empty while all is well.
[[nodiscard]] std::vector<std::string> warnings(const ProcessStatus& status);

}  // namespace isthmus::telemetry
