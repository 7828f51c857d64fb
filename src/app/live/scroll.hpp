#pragma once
// What the keys that scroll do, in every live view. Plain value; any thread.

#include <algorithm>
#include <cstddef>

#include "app/live/terminal.hpp"
#include "isthmus/base/time.hpp"

namespace isthmus::app {

/// How often a live view looks at keys, and how often it draws without one.
inline constexpr Duration kLookAtKeys = std::chrono::milliseconds(100);
inline constexpr Duration kDrawEvery = std::chrono::milliseconds(250);

/// True when the key was one of these. `last`: the furthest that there is to see.
inline bool scroll_by(Key key, std::size_t page, std::size_t last, std::size_t& scroll) {
  switch (key) {
    case Key::up: scroll -= std::min<std::size_t>(scroll, 1); return true;
    case Key::down: scroll = std::min(scroll + 1, last); return true;
    case Key::page_up: scroll -= std::min(scroll, page); return true;
    case Key::page_down: scroll = std::min(scroll + page, last); return true;
    default: return false;
  }
}

}  // namespace isthmus::app
