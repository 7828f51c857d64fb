#include <algorithm>

#include "telemetry/snapshot_families.hpp"

namespace isthmus::telemetry {
namespace {

using resilience::BlockView;
using resilience::Cut;
using resilience::PingStatistics;
using resilience::Snapshot;
using resilience::TargetDiversity;
using resilience::TargetView;

// Networks named for each target: more would be a series for every network of the internet.
constexpr std::size_t kMostNamed = 5;

const TargetDiversity& diversity_of(const TargetView& target) {
  static const TargetDiversity kNothing;
  return target.diversity == nullptr ? kNothing : *target.diversity;
}

template <typename Visit>
void each_pair(const Scene& scene, Visit visit) {
  std::string vantage;
  each_target(scene, [&](const std::string& name, const TargetView& target) {
    for (std::size_t i = 0; i < target.pings.size(); ++i) {
      const PingStatistics& pings = target.pings[i];
      // In the order of the vantage points, but for moments in which these change.
      const bool known = i < scene.vantages.size() && scene.snapshot.vantages[i].name == pings.vantage;
      if (!known) vantage = label_text("vantage", pings.vantage);
      visit(known ? scene.vantages[i] : vantage, name, pings);
    }
  });
}

// A figure at both levels at which ways can be told apart.
void add_levels(const Scene& scene, SeriesSink& sink, std::uint32_t Cut::*figure) {
  each_target(scene, [&](const std::string& name, const TargetView& target) {
    const auto& whole = diversity_of(target).whole;
    sink.add({name, R"(level="as")"}, std::uint64_t{whole.ases.*figure});
    sink.add({name, R"(level="router")"}, std::uint64_t{whole.routers.*figure});
  });
}

void add_network(SeriesSink& sink, const std::string& target, const TargetDiversity& diversity, Asn asn, double value) {
  sink.add({target, label_text("asn", to_string(asn)), label_text("name", resilience::name_in(&diversity, asn))},
           value);
}

constexpr SnapshotFamily kFamilies[] = {
    {{"isthmus_snapshot_timestamp_seconds",
      "When the core summed up what it knows; all series about targets are of this moment.", Kind::gauge},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) { sink.add({}, scene.snapshot.time); }},
    {{"isthmus_target_state",
      "Whether a watched network (target) is reachable: 1 for its present state, which is up, degraded (in "
      "part, or with loss), down, or unknown (nobody can tell).",
      Kind::gauge},
     Importance::always,
     [](const Scene& scene, SeriesSink& sink) {
       const ChoiceLabels states("state", kStates);
       each_target(scene,
                   [&](const std::string& name, const TargetView& target) { states.add(sink, {name}, target.state); });
     }},
    {{"isthmus_target_upstreams",
      "Upstream providers that carry at least one block of the target now (or did last, while it is down); below 2 "
      "there "
      "is no redundancy.",
      Kind::gauge},
     Importance::upstream,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         sink.add({name}, std::uint64_t{target.upstream_count});
       });
     }},
    {{"isthmus_target_unknown_share_ratio",
      "Part of the (vantage point, block) pairs of the target whose upstream provider is not known, from 0 to 1.",
      Kind::gauge},
     Importance::target_detail,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene,
                   [&](const std::string& name, const TargetView& target) { sink.add({name}, target.unknown_share); });
     }},
    {{"isthmus_target_effective_upstreams",
      "Number of equally used upstream providers with the same diversity: 1 / sum of squared shares; 0 when no "
      "upstream "
      "is known.",
      Kind::gauge},
     Importance::target_detail,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         sink.add({name}, target.effective_upstreams);
       });
     }},
    {{"isthmus_target_min_cut",
      "Least number of networks (level as) or of routers that answered (level router) whose loss separates all vantage "
      "points from all blocks of the target, as far as its ways were seen; 0 when that is not known.",
      Kind::gauge},
     Importance::diversity,
     [](const Scene& scene, SeriesSink& sink) { add_levels(scene, sink, &Cut::min_cut); }},
    {{"isthmus_target_min_cut_low",
      "isthmus_target_min_cut in the worst case: routers that stayed silent are one wherever they can be.",
      Kind::gauge},
     Importance::diversity_detail,
     [](const Scene& scene, SeriesSink& sink) { add_levels(scene, sink, &Cut::min_cut_low); }},
    {{"isthmus_target_disjoint_paths",
      "How many of the ways to the target in use share no network (level as) or no router (level router); 0 when that "
      "is not known.",
      Kind::gauge},
     Importance::diversity_detail,
     [](const Scene& scene, SeriesSink& sink) { add_levels(scene, sink, &Cut::disjoint_paths); }},
    {{"isthmus_target_blocks_on_one_as",
      "Blocks of the target that the loss of one network (AS) would cut off, as far as their ways were seen.",
      Kind::gauge},
     Importance::diversity_detail,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         sink.add({name}, std::uint64_t{diversity_of(target).blocks_on_one_as});
       });
     }},
    {{"isthmus_target_chokepoint",
      "1 for each network (AS) whose loss would cut off every block of the target, as far as its ways were seen; the 5 "
      "nearest to the target.",
      Kind::gauge},
     Importance::diversity,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         const TargetDiversity& diversity = diversity_of(target);
         const auto& all = diversity.whole.chokepoints;
         for (std::size_t i = 0; i < std::min(all.size(), kMostNamed); ++i) {
           add_network(sink, name, diversity, all[i], 1);
         }
       });
     }},
    {{"isthmus_target_as_hegemony_ratio",
      "AS hegemony: part of the ways to the target that a network (AS) is on, from 0 to 1, the mean over the networks "
      "of the vantage points, from ten of them on without the highest and lowest tenth; the 5 highest.",
      Kind::gauge},
     Importance::diversity_detail,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         const TargetDiversity& diversity = diversity_of(target);
         for (std::size_t i = 0; i < std::min(diversity.hegemony.size(), kMostNamed); ++i) {
           add_network(sink, name, diversity, diversity.hegemony[i].asn, diversity.hegemony[i].score);
         }
       });
     }},
    {{"isthmus_target_as_hegemony_vantage_ases",
      "Networks of vantage points that isthmus_target_as_hegemony_ratio is a mean over.", Kind::gauge},
     Importance::diversity_detail,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         sink.add({name}, std::uint64_t{diversity_of(target).vantage_ases});
       });
     }},
    {{"isthmus_block_state",
      "Whether a block (/24 of IPv4, /48 of IPv6) of a target is reachable: 1 for its present state, which is up, "
      "degraded (only some vantage points reach it), down, or unknown (nobody can tell).",
      Kind::gauge},
     Importance::block,
     [](const Scene& scene, SeriesSink& sink) {
       const ChoiceLabels states("state", kStates);
       each_block(scene, [&](const std::string& name, const std::string& prefix, const BlockView& block) {
         states.add(sink, {name, prefix}, block.state);
       });
     }},
    {{"isthmus_block_reachability_probability",
      "Belief that the block is reachable, from 0 to 1, over all vantage points that can see.", Kind::gauge},
     Importance::block_detail,
     [](const Scene& scene, SeriesSink& sink) {
       each_block(scene, [&](const std::string& name, const std::string& prefix, const BlockView& block) {
         sink.add({name, prefix}, block.reachability_probability);
       });
     }},
    {{"isthmus_ping_probes_total",
      "Pings (ICMP echo requests, or UDP or TCP probes where the configuration says so) sent from the vantage point to "
      "addresses of the target.",
      Kind::counter},
     Importance::pair,
     [](const Scene& scene, SeriesSink& sink) {
       each_pair(scene, [&](const std::string& vantage, const std::string& name, const PingStatistics& pings) {
         sink.add({vantage, name}, pings.probes);
       });
     }},
    {{"isthmus_ping_replies_total", "Answers to these pings that came from the address itself.", Kind::counter},
     Importance::pair,
     [](const Scene& scene, SeriesSink& sink) {
       each_pair(scene, [&](const std::string& vantage, const std::string& name, const PingStatistics& pings) {
         sink.add({vantage, name}, pings.replies);
       });
     }},
    {{"isthmus_ping_rtt_seconds",
      "Time from a ping to its answer (round-trip time), from the vantage point to addresses of the target.",
      Kind::histogram},
     Importance::pair_detail,
     [](const Scene& scene, SeriesSink& sink) {
       each_pair(scene, [&](const std::string& vantage, const std::string& name, const PingStatistics& pings) {
         sink.add({vantage, name}, resilience::kRttBucketsSeconds, pings.rtt_buckets, pings.rtt_sum_seconds);
       });
     }},
    {{"isthmus_events_total",
      "Changes of the target that went into the event log, by kind; `isthmus events` lists them.", Kind::counter},
     Importance::target_detail,
     [](const Scene& scene, SeriesSink& sink) {
       const ChoiceLabels kinds("kind", kEventKinds);
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         for (std::size_t i = 0; i < kEventKinds.size(); ++i) {
           const auto count = target.events.find(kEventKinds[i]);
           sink.add({name, kinds[i]}, count == target.events.end() ? std::uint64_t{0} : count->second);
         }
       });
     }},
};

}  // namespace

Scene::Scene(const Snapshot& of) : snapshot(of) {
  targets.reserve(of.targets.size());
  for (const TargetView& target : of.targets) {
    targets.push_back(label_text("target", target.name));
    for (const BlockView& block : target.blocks) blocks.push_back(label_text("block", to_string(block.block)));
    for (const auto& upstream : target.upstreams) {
      upstreams.push_back(label_text("upstream_asn", to_string(upstream.asn)));
    }
  }
  vantages.reserve(of.vantages.size());
  for (const auto& vantage : of.vantages) vantages.push_back(label_text("vantage", vantage.name));
}

std::span<const SnapshotFamily> target_families() { return kFamilies; }

}  // namespace isthmus::telemetry
