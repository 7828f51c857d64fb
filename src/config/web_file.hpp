#pragma once
// Reads the file of exporter.web_config.

#include <string>

#include "config/reader.hpp"
#include "isthmus/config/web_config.hpp"

namespace isthmus::config {

/// Its problems are noted with the reader of the configuration that names it. What isthmus cannot do is a problem, too:
/// a rule that is not kept must not look as if it were.
[[nodiscard]] WebConfig read_web_config(Reader& reader, const std::string& path);

}  // namespace isthmus::config
