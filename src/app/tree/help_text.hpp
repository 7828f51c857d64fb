#pragma once
// What --help prints, in eighty columns, and what somebody reads who mistyped. Pure functions; any thread.

#include <string>

#include "app/tree/command_tree.hpp"

namespace isthmus::app {

inline constexpr std::size_t kHelpColumns = 80;

[[nodiscard]] std::string help_text(const CommandInfo& command);

/// "isthmus ping [options] TARGET..."
[[nodiscard]] std::string usage_of(const CommandInfo& command);

/// "-c, --count N"; choices instead of the value where they are short.
[[nodiscard]] std::string option_head(const OptionInfo& option);

/// The description with everything that is to be known: choices, limits, what it needs and excludes, the preset.
[[nodiscard]] std::string option_text(const OptionInfo& option);

/// What to say of a word that is not known to the command, with the one that was perhaps meant.
[[nodiscard]] std::string unknown_word(const CommandInfo& command, const std::string& word);

}  // namespace isthmus::app
