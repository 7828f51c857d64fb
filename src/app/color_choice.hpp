#pragma once
// --color, for commands with a live view. Main thread.

#include <string>

namespace CLI {
class App;
}

namespace isthmus::app {

struct ColorChoice {
  std::string when{"auto"};
};

void add_color_choice(CLI::App& command, ColorChoice& choice);
/// "auto": on a terminal, unless NO_COLOR is set.
[[nodiscard]] bool color_of(const ColorChoice& choice);

}  // namespace isthmus::app
