#include "app/live/hop_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kTtl = 3;
constexpr std::size_t kLeastLetters = 4;  // of the heading
constexpr std::size_t kMostLetters = 6;
constexpr std::size_t kLeastHost = 15;  // an IPv4 address
constexpr std::size_t kIndent = 4;
// More than this many routers that answer no flow any more are a list of their own, not a path.
constexpr std::size_t kMostFormer = 3;

// The most important first; where there is no room the last ones go.
enum ColumnId : std::size_t { kLoss, kMean, kWhy, kSent, kLast, kWorst, kNetwork, kBest, kDeviation };
const std::vector<Column> kColumns{{"loss", 5},  {"avg", 5}, {"why", 9},  {"sent", 4}, {"last", 5},
                                   {"worst", 5}, {"AS", 8},  {"best", 5}, {"sd", 5}};

struct Layout {
  std::size_t letters{0};
  std::size_t host{kLeastHost};
  std::vector<Column> columns;  // kColumns; without a width those that are not wanted
  std::size_t shown{0};

  [[nodiscard]] bool has(ColumnId column) const { return column < shown && columns[column].width > 0; }
};

bool is_silent(const WatchedHop& hop) { return hop.responders.empty(); }

std::string host_of(const Responder& responder, const TraceScreen& screen) {
  const std::string name = screen.name_of ? screen.name_of(responder.address) : "";
  return name.empty() ? to_string(responder.address) : printable(name, screen.charset);
}

Layout layout_for(const std::vector<WatchedHop>& hops, std::size_t paths, const TraceScreen& screen,
                  std::size_t width) {
  Layout layout;
  layout.columns = kColumns;
  if (screen.networks == nullptr) layout.columns[kNetwork].width = 0;
  layout.letters = paths < 2 ? 0 : std::clamp(paths, kLeastLetters, kMostLetters) + 1;
  std::size_t needed = kLeastHost;
  for (const WatchedHop& hop : hops) {
    for (const Responder& r : hop.responders) needed = std::max(needed, columns(to_string(r.address)));
  }
  const std::size_t taken = kTtl + layout.letters + 1;
  layout.shown = columns_that_fit(layout.columns, taken + needed, width);
  std::size_t used = taken;
  for (std::size_t i = 0; i < layout.shown; ++i) used += layout.columns[i].width == 0 ? 0 : 1 + layout.columns[i].width;
  layout.host = width > used ? width - used : 0;
  return layout;
}

std::string letters_of(const std::vector<std::uint16_t>& flows, const std::vector<WatchedPath>& paths,
                       std::size_t width) {
  std::string letters;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const bool leads_here = std::any_of(flows.begin(), flows.end(), [&](std::uint16_t flow) {
      return std::find(paths[i].flows.begin(), paths[i].flows.end(), flow) != paths[i].flows.end();
    });
    if (leads_here) letters += path_letter(i);
  }
  return fitted(letters, width);
}

// Columns behind the host, in the order in which they stand.
constexpr std::array kPlaces{kNetwork, kLoss, kWhy, kSent, kLast, kMean, kBest, kWorst, kDeviation};
bool is_text(ColumnId column) { return column == kWhy || column == kNetwork; }

std::string why_of(const Responder& responder) {
  if (responder.flows.empty()) return "left";
  if (responder.lost == 0) return responder.mark;
  const auto cause = responder.causes.cause();
  // Older than the rounds that are looked at.
  return cause == probes::LossCause::none ? "earlier" : loss_label(cause);
}

std::string cell(const Responder& responder, ColumnId column, const TraceScreen& screen) {
  const RttStats& rtt = responder.rtt;
  const auto time = [&](double value) { return rtt.count == 0 ? std::string("-") : short_rtt(value); };
  switch (column) {
    case kLoss: return short_loss(responder.lost, responder.sent());
    case kWhy: return why_of(responder);
    case kSent: return std::to_string(responder.sent());
    case kLast: return time(rtt.last);
    case kMean: return time(rtt.mean);
    case kBest: return time(rtt.best);
    case kWorst: return time(rtt.worst);
    case kDeviation: return time(rtt.deviation());
    case kNetwork: {
      const auto origin = screen.networks->lookup(responder.address);
      return origin ? "AS" + to_string(origin->asn) : "";
    }
  }
  return "";
}

// A router that limits its ICMP is in good health; loss on the way there is not.
Style style_of(const Responder& responder) {
  if (responder.flows.empty()) return Style::dim;
  if (responder.lost == 0) return Style::plain;
  switch (responder.causes.cause()) {
    case probes::LossCause::forward_loss: return Style::bad;
    case probes::LossCause::icmp_limit:
    case probes::LossCause::none: return Style::dim;
    case probes::LossCause::reverse_loss:
    case probes::LossCause::unknown: return Style::warning;
  }
  return Style::plain;
}

