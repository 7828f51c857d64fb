#pragma once
// From text to the one YAML document that it holds. JSON is YAML, too.

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

#include "config/reader.hpp"

namespace isthmus::config {

/// Nothing, and a problem noted, when the text is not YAML, empty, or more than one document. `mend_empty`: what to do
/// about an empty one; null when an empty one is fine, and comes as the null node.
[[nodiscard]] std::optional<YAML::Node> parse_yaml(Reader& reader, const std::string& text, const char* mend_empty);

}  // namespace isthmus::config
