#include "app/core_sinks.hpp"

namespace isthmus::app {

void hand_over_wishes(resilience::Core& core, const CoreSinks& sinks) {
  while (const auto request = core.poll_retrace()) sinks.retrace(*request);
  while (const auto request = core.poll_ping_request()) sinks.ping(*request);
  while (const auto advice = core.poll_advice()) sinks.advise(*advice);
}

}  // namespace isthmus::app
