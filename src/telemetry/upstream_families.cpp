#include "telemetry/snapshot_families.hpp"

namespace isthmus::telemetry {
namespace {

using resilience::ShareEstimate;
using resilience::TargetView;
using resilience::UpstreamView;

// A figure of each share.
void add_shares(const Scene& scene, SeriesSink& sink, double ShareEstimate::*figure) {
  each_upstream(scene, [&](std::size_t i, const std::string& asn, const UpstreamView& upstream) {
    const std::string& target = scene.targets[i];
    sink.add({target, asn, R"(estimand="vantage")"}, upstream.vantage.*figure);
    sink.add({target, asn, R"(estimand="address")"}, upstream.address.*figure);
    sink.add({target, asn, R"(estimand="flow")"}, upstream.flow.*figure);
  });
}

constexpr SnapshotFamily kFamilies[] = {
    {{"isthmus_upstream_state",
      "Whether an upstream provider still carries the target's blocks: 1 for its present state, which is up (all that "
      "it ever did), degraded (some of them), down (none), or unknown (nobody can tell).",
      Kind::gauge},
     Importance::upstream,
     [](const Scene& scene, SeriesSink& sink) {
       const ChoiceLabels states("state", kStates);
       each_upstream(scene, [&](std::size_t i, const std::string& asn, const UpstreamView& upstream) {
         states.add(sink, {scene.targets[i], asn, label_text("upstream_name", upstream.name)}, upstream.state);
       });
     }},
    {{"isthmus_upstream_share_ratio",
      "Part of the units that an upstream provider carries, from 0 to 1, never of traffic; the estimand says which "
      "units: pairs of vantage point and block, addresses, or flows.",
      Kind::gauge},
     Importance::share,
     [](const Scene& scene, SeriesSink& sink) { add_shares(scene, sink, &ShareEstimate::estimate); }},
    {{"isthmus_upstream_share_low_ratio", "Lower end of the 95 % interval of isthmus_upstream_share_ratio.",
      Kind::gauge},
     Importance::share_interval,
     [](const Scene& scene, SeriesSink& sink) { add_shares(scene, sink, &ShareEstimate::low); }},
    {{"isthmus_upstream_share_high_ratio", "Upper end of the 95 % interval of isthmus_upstream_share_ratio.",
      Kind::gauge},
     Importance::share_interval,
     [](const Scene& scene, SeriesSink& sink) { add_shares(scene, sink, &ShareEstimate::high); }},
};

}  // namespace

std::span<const SnapshotFamily> upstream_families() { return kFamilies; }

}  // namespace isthmus::telemetry
