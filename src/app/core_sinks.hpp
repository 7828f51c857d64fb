#pragma once
// Where the wishes of a core go. Called on the core's thread.

#include <functional>

#include "isthmus/resilience/core.hpp"

namespace isthmus::app {

struct CoreSinks {
  std::function<void(const resilience::RetraceRequest&)> retrace;
  std::function<void(const resilience::PingRequest&)> ping;
  std::function<void(const resilience::UpstreamAdvice&)> advise;
};

/// Hands over all that the core wishes for.
void hand_over_wishes(resilience::Core& core, const CoreSinks& sinks);

}  // namespace isthmus::app
