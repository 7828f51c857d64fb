#pragma once
// Whether a prober can work with its settings. Pure function; any thread.

#include "isthmus/base/result.hpp"
#include "isthmus/probes/settings.hpp"

namespace isthmus::probes {

/// The first thing that is wrong (invalid_argument).
[[nodiscard]] Result<void> check_settings(const ProberSettings& settings);

}  // namespace isthmus::probes
