#pragma once
// The line that shows how far a long run has come. Writes to standard error, and only to a terminal. Main thread only.

#include <functional>
#include <optional>
#include <string>

#include "isthmus/base/time.hpp"
#include "isthmus/probes/survey.hpp"

namespace isthmus::app {

struct Progress {
  std::optional<double> share;  ///< Done, in [0, 1]; nothing when nobody knows how much there is.
  std::string counts;           ///< "123,456 probes  2,345 routers"
};

/// "[=====>     ]  45 %  123,456 probes  2,345 routers  0:12 left", at most 100 columns. `share_before`: what an
/// earlier run had done already.
[[nodiscard]] std::string progress_line(const Progress& progress, Duration elapsed, double share_before);

/// The line cut to what the terminal behind standard error is wide: what wraps cannot be drawn over.
[[nodiscard]] std::string within_terminal(std::string line);

[[nodiscard]] Progress progress_of(const probes::SurveyProgress& survey);

/// "1,234,567"
[[nodiscard]] std::string with_commas(std::uint64_t number);

class ProgressBar {
 public:
  explicit ProgressBar(Instant now, double share_before = 0);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { hide(); }
  /// Draws a few times a second, from two seconds after the start on; asks for the progress only then.
  void update(const std::function<Progress()>& progress, Instant now);
  void hide();

 private:
  Instant began_;
  Instant drawn_{};
  double share_before_;
  bool terminal_;
  bool visible_{false};
};

}  // namespace isthmus::app
