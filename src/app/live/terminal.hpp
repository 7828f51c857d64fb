#pragma once
// The terminal of a live view: the one place that knows of escape sequences, termios and signals. No curses: a screen
// that is written line by line needs cursor addressing and eight attributes, which every terminal since the VT100 and
// every emulator has in the same words, and a library that owns the terminal would have to be told of each signal that
// ends a program which must give it back.
//
// At most one at a time; main thread. Whatever ends the program (but SIGKILL) gives the terminal back: the destructor,
// a signal that ends it, Ctrl-Z while it sleeps.

#include <optional>
#include <string>
#include <vector>

#include "app/live/line.hpp"
#include "isthmus/base/result.hpp"

namespace isthmus::app {

enum class Key : char {
  quit = 'q',
  pause = 'p',
  reset = 'r',
  help = '?',
  display = 'd',
  names = 'n',
  up = 'k',
  down = 'j',
  page_up = 'b',
  page_down = 'f',
};

/// Whether somebody watches standard output.
[[nodiscard]] bool is_terminal();
/// What --color auto means: a terminal, and no NO_COLOR in the environment (no-color.org).
[[nodiscard]] bool wants_color();
/// The character set of the locale; sets LC_CTYPE from the environment.
[[nodiscard]] Charset charset_of_locale();

class Terminal {
 public:
  /// Takes the terminal over: alternate screen, keys one by one. Fails, with what to do, where standard output is none,
  /// it can move no cursor (TERM=dumb), or nobody sits at it.
  static Result<void> open(bool color, std::optional<Terminal>& terminal);

  explicit Terminal(bool color, int keys);
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  /// Keys pressed since the last call; never waits. `quit` when the terminal is gone.
  [[nodiscard]] std::vector<Key> keys();
  [[nodiscard]] ScreenSize size() const;
  /// Whether what was drawn is no longer there: another size, or back from Ctrl-Z.
  [[nodiscard]] bool is_stale() const;
  /// Shows the lines; writes only those that changed.
  void draw(const std::vector<Line>& lines);

 private:
  int keys_;  // the terminal itself, since standard input may be a list of targets
  bool color_;
  ScreenSize drawn_size_{.rows = 0, .columns = 0};
  std::vector<std::string> drawn_;
};

}  // namespace isthmus::app
