#pragma once
// isthmus(1) in man(7): the commands as they are, with a few sections written by hand. Pure function; any thread.

#include <string>
#include <string_view>

#include "app/tree/command_tree.hpp"

namespace isthmus::app {

[[nodiscard]] std::string man_page(const CommandInfo& root, std::string_view version);

}  // namespace isthmus::app
