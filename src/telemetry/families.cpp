#include "telemetry/families.hpp"

#include <limits>

#include "isthmus/formats/utf8.hpp"

namespace isthmus::telemetry {

Family::Family(const char* name, const char* help, prometheus::MetricType type) {
  family_.name = name;
  family_.help = help;
  family_.type = type;
}

prometheus::ClientMetric& Family::append(Labels labels) {
  auto& metric = family_.metric.emplace_back();
  metric.label.reserve(labels.size());
  for (const Label& label : labels) {
    if (label.name != nullptr) metric.label.push_back({label.name, formats::valid_utf8(label.value)});
  }
  return metric;
}

void Family::add(Labels labels, double value) {
  auto& metric = append(labels);
  if (family_.type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

void Family::add(Labels labels, const resilience::PingStatistics& pings) {
  add(labels, resilience::kRttBucketsSeconds, pings.rtt_buckets, pings.rtt_sum_seconds);
}

void Family::add(Labels labels, std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum) {
  auto& histogram = append(labels).histogram;
  histogram.bucket.reserve(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram.sample_count += counts[i];
    histogram.bucket.push_back(
        {histogram.sample_count, i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity()});
  }
  histogram.sample_sum = sum;
}

}  // namespace isthmus::telemetry