Line responder_line(const std::string& ttl, const Responder& responder, const Layout& layout,
                    const std::vector<WatchedPath>& paths, const TraceScreen& screen) {
  const Style base = responder.flows.empty() ? Style::dim : Style::plain;
  Line line{{fitted_right(ttl, kTtl) + " ", base}};
  if (layout.letters > 0) line.push_back({letters_of(responder.flows, paths, layout.letters - 1) + " ", base});
  line.push_back({fitted(host_of(responder, screen), layout.host), base});
  for (const ColumnId column : kPlaces) {
    if (!layout.has(column)) continue;
    const std::size_t width = layout.columns[column].width;
    const std::string text = cell(responder, column, screen);
    const bool judged = column == kLoss || column == kWhy;
    line.push_back({" " + (is_text(column) ? fitted(text, width) : fitted_right(text, width)),
                    judged ? style_of(responder) : base});
  }
  return line;
}

std::string labels_of(const Responder& responder) {
  std::string text;
  for (const MplsLabel& label : responder.mpls) {
    text += fmt::format("{}{}", text.empty() ? "MPLS " : ", ", label.label);
    if (label.experimental != 0) text += fmt::format(" (class {})", label.experimental);
  }
  return text;
}

// What the line of the router leaves out.
void add_details(std::vector<Line>& lines, const Responder& responder, const Layout& layout, const TraceScreen& screen,
                 std::size_t width) {
  std::vector<std::string> parts;
  if (screen.networks != nullptr) {
    if (const auto origin = screen.networks->lookup(responder.address)) {
      const std::string number = layout.has(kNetwork) ? "" : "AS" + to_string(origin->asn) + " ";
      parts.push_back(number + printable(origin->name, screen.charset));
    }
  }
  const std::string host = host_of(responder, screen);
  const std::string address = to_string(responder.address);
  if (columns(host) > layout.host) parts.push_back(host);
  if (host != address) parts.push_back(address);
  if (!responder.mpls.empty()) parts.push_back(labels_of(responder));
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text += (text.empty() ? "" : "  ") + part;
  }
  if (text.empty() || width <= kIndent + 10) return;
  for (const std::string& part : wrap(text, width - kIndent)) {
    lines.push_back({{std::string(kIndent, ' ') + part, Style::dim}});
  }
}

Line silent_line(const WatchedHop& first, const WatchedHop& last, std::size_t width) {
  const std::string ttl = first.ttl == last.ttl ? std::to_string(first.ttl) : fmt::format("{}-{}", first.ttl, last.ttl);
  return {{fitted(fitted_right(ttl, kTtl) + " * never answered", width), Style::dim}};
}

}  // namespace

char path_letter(std::size_t path) {
  constexpr std::size_t kLetters = 26;
  if (path < kLetters) return static_cast<char>('a' + path);
  return path < 2 * kLetters ? static_cast<char>('A' + path - kLetters) : '+';
}

const char* loss_label(probes::LossCause cause) {
  switch (cause) {
    case probes::LossCause::none: return "";
    case probes::LossCause::icmp_limit: return "limited";
    case probes::LossCause::forward_loss: return "forward";
    case probes::LossCause::reverse_loss: return "reverse";
    case probes::LossCause::unknown: return "unknown";
  }
  return "";
}

Line hop_heading(const TraceWatch& watch, const TraceScreen& screen, std::size_t width) {
  const Layout layout = layout_for(watch.hops(), watch.paths().size(), screen, width);
  std::string text = "TTL ";
  if (layout.letters > 0) text += fitted("path", layout.letters - 1) + " ";
  text += fitted("host", layout.host);
  for (const ColumnId column : kPlaces) {
    if (!layout.has(column)) continue;
    const auto& [heading, room] = layout.columns[column];
    text += " " + (is_text(column) ? fitted(heading, room) : fitted_right(heading, room));
  }
  return {{fit(text, width), Style::heading}};
}

std::vector<Line> hop_lines(const TraceWatch& watch, const TraceScreen& screen, bool details, std::size_t width) {
  const auto hops = watch.hops();
  const auto paths = watch.paths();
  const Layout layout = layout_for(hops, paths.size(), screen, width);
  std::vector<Line> lines;
  for (std::size_t i = 0; i < hops.size(); ++i) {
    if (is_silent(hops[i])) {
      const std::size_t first = i;
      while (i + 1 < hops.size() && is_silent(hops[i + 1])) ++i;
      lines.push_back(silent_line(hops[first], hops[i], width));
      continue;
    }
    std::string ttl = std::to_string(hops[i].ttl);
    std::size_t former = 0;
    // Those that carry something now stand above those that did.
    for (const bool now : {true, false}) {
      for (const Responder& responder : hops[i].responders) {
        if (responder.flows.empty() == now || (!now && former++ >= kMostFormer)) continue;
        lines.push_back(responder_line(ttl, responder, layout, paths, screen));
        ttl.clear();
        if (details) add_details(lines, responder, layout, screen, width);
      }
    }
    if (hops[i].silent_flows.empty()) continue;
    Line line{{fitted_right(ttl, kTtl) + " ", Style::dim}};
    if (layout.letters > 0)
      line.push_back({letters_of(hops[i].silent_flows, paths, layout.letters - 1) + " ", Style::dim});
    line.push_back({"* never answered", Style::dim});
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace isthmus::app
