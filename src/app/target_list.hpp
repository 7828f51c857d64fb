#pragma once
// Targets of a ping from a file, as fping reads them: one a line, `#` begins a comment. Main thread.

#include <string>
#include <vector>

#include "isthmus/base/result.hpp"

namespace isthmus::app {

/// Adds the names and addresses of the file, or of standard input where it is "-", in their order.
[[nodiscard]] Result<void> read_target_list(const std::string& file, std::vector<std::string>& targets);

}  // namespace isthmus::app
