#pragma once
// Builds one metric family, series by series. Not shared between threads.

#include <prometheus/metric_family.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "isthmus/base/time.hpp"
#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::telemetry {

struct Label {
  const char* name;
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

class Family {
 public:
  static Family gauge(const char* name, const char* help) { return {name, help, prometheus::MetricType::Gauge}; }
  static Family counter(const char* name, const char* help) { return {name, help, prometheus::MetricType::Counter}; }
  static Family histogram(const char* name, const char* help) {
    return {name, help, prometheus::MetricType::Histogram};
  }

  /// The value of a gauge or a counter.
  void add(Labels labels, double value);
  void add(Labels labels, std::uint64_t value) { add(labels, static_cast<double>(value)); }
  /// A moment, as seconds since 1970; 0 when it has not come yet.
  void add(Labels labels, Timestamp time) { add(labels, to_seconds(time.time_since_epoch())); }
  void add(Labels labels, const resilience::PingStatistics& pings);
  /// A histogram: counts of the buckets up to each bound and of the one without, not cumulative.
  void add(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum);
  /// One series per state, 1 for the present one and 0 for the others.
  template <typename States, typename StateType>
  void add_states(Label first, Label second, const States& states, StateType present) {
    for (const auto state : states) {
      // A label without a name is left out: vantage points have only one beside the state.
      add({first, second, {"state", to_string(state)}}, state == present ? 1.0 : 0.0);
    }
  }

  void reserve(std::size_t series) { family_.metric.reserve(series); }
  [[nodiscard]] prometheus::MetricFamily take() && { return std::move(family_); }

 private:
  Family(const char* name, const char* help, prometheus::MetricType type);
  prometheus::ClientMetric& append(Labels labels);
  prometheus::MetricFamily family_;
};

}  // namespace isthmus::telemetry
