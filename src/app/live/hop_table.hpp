#pragma once
// The table of a live trace: a line for each router at each TTL. Pure functions; any thread.

#include <vector>

#include "app/live/trace_view.hpp"

namespace isthmus::app {

/// With `details`, lines under a router say what had no room: its network's name, its address, its MPLS labels.
[[nodiscard]] std::vector<Line> hop_lines(const TraceWatch& watch, const TraceScreen& screen, bool details,
                                          std::size_t width);
[[nodiscard]] Line hop_heading(const TraceWatch& watch, const TraceScreen& screen, std::size_t width);

/// a to z, A to Z; "+" for all further ones.
[[nodiscard]] char path_letter(std::size_t path);

/// What the cause of a loss is called, at most nine columns.
[[nodiscard]] const char* loss_label(probes::LossCause cause);

}  // namespace isthmus::app
