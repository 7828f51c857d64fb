#pragma once
// Deny files: one prefix or address a line, # starts a comment.

#include <string>
#include <string_view>
#include <vector>

#include "isthmus/config/load.hpp"

namespace isthmus::config {

/// Adds what the text lists; a line that is neither is a problem, for a deny list fails closed.
void parse_deny_file(std::string_view text, const std::string& file, std::vector<Prefix>& deny,
                     std::vector<Problem>& problems);

}  // namespace isthmus::config
