#pragma once
// Prefix tables from files. The only I/O of this module: reads whole files, keeps nothing open. Any thread.

#include <span>
#include <string>

#include "isthmus/base/result.hpp"
#include "isthmus/ip2as/prefix_table.hpp"

namespace isthmus::ip2as {

/// Loads and merges files in order of precedence, plain or gzip, in either format of PrefixTableBuilder::add_text.
/// All or nothing: on an error, which names file and line and what to do, the caller goes on with the table it has.
[[nodiscard]] Result<PrefixTable> load(std::span<const std::string> paths);

}  // namespace isthmus::ip2as
