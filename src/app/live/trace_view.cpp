#include "app/live/trace_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/live/hop_table.hpp"
#include "app/outcome_text.hpp"
#include "app/text_columns.hpp"
#include "app/trace_text.hpp"

namespace isthmus::app {
namespace {

std::string list_of(const std::vector<std::uint16_t>& flows) {
  std::string text;
  for (const std::uint16_t flow : flows) text += (text.empty() ? "" : " ") + std::to_string(flow);
  return text;
}

void add_wrapped(std::vector<Line>& lines, std::string_view text, std::size_t indent, std::size_t width, Style style) {
  if (width <= indent) return;
  bool first = true;
  for (const std::string& part : wrap(text, width - indent)) {
    lines.push_back({{(first ? "" : std::string(indent, ' ')) + part, style}});
    first = false;
  }
}

// "path a, flows 0 2: 192.0.2.1 > 192.0.2.6 > * > 198.51.100.10"
std::string path_text(std::size_t index, const WatchedPath& path) {
  std::string text =
      fmt::format("path {}, flow{} {}:", path_letter(index), path.flows.size() == 1 ? "" : "s", list_of(path.flows));
  Ttl before{0};
  for (const auto& [ttl, address] : path.hops) {
    for (int silent = before + 1; silent < ttl; ++silent) text += before == 0 && silent == 1 ? " *" : " > *";
    text += (before == 0 && ttl == 1 ? " " : " > ") + to_string(address);
    before = ttl;
  }
  return text;
}

std::string flow_line(const WatchedFlow& flow, char letter) {
  const auto rtt = [&](double value) { return flow.rtt.count == 0 ? std::string("-") : short_rtt(value); };
  return fmt::format("{:>4} {:<4} {:>6} {:>5} {:>5} {:>5} {:>5} {:>5} {:>7}  {} at {}", flow.flow, letter, flow.rounds,
                     short_loss(flow.rounds - flow.reached, flow.rounds), rtt(flow.rtt.last), rtt(flow.rtt.mean),
                     rtt(flow.rtt.best), rtt(flow.rtt.worst), flow.changes, to_string(flow.stop), flow.last_ttl);
}

std::vector<Line> flow_lines(const TraceWatch& watch, std::size_t width) {
  std::vector<Line> lines;
  const auto paths = watch.paths();
  lines.push_back({{fit(fmt::format("{:>4} {:<4} {:>6} {:>5} {:>5} {:>5} {:>5} {:>5} {:>7}  {}", "flow", "path",
                                    "rounds", "loss", "last", "avg", "best", "worst", "changes", "ended"),
                        width),
                    Style::heading}});
  for (const WatchedFlow& flow : watch.flows()) {
    const auto path = std::find_if(paths.begin(), paths.end(), [&](const WatchedPath& p) {
      return std::find(p.flows.begin(), p.flows.end(), flow.flow) != p.flows.end();
    });
    const char letter = path_letter(static_cast<std::size_t>(path - paths.begin()));
    const Style style = flow.stop == StopReason::reached ? Style::plain : Style::bad;
    lines.push_back({{fitted(flow_line(flow, letter), width), style}});
  }
  for (std::size_t i = 0; i < paths.size(); ++i) add_wrapped(lines, path_text(i, paths[i]), 5, width, Style::plain);
  return lines;
}

// What the hops do not say by themselves; each once, though all flows show it.
std::vector<Line> finding_lines(const TraceWatch& watch, std::size_t width) {
  std::vector<std::string> findings;
  for (const auto& diagnosis : watch.diagnoses()) {
    for (std::string& finding : findings_of(diagnosis)) {
      if (std::find(findings.begin(), findings.end(), finding) == findings.end())
        findings.push_back(std::move(finding));
    }
  }
  if (watch.send_failures() > 0) {
    findings.push_back(
        fmt::format("{} probes could not be sent: {}", watch.send_failures(), why_not_sent(watch.last_error())));
  }
  if (watch.withheld() > 0) {
    findings.push_back(
        fmt::format("{} probes held back: routers are asked no more often than they answer", watch.withheld()));
  }
  std::vector<Line> lines;
  for (const std::string& finding : findings) add_wrapped(lines, finding, 2, width, Style::warning);
  return lines;
}

constexpr const char* kHelp =
    "q  quit, and print a report        p  pause or go on\n"
    "r  forget the figures so far       d  routers, details, flows\n"
    "n  host names or addresses         up, down, page up, page down: scroll\n"
    "\n"
    "path     which of the paths lead over this router; d shows them by flow\n"
    "why, at loss:\n"
    "forward  probes did not get there: everything behind was silent, too\n"
    "reverse  answers did not come back: their way changed at that moment\n"
    "limited  the router answers less often than it forwards; no harm\n"
    "unknown  too little to go by, or shared with all behind\n"
    "earlier  before the last 60 rounds\n"
    "left     no path leads over it any more\n"
    "!host    and the like, without loss: it refuses to forward\n";

std::vector<Line> help_lines(std::size_t width) {
  std::vector<Line> lines;
  const std::string_view text = kHelp;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    add_wrapped(lines, text.substr(at, end - at), 9, width, Style::plain);
    at = end + 1;
  }
  return lines;
}

void append(std::vector<Line>& lines, std::vector<Line> more) {
  lines.insert(lines.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<Line> body_of(const TraceWatch& watch, const TraceScreen& screen, std::size_t room, std::size_t width) {
  if (screen.help) return help_lines(width);
  if (screen.display == TraceDisplay::flows) return flow_lines(watch, width);
  std::vector<Line> rest = finding_lines(watch, width);
  std::vector<Line> lines{hop_heading(watch, screen, width)};
  append(lines, hop_lines(watch, screen, true, width));
  if (screen.display == TraceDisplay::automatic && lines.size() + rest.size() > room) {
    lines.resize(1);
    append(lines, hop_lines(watch, screen, false, width));
  }
  append(lines, std::move(rest));
  return lines;
}

std::string keys_text(const TraceScreen& screen, std::size_t above, std::size_t below) {
  std::string text = screen.help ? "? back" : "? help  q quit  p pause  r reset  d display  n names";
  if (screen.paused) text = "PAUSED: p goes on   " + text;
  if (above + below > 0) text += fmt::format("  {} above, {} below", above, below);
  return text;
}

std::string round_text(const TraceWatch& watch, const TraceScreen& screen) {
  return fmt::format("round {}  {}", watch.rounds(), short_time(screen.seconds));
}

}  // namespace

LiveFrame trace_screen(const TraceWatch& watch, const TraceScreen& screen, ScreenSize size) {
  std::vector<Line> lines;
  lines.push_back(
      between_edges("isthmus trace  " + screen.title, round_text(watch, screen), size.columns, Style::bold));
  const std::size_t room = size.rows > 2 ? size.rows - 2 : 0;  // without title and keys
  std::vector<Line> body = body_of(watch, screen, room, size.columns);
  // A heading stays where it is.
  const std::size_t fixed = !screen.help && !body.empty() && room > 1 ? 1 : 0;
  const std::size_t moving = body.size() - fixed;
  const std::size_t shown = std::min(moving, room - std::min(room, fixed));
  const std::size_t above = std::min(screen.scroll, moving - shown);
  for (std::size_t i = 0; i < fixed; ++i) lines.push_back(std::move(body[i]));
  for (std::size_t i = 0; i < shown; ++i) lines.push_back(std::move(body[fixed + above + i]));
  lines.resize(std::max<std::size_t>(size.rows, 1) - 1);
  lines.push_back({{fitted(keys_text(screen, above, moving - shown - above), size.columns),
                    screen.paused ? Style::warning : Style::dim}});
  return {.lines = std::move(lines), .scroll_limit = moving - shown};
}

std::vector<Line> trace_report(const TraceWatch& watch, const TraceScreen& screen, std::size_t columns) {
  std::vector<Line> lines;
  add_wrapped(lines, fmt::format("{}, {} rounds in {}", screen.title, watch.rounds(), short_time(screen.seconds)), 2,
              columns, Style::plain);
  lines.push_back(hop_heading(watch, screen, columns));
  append(lines, hop_lines(watch, screen, true, columns));
  append(lines, finding_lines(watch, columns));
  if (watch.flows().size() > 1) append(lines, flow_lines(watch, columns));
  return lines;
}

}  // namespace isthmus::app
