#pragma once
// Completion scripts for shells, made from the commands as they are. Pure functions; any thread.

#include <string>

#include "app/tree/command_tree.hpp"

namespace isthmus::app {

[[nodiscard]] std::string bash_completion(const CommandInfo& root);
[[nodiscard]] std::string zsh_completion(const CommandInfo& root);
[[nodiscard]] std::string fish_completion(const CommandInfo& root);

/// What can be completed behind an option, by the name of its value.
enum class ValueKind { none, choice, file, netns, interface };
[[nodiscard]] ValueKind kind_of(const OptionInfo& option);

}  // namespace isthmus::app
