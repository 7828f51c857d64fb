#include "app/color_choice.hpp"

#include <CLI/CLI.hpp>

#include "app/live/terminal.hpp"

namespace isthmus::app {

void add_color_choice(CLI::App& command, ColorChoice& choice) {
  command.add_option("--color", choice.when, "Colours in a live view; auto heeds NO_COLOR")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

bool color_of(const ColorChoice& choice) { return choice.when == "always" || (choice.when == "auto" && wants_color()); }

}  // namespace isthmus::app
