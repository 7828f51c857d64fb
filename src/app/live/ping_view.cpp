#include "app/live/ping_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/outcome_text.hpp"
#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kLeastName = 12;
constexpr std::size_t kMostName = 40;
constexpr std::size_t kLeastTrend = 8;

// The most important first; where there is no room the last ones go.
enum ColumnId : std::size_t { kLoss, kLast, kWhy, kMean, kSent, kWorst, kBest, kDeviation, kTrend };
const std::vector<Column> kColumns{{"loss", 5}, {"last", 5}, {"why", 11},
                                   {"avg", 5},  {"sent", 5}, {"worst", 5},
                                   {"best", 5}, {"sd", 5},   {"trend", kLeastTrend}};
// In the order in which they stand.
constexpr std::array kPlaces{kSent, kLoss, kWhy, kLast, kMean, kBest, kWorst, kDeviation, kTrend};

struct Layout {
  std::size_t name{kLeastName};
  std::size_t shown{0};  // of kColumns
  std::size_t trend{kLeastTrend};

  [[nodiscard]] bool has(ColumnId column) const { return column < shown; }
  [[nodiscard]] std::size_t width(ColumnId column) const { return column == kTrend ? trend : kColumns[column].width; }
};

Layout layout_for(const PingBoard& board, std::size_t width) {
  Layout layout;
  layout.shown = columns_that_fit(kColumns, kLeastName, width);
  std::size_t taken = 0;
  for (std::size_t i = 0; i < layout.shown; ++i) taken += 1 + kColumns[i].width;
  std::size_t free = width - std::min(width, taken);
  std::size_t longest = kLeastName;
  for (const PingRow& row : board.rows()) longest = std::max(longest, columns(row.name));
  layout.name = std::min({free, longest, kMostName});
  if (layout.has(kTrend)) {
    free -= layout.name;
    layout.trend = std::min(kLeastTrend + free, PingRow::kRecent);
  }
  return layout;
}

Style style_of(const PingRow& row) {
  if (row.lost() == 0) return Style::plain;
  return row.rtt.count == 0 ? Style::bad : Style::warning;
}

std::string cell(const PingRow& row, ColumnId column, std::size_t width, Charset charset) {
  const auto rtt = [&](double value) { return row.rtt.count == 0 ? std::string("-") : short_rtt(value); };
  switch (column) {
    case kSent: return std::to_string(row.sent);
    case kLoss: return short_loss(row.lost(), row.sent);
    case kWhy: return row.faults.empty() ? "" : row.faults.front().first;
    case kLast:
      if (row.sent > 0 && row.latest(1).front() == PingRow::kLost) return "-";
      return rtt(row.rtt.last);
    case kMean: return rtt(row.rtt.mean);
    case kBest: return rtt(row.rtt.best);
    case kWorst: return rtt(row.rtt.worst);
    case kDeviation: return rtt(row.rtt.deviation());
    case kTrend: return spark(row.latest(width), charset);
  }
  return "";
}

bool is_text(ColumnId column) { return column == kWhy || column == kTrend; }

Line row_line(const PingRow& row, const Layout& layout, Charset charset) {
  Line line{{fitted(printable(row.name, charset), layout.name)}};
  for (const ColumnId column : kPlaces) {
    if (!layout.has(column)) continue;
    const std::size_t width = layout.width(column);
    const std::string text = cell(row, column, width, charset);
    const bool judged = column == kLoss || column == kWhy;
    line.push_back({" " + (is_text(column) ? fitted(text, width) : fitted_right(text, width)),
                    judged ? style_of(row) : Style::plain});
  }
  return line;
}

Line heading_line(const Layout& layout, std::size_t width) {
  std::string text = fit("target", layout.name);
  for (const ColumnId column : kPlaces) {
    if (!layout.has(column)) continue;
    const std::size_t room = layout.width(column);
    const auto heading = kColumns[column].heading;
    text += " " + (is_text(column) ? fitted(heading, room) : fitted_right(heading, room));
  }
  return {{fit(text, width), Style::heading}};
}

std::vector<Line> help_lines(std::size_t width) {
  std::vector<Line> lines;
  std::string text = fmt::format(
      "q  quit, and print a summary     p  pause or go on\nr  forget the figures so far     d  as given, or worst "
      "first\n"
      "up, down, page up, page down: scroll\n\nloss: probes without an answer of the target itself; why, most "
      "often:\n{}",
      fault_help());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    for (std::string& part : wrap(text.substr(at, end - at), width)) lines.push_back({{std::move(part)}});
    at = end + 1;
  }
  return lines;
}

std::string keys_text(const PingScreen& screen, std::size_t above, std::size_t below) {
  std::string text = screen.help ? "? back" : "? help  q quit  p pause  r reset  d order";
  if (screen.paused) text = "PAUSED: p goes on   " + text;
  if (!screen.help && above + below > 0) text += fmt::format("  {} above, {} below", above, below);
  return text;
}

}  // namespace

std::string spark(const std::vector<float>& recent, Charset charset) {
  constexpr std::array<const char*, 8> kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::array<const char*, 8> kAsciiBars{"_", ".", ":", "-", "=", "+", "*", "#"};
  float best = 0;
  float worst = 0;
  bool any = false;
  for (const float rtt : recent) {
    if (rtt == PingRow::kLost) continue;
    best = any ? std::min(best, rtt) : rtt;
    worst = std::max(worst, rtt);
    any = true;
  }
  // A tenth of a millisecond more or less on a quiet path is no mountain.
  const float span = std::max({worst - best, best, 1e-6F});
  std::string text;
  for (const float rtt : recent) {
    if (rtt == PingRow::kLost) {
      text += "!";
      continue;
    }
    const auto level = std::min<std::size_t>(static_cast<std::size_t>((rtt - best) / span * 8), 7);
    text += charset == Charset::utf8 ? kBars[level] : kAsciiBars[level];
  }
  return text;
}

LiveFrame ping_screen(const PingBoard& board, const PingScreen& screen, ScreenSize size) {
  std::vector<Line> lines;
  const std::string title = fmt::format("isthmus ping  {} {} {}", board.rows().size(),
                                        board.rows().size() == 1 ? "target" : "targets", screen.how);
  lines.push_back(between_edges(title, short_time(screen.seconds), size.columns, Style::bold));
  const std::size_t room = size.rows > 3 ? size.rows - 3 : 0;  // without title, heading and keys
  std::size_t above = 0;
  std::size_t below = 0;
  if (screen.help) {
    for (Line& line : help_lines(size.columns)) lines.push_back(std::move(line));
    lines.resize(std::min(lines.size(), room + 2));
  } else {
    const Layout layout = layout_for(board, size.columns);
    lines.push_back(heading_line(layout, size.columns));
    const auto order = board.order(screen.worst_first);
    above = std::min(screen.scroll, order.size() - std::min(order.size(), room));
    const std::size_t end = std::min(order.size(), above + room);
    for (std::size_t i = above; i < end; ++i) {
      lines.push_back(row_line(board.rows()[order[i]], layout, screen.charset));
    }
    below = order.size() - end;
  }
  lines.resize(std::max<std::size_t>(size.rows, 1) - 1);
  lines.push_back(
      {{fitted(keys_text(screen, above, below), size.columns), screen.paused ? Style::warning : Style::dim}});
  return {.lines = std::move(lines), .scroll_limit = above + below};
}

}  // namespace isthmus::app
