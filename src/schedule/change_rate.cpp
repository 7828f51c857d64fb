#include "isthmus/schedule/change_rate.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus::schedule {

void ChangeRate::looked(Duration since, bool changed) {
  const double time = std::max(0.0, to_seconds(since));
  const double expected = per_second() * time;
  const double kept = std::exp2(-time / to_seconds(kMemory));
  changes_ *= kept;
  seconds_ = seconds_ * kept + time;
  // The limit of x / (1 - exp(-x)) for no time at all is one change.
  if (changed) changes_ += expected > 1e-9 ? expected / -std::expm1(-expected) : 1.0;
}

double ChangeRate::per_second() const { return (kPriorChanges + changes_) / (to_seconds(kPriorTime) + seconds_); }

}  // namespace isthmus::schedule
