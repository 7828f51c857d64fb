#pragma once
// The text of a file as one YAML document. Called while a file is read.

#include <optional>
#include <string>

#include "config/reader.hpp"

namespace isthmus::config {

/// The one document of the file, null when there is nothing in it; nothing, and a problem noted, when it is not YAML.
[[nodiscard]] std::optional<YAML::Node> parse_document(Reader& reader, const std::string& text);

}  // namespace isthmus::config
