#include <algorithm>
#include <numeric>

#include "isthmus/telemetry/metrics.hpp"

namespace isthmus::telemetry {

std::size_t SeriesLimit::leave_out(std::span<const std::uint64_t> series_of_groups) {
  const auto total = std::accumulate(series_of_groups.begin(), series_of_groups.end(), std::uint64_t{0});
  const auto to_fit = [&](std::uint64_t most) {
    std::size_t out = 0;
    for (std::uint64_t rest = total; rest > most && out + 1 < series_of_groups.size(); ++out) {
      rest -= series_of_groups[out];
    }
    return out;
  };
  const std::lock_guard lock(mutex_);
  left_out_ = std::clamp(left_out_, to_fit(most_), to_fit(most_ - most_ / 10));
  for (const std::uint64_t series : series_of_groups.first(left_out_)) dropped_ += series;
  return left_out_;
}

std::uint64_t SeriesLimit::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

}  // namespace isthmus::telemetry
