#pragma once
// A live trace as a screen, and as the report that stays when it has ended: pure functions of what is known and of the
// size. Any thread.

#include <functional>
#include <string>
#include <vector>

#include "app/live/line.hpp"
#include "app/live/trace_watch.hpp"
#include "isthmus/ip2as/prefix_table.hpp"

namespace isthmus::app {

enum class TraceDisplay : std::uint8_t {
  automatic,  ///< A line a router, and what else is known of it where the screen has room.
  details,    ///< Always with what else is known.
  flows,      ///< The paths, and each flow end to end.
};

struct TraceScreen {
  std::string title{};  ///< "example.net (192.0.2.1) by udp, 4 flows, every 1s"
  double seconds{0};    ///< Since the start.
  TraceDisplay display{TraceDisplay::automatic};
  bool paused{false};
  bool help{false};
  std::size_t scroll{0};  ///< Lines above the first one shown.
  Charset charset{Charset::ascii};
  const ip2as::PrefixTable* networks{nullptr};             ///< Null: nothing is said of networks.
  std::function<std::string(const IpAddress&)> name_of{};  ///< Host names; empty where there is none.
};

/// As many lines as the screen has rows, none wider than its columns.
[[nodiscard]] LiveFrame trace_screen(const TraceWatch& watch, const TraceScreen& screen, ScreenSize size);

/// All of it, with details and flows, as lines of `columns` columns.
[[nodiscard]] std::vector<Line> trace_report(const TraceWatch& watch, const TraceScreen& screen, std::size_t columns);

}  // namespace isthmus::app
