#pragma once
// The families that a snapshot makes, as tables: name, help, what can be left out first, and how the series are found.
// Nothing is kept between scrapes: what is not in the snapshot is not exported. Pure functions; any thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "isthmus/resilience/snapshot.hpp"
#include "telemetry/series_sink.hpp"

namespace isthmus::telemetry {

/// A snapshot and the labels that most series share. The snapshot outlives it.
struct Scene {
  explicit Scene(const resilience::Snapshot& of);

  const resilience::Snapshot& snapshot;
  std::vector<std::string> targets;    ///< target="...", one for each.
  std::vector<std::string> vantages;   ///< vantage="...", one for each.
  std::vector<std::string> blocks;     ///< block="...", one target's after the other's,
  std::vector<std::string> upstreams;  ///< and so upstream_asn="...".
};

/// visit(label of the target, target)
template <typename Visit>
void each_target(const Scene& scene, Visit visit) {
  for (std::size_t i = 0; i < scene.targets.size(); ++i) {
    visit(scene.targets[i], scene.snapshot.targets[i]);
  }
}

/// visit(label of the target, label of the block, block)
template <typename Visit>
void each_block(const Scene& scene, Visit visit) {
  auto prefix = scene.blocks.begin();
  each_target(scene, [&](const std::string& name, const resilience::TargetView& target) {
    for (const resilience::BlockView& block : target.blocks) visit(name, *prefix++, block);
  });
}

/// visit(target's index, label of the upstream, upstream)
template <typename Visit>
void each_upstream(const Scene& scene, Visit visit) {
  auto asn = scene.upstreams.begin();
  for (std::size_t i = 0; i < scene.targets.size(); ++i) {
    for (const auto& upstream : scene.snapshot.targets[i].upstreams) visit(i, *asn++, upstream);
  }
}

/// What a page that would be too large goes without, the first one first.
enum class Importance : std::uint8_t {
  block_detail,    ///< One more figure for each block.
  pair_detail,     ///< Histograms of each pair of vantage point and target: most of all series.
  pair,            ///< Counters of each pair.
  block,           ///< The state of each block.
  share_interval,  ///< How sure the shares of upstreams are.
  share,
  diversity_detail,
  diversity,
  target_detail,
  upstream,
  always  ///< States of targets, all about vantage points and about isthmus itself.
};

struct SnapshotFamily {
  FamilyInfo info;
  Importance importance;
  void (*collect)(const Scene& scene, SeriesSink& sink);
};

[[nodiscard]] std::span<const SnapshotFamily> target_families();
[[nodiscard]] std::span<const SnapshotFamily> upstream_families();
[[nodiscard]] std::span<const SnapshotFamily> vantage_families();
/// What a page is written from: since when, who agrees, where paths end, and on whom what is dark had hung.
[[nodiscard]] std::span<const SnapshotFamily> outage_families();

/// The labels of a fixed set of values.
template <typename Values>
class ChoiceLabels {
 public:
  ChoiceLabels(const char* name, const Values& values) : values_(values) {
    for (std::size_t i = 0; i < values.size(); ++i) texts_[i] = label_text(name, to_string(values[i]));
  }
  [[nodiscard]] const std::string& operator[](std::size_t i) const { return texts_[i]; }

  /// One series a value, behind up to three other labels: 1 for the present one and 0 for the others.
  void add(SeriesSink& sink, Labels before, typename Values::value_type present) const {
    std::array<std::string_view, 3> first{};
    std::ranges::copy(before, first.begin());
    for (std::size_t i = 0; i < values_.size(); ++i) {
      sink.add({first[0], first[1], first[2], texts_[i]}, values_[i] == present);
    }
  }

 private:
  const Values& values_;
  std::array<std::string, std::tuple_size_v<Values>> texts_;
};

}  // namespace isthmus::telemetry
