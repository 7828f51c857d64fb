#include <fmt/format.h>

#include <algorithm>

#include "app/status_report.hpp"
#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kName = 20;
constexpr std::size_t kState = 8;
constexpr std::size_t kSince = 7;
constexpr std::size_t kCount = 9;
constexpr std::size_t kCut = 3;
constexpr std::size_t kMostReason = kWidth - kName - kState - 2 * kSince - kCount - 6;

// The two largest units: "3d 4h", "12m 5s".
std::string age(std::optional<Timestamp> since, Timestamp now) {
  if (!since) return "-";
  const auto seconds =
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(now - *since).count(), 0);
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{}h {}m", seconds / 3600, seconds / 60 % 60);
  if (seconds < 100 * 86400) return fmt::format("{}d {}h", seconds / 86400, seconds / 3600 % 24);
  return fmt::format("{}d", seconds / 86400);
}

// " 60 % AS4837 CHINA UNICOM", "lost  AS20485 TransTeleCom"
std::string upstream_text(const StatusUpstream& upstream, Charset charset) {
  const std::string label = label_of(upstream.asn, printable(upstream.name, charset));
  if (upstream.state == State::down) return "lost  " + label;
  return fmt::format("{:>3} % {}", percent(upstream.share), label);
}

// The rest of the row, on as many lines as it takes.
void finish_row(std::string& text, const std::string& row, const std::vector<std::string>& parts) {
  const std::size_t room = kWidth - columns(row) - 1;
  if (parts.empty()) text += row + "\n";
  bool first = true;
  for (const std::string& part : parts) {
    for (const std::string& line : wrap(part, room)) {
      text += (first ? row : std::string(columns(row), ' ')) + " " + line + "\n";
      first = false;
    }
  }
}

void add_target(std::string& text, const StatusTarget& target, Timestamp now, Charset charset) {
  const std::string row =
      fmt::format("{} {} {} {} {}", fitted(printable(target.name, charset), kName),
                  fit(to_string(target.state), kState), fitted_right(age(target.since, now), kSince),
                  fitted_right(fmt::format("{}/{}", target.blocks_up, target.blocks), kCount),
                  fitted_right(target.min_cut ? std::to_string(*target.min_cut) : "-", kCut));
  std::vector<std::string> parts;
  for (const StatusUpstream& upstream : target.upstreams) parts.push_back(upstream_text(upstream, charset));
  if (target.unknown_share >= 0.005) parts.push_back(fmt::format("{:>3} % unknown", percent(target.unknown_share)));
  finish_row(text, row, parts);
}

void add_vantage(std::string& text, const StatusVantage& vantage, Timestamp now, Charset charset) {
  const std::string controls =
      vantage.controls == 0 ? "-" : fmt::format("{}/{}", vantage.controls_answering, vantage.controls);
  const std::string row =
      fmt::format("{} {} {} {} {}", fitted(printable(vantage.name, charset), kName),
                  fit(to_string(vantage.state), kState), fitted_right(age(vantage.since, now), kSince),
                  fitted_right(age(vantage.last_observation, now), kSince), fitted_right(controls, kCount));
  std::vector<std::string> parts;
  if (!vantage.reason.empty()) parts.push_back(printable(vantage.reason, charset));
  finish_row(text, row, parts);
}

std::string counts_of(const StatusReport& report) {
  std::string text;
  for (const State state : {State::down, State::degraded, State::unknown, State::up}) {
    const auto count = std::count_if(report.targets.begin(), report.targets.end(),
                                     [&](const StatusTarget& t) { return t.state == state; });
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_string(state));
  }
  return text.empty() ? "no targets" : text;
}

}  // namespace

std::string status_text(const StatusReport& report, Charset charset) {
  static_assert(kMostReason >= 20);
  std::string text = fmt::format("{}; as of {}\n\n", counts_of(report), to_rfc3339(report.time));
  text += fmt::format("{} {} {} {} {} upstreams\n", fit("target", kName), fit("state", kState),
                      fitted_right("since", kSince), fitted_right("blocks up", kCount), fitted_right("cut", kCut));
  for (const StatusTarget& target : report.targets) add_target(text, target, report.time, charset);
  text += fmt::format("\n{} {} {} {} {} why\n", fit("vantage point", kName), fit("state", kState),
                      fitted_right("since", kSince), fitted_right("last", kSince), fitted_right("controls", kCount));
  for (const StatusVantage& vantage : report.vantages) add_vantage(text, vantage, report.time, charset);
  return text;
}

}  // namespace isthmus::app
