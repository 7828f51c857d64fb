#pragma once

#include <string>

namespace isthmus::app {

/// Of this machine; "unknown" when it has none.
[[nodiscard]] std::string host_name();

}  // namespace isthmus::app
