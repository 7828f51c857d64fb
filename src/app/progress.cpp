#include "app/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "app/text_columns.hpp"

namespace isthmus::app {
namespace {

constexpr int kWidth = 24;
constexpr Duration kPatience = std::chrono::seconds(2);
constexpr Duration kInterval = std::chrono::milliseconds(200);

std::string time_left(double seconds) {
  if (seconds > 100 * 3600.0) return "days left";
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02} left", whole / 60, whole % 60);
}

}  // namespace

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string progress_line(const Progress& progress, Duration elapsed, double share_before) {
  if (!progress.share) return progress.counts;
  const double share = std::clamp(*progress.share, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(share * kWidth);
  std::string bar(filled, '=');
  if (filled < kWidth) bar += '>';
  bar.resize(kWidth, ' ');
  const double seconds = std::max(to_seconds(elapsed), 1e-3);
  const double done = share - share_before;
  // The first percents say little about the rest.
  const std::string left = done < 0.01 ? "" : "  " + time_left(seconds * (1 - share) / done);
  return fmt::format("[{}] {:3.0f} %  {}{}", bar, std::floor(share * 100), progress.counts, left);
}

std::string within_terminal(std::string line) {
  winsize window{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col < 2) return line;
  // The last column stays free: some terminals go on to the next line there.
  return columns(line) < window.ws_col ? line : fit(std::move(line), window.ws_col - 1U);
}

Progress progress_of(const probes::SurveyProgress& survey) {
  return {.share = survey.share,
          .counts = fmt::format("{} probes  {} answers  {} routers", with_commas(survey.sent),
                                with_commas(survey.answers), with_commas(survey.interfaces))};
}

ProgressBar::ProgressBar(Instant now, double share_before)
    : began_(now), share_before_(share_before), terminal_(::isatty(STDERR_FILENO) != 0) {}

void ProgressBar::hide() {
  if (visible_) std::fputs("\r\033[K", stderr);
  visible_ = false;
}

void ProgressBar::update(const std::function<Progress()>& progress, Instant now) {
  if (!terminal_ || now - began_ < kPatience || now - drawn_ < kInterval) return;
  drawn_ = now;
  visible_ = true;
  std::fputs(("\r" + within_terminal(progress_line(progress(), now - began_, share_before_)) + "\033[K").c_str(),
             stderr);
  std::fflush(stderr);
}

}  // namespace isthmus::app
