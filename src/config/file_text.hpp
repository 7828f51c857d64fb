#pragma once
// Whole small text files.

#include <string>

#include "isthmus/base/result.hpp"

namespace isthmus::config {

/// At most a few megabytes; the error's detail alone tells why not.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path);

}  // namespace isthmus::config
