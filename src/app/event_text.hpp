#pragma once
// One event as a line for a person, wherever events are printed. Pure; any thread.

#include <string>

#include "isthmus/model/event.hpp"

namespace isthmus::app {

/// "    17  2017-10-01T09:08:02.000Z  upstream_appeared  175.45.176.0/24  AS20485  4837 -> 4837,20485  summary"
[[nodiscard]] std::string event_line(const Event& event);

}  // namespace isthmus::app
