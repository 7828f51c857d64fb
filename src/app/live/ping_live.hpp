#pragma once
// A live ping: its figures, its screen and its keys. Main thread; owns the terminal while it lives.

#include <memory>
#include <optional>
#include <string>

#include "app/live/ping_board.hpp"
#include "app/live/ping_view.hpp"
#include "app/live/terminal.hpp"
#include "isthmus/base/time.hpp"

namespace isthmus::app {

class PingLive {
 public:
  /// `how` as in PingScreen.
  static Result<std::unique_ptr<PingLive>> open(std::string how, bool color, Instant now);

  [[nodiscard]] PingBoard& board() { return board_; }
  /// Reads keys and draws when it is time. Call it ten times a second.
  void turn(Instant now);
  [[nodiscard]] bool paused() const { return screen_.paused; }

 private:
  void press(Key key);

  std::optional<Terminal> terminal_;
  PingBoard board_;
  PingScreen screen_;
  std::size_t scroll_limit_{0};
  Instant began_{};
  Instant drawn_{};
};

}  // namespace isthmus::app
