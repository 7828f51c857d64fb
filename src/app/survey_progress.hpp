#pragma once
// The line that shows how far a survey has come. Writes to standard error, and only to a terminal. Main thread only.

#include <string>

#include "isthmus/base/time.hpp"
#include "isthmus/probes/survey.hpp"

namespace isthmus::app {

/// "[=====>     ]  45 %  123,456 probes  9,876/s  2,345 routers  0:12 left", at most 100 columns.
[[nodiscard]] std::string progress_line(const probes::SurveyProgress& progress, Duration elapsed, double share_before);

class ProgressBar {
 public:
  /// `share_before`: what an earlier run had done already.
  ProgressBar(Instant now, double share_before);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { hide(); }
  /// Draws a few times a second, from two seconds after the start on.
  void update(const probes::SurveyProgress& progress, Instant now);
  void hide();

 private:
  Instant began_;
  Instant drawn_{};
  double share_before_;
  bool terminal_;
  bool visible_{false};
};

}  // namespace isthmus::app
