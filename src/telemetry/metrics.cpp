#include "isthmus/telemetry/metrics.hpp"

#include <array>

#include "telemetry/process_families.hpp"
#include "telemetry/snapshot_families.hpp"
#include "telemetry/text_sink.hpp"

namespace isthmus::telemetry {
namespace {

constexpr std::size_t kGroups = static_cast<std::size_t>(Importance::always) + 1;
// Room for isthmus_series_left_out.
constexpr std::size_t kLeftOutBytes = 8192;

std::size_t group_of(const SnapshotFamily& family) { return static_cast<std::size_t>(family.importance); }

// A family and how much it would be.
struct Part {
  const SnapshotFamily* family;
  std::uint64_t series;
  std::size_t bytes;
};

std::vector<Part> parts_of(const Scene& scene) {
  std::vector<Part> parts;
  for (const auto families : {target_families(), upstream_families(), outage_families(), vantage_families()}) {
    for (const SnapshotFamily& family : families) {
      SizeSink size;
      size.begin(family.info);
      family.collect(scene, size);
      parts.push_back({&family, size.series(), size.bytes()});
    }
  }
  return parts;
}

void add_left_out(const std::vector<Part>& parts, std::size_t groups_left_out, SeriesSink& sink) {
  sink.begin({"isthmus_series_left_out",
              "Series of a family (metric name) that this page goes without because of exporter.series_limit.",
              Kind::gauge});
  for (const Part& part : parts) {
    const bool is_out = group_of(*part.family) < groups_left_out;
    if (is_out && part.series > 0) sink.add({label_text("family", part.family->info.name)}, part.series);
  }
}

}  // namespace

std::string metrics_text(const resilience::Snapshot* snapshot, const ProcessStatus& status) {
  static const resilience::Snapshot kNone;
  const Scene scene(snapshot == nullptr ? kNone : *snapshot);
  const std::vector<Part> parts = snapshot == nullptr ? std::vector<Part>() : parts_of(scene);
  SizeSink process;
  add_process(status, process);
  if (status.stream) add_stream(*status.stream, process);

  std::array<std::uint64_t, kGroups> series_of_groups{};
  series_of_groups.back() = process.series();
  for (const Part& part : parts) series_of_groups[group_of(*part.family)] += part.series;
  const std::size_t left_out = status.series->leave_out(series_of_groups);

  std::size_t bytes = process.bytes() + kLeftOutBytes;
  for (const Part& part : parts) bytes += group_of(*part.family) < left_out ? 0 : part.bytes;
  TextSink text(bytes);
  add_process(status, text);
  if (status.stream) add_stream(*status.stream, text);
  add_left_out(parts, left_out, text);
  for (const Part& part : parts) {
    if (group_of(*part.family) < left_out) continue;
    text.begin(part.family->info);
    part.family->collect(scene, text);
  }
  return std::move(text).take();
}

}  // namespace isthmus::telemetry
