#pragma once
// Network data for commands: where the configuration says it lies, and what was wrong with the files, for people and
// for the log. Any thread.

#include <string>
#include <vector>

#include "isthmus/config/config.hpp"
#include "isthmus/ip2as/load.hpp"

namespace isthmus::app {

[[nodiscard]] ip2as::DataFiles data_files(const config::Ip2AsConfig& config);

/// "FILE: 2 of 310 records are bad and not used, the first: FILE:17: why"; empty when nothing is wrong.
[[nodiscard]] std::string complaint(const ip2as::FileReport& report);

/// Complaints of all files on standard error.
void print_complaints(const ip2as::LoadReport& report);

/// One line of the log a file, and a warning for each that something is wrong with.
void log_report(const ip2as::LoadReport& report);

/// Prefix data of a command's --ip2as files, or an empty table without any. What is wrong with single records goes to
/// standard error.
[[nodiscard]] Result<ip2as::PrefixTable> load_named_prefixes(const std::vector<std::string>& files);

}  // namespace isthmus::app
