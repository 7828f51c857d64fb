#pragma once
// What is in a data file, for people and for machines. Pure functions; any thread.

#include <string>

#include "isthmus/ip2as/file_report.hpp"

namespace isthmus::app {

/// Several lines, each with its end.
[[nodiscard]] std::string data_text(const ip2as::FileReport& report);

/// One object, one line, without an end. Counts that are 0 and facts that the file does not tell are left out, except
/// records, skipped and bad.
[[nodiscard]] std::string data_json(const ip2as::FileReport& report);

}  // namespace isthmus::app
