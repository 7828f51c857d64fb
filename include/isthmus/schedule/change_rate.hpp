#pragma once
// How often one thing changes, learnt from looks at it. Takes the time as an argument; a value of 16 bytes, any thread.
//
// Changes are taken for a Poisson process with an unknown rate, and the rate for a draw from a Gamma distribution,
// which is conjugate: after n changes in the time T the mean of the rate is (a + n) / (b + T), where a changes over the
// time b are what is believed beforehand. A look tells only whether anything changed since the last one; of x = rate *
// time expected changes, given that there was at least one, there were x / (1 - exp(-x)) on average, and so many are
// counted (one step of expectation and maximisation, with the rate as it was). Changes that were taken back between two
// looks are seen by nobody. What was learnt loses half its weight over the memory, because paths become unstable and
// calm down.

#include "isthmus/base/time.hpp"

namespace isthmus::schedule {

class ChangeRate {
 public:
  // Before anything is known: one change a day, with the weight of a quarter of a change, so that a single change makes
  // a path that was quiet for a day five times as likely to change again.
  static constexpr double kPriorChanges = 0.25;
  static constexpr Duration kPriorTime = std::chrono::hours(6);
  static constexpr Duration kMemory = std::chrono::hours(72);

  /// One look, `since` the one before; less than zero counts as zero.
  void looked(Duration since, bool changed);
  /// Changes a second, more than 0.
  [[nodiscard]] double per_second() const;

 private:
  double changes_{0};
  double seconds_{0};
};

}  // namespace isthmus::schedule
