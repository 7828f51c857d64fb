#pragma once
// Where a command's result goes. Main thread only.

#include <string>

namespace isthmus::app {

/// Writes the text to the file, or to standard output when its name is "-". An exit code; the complaint is printed.
[[nodiscard]] int write_to(const std::string& file, const std::string& text);

}  // namespace isthmus::app
