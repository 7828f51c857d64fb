#include "app/live/ping_live.hpp"

#include "app/live/scroll.hpp"
#include "app/one_shot.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kFrame = 3;  // lines that do not scroll

}  // namespace

Result<std::unique_ptr<PingLive>> PingLive::open(std::string how, bool color, Instant now) {
  auto live = std::make_unique<PingLive>();
  live->screen_.how = std::move(how);
  live->screen_.charset = charset_of_locale();
  live->began_ = now;
  catch_interrupt();  // before there is something to give back
  if (const auto opened = Terminal::open(color, live->terminal_); !opened) return opened.error();
  return live;
}

void PingLive::press(Key key) {
  const std::size_t rows = terminal_->size().rows;
  const std::size_t page = rows > kFrame ? rows - kFrame : 1;
  if (scroll_by(key, page, scroll_limit_, screen_.scroll)) return;
  switch (key) {
    case Key::quit: interrupt(); break;
    case Key::pause: screen_.paused = !screen_.paused; break;
    case Key::reset: board_.reset(); break;
    case Key::help: screen_.help = !screen_.help; break;
    case Key::display: screen_.worst_first = !screen_.worst_first; break;
    default: break;
  }
}

void PingLive::turn(Instant now) {
  const auto keys = terminal_->keys();
  for (const Key key : keys) press(key);
  if (keys.empty() && now - drawn_ < kDrawEvery && !terminal_->is_stale()) return;
  drawn_ = now;
  screen_.seconds = to_seconds(now - began_);
  const LiveFrame frame = ping_screen(board_, screen_, terminal_->size());
  scroll_limit_ = frame.scroll_limit;
  terminal_->draw(frame.lines);
}

}  // namespace isthmus::app
