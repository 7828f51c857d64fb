#pragma once
// A configuration that cannot be used, as one error of a command that needed it. Pure; any thread.

#include <string>
#include <vector>

#include "isthmus/base/error.hpp"
#include "isthmus/config/load.hpp"

namespace isthmus::app {

/// Every problem, a line each, with its place and its mend.
[[nodiscard]] Error problems_error(const std::string& file, const std::vector<config::Problem>& problems);

}  // namespace isthmus::app
