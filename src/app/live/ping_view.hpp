#pragma once
// A live ping as a screen: a pure function of what is known and of the size. Any thread.

#include <string>
#include <vector>

#include "app/live/line.hpp"
#include "app/live/ping_board.hpp"

namespace isthmus::app {

struct PingScreen {
  std::string how{};  ///< "by icmp, every 1s"
  double seconds{0};  ///< Since the start.
  bool worst_first{false};
  bool paused{false};
  bool help{false};
  std::size_t scroll{0};  ///< Rows above the first one shown.
  Charset charset{Charset::ascii};
};

/// As many lines as the screen has rows, none wider than its columns.
[[nodiscard]] LiveFrame ping_screen(const PingBoard& board, const PingScreen& screen, ScreenSize size);

/// Recent round-trip times as a line of little bars, from the best one up to twice of it (or the worst, if that is
/// more); lost ones are "!".
[[nodiscard]] std::string spark(const std::vector<float>& recent, Charset charset);

}  // namespace isthmus::app
