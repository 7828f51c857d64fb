#include <algorithm>
#include <map>
#include <utility>

#include "telemetry/snapshot_families.hpp"

namespace isthmus::telemetry {
namespace {

using resilience::BlockView;
using resilience::HopLabel;
using resilience::PingStatistics;
using resilience::Snapshot;
using resilience::TargetView;
using resilience::UpstreamView;

// Places named for each target. Paths of one outage end in few; the rest is in the events.
constexpr std::size_t kMostPlaces = 5;

// The one upstream that has not been lost; null when there are several, or none is known. Those of a dark block stay
// what they were when it went dark.
const UpstreamView* sole_upstream(const std::vector<UpstreamView>& upstreams) {
  const UpstreamView* sole = nullptr;
  for (const UpstreamView& upstream : upstreams) {
    if (upstream.state == State::down) continue;
    if (sole != nullptr) return nullptr;
    sole = &upstream;
  }
  return sole;
}

// How many blocks each vantage point gets no answer from, in their order.
std::vector<std::uint64_t> dark_blocks(const Snapshot& snapshot, const TargetView& target) {
  std::vector<std::uint64_t> dark(snapshot.vantages.size());
  for (const BlockView& block : target.blocks) {
    const std::size_t known = std::min(dark.size(), block.vantages.size());
    for (std::size_t v = 0; v < known; ++v) {
      if (snapshot.vantages[v].voting && block.vantages[v].state == State::down) ++dark[v];
    }
  }
  return dark;
}

// Networks and distances, never addresses: those stand in the event.
struct Place {
  std::string vantage;
  Ttl ttl;
  Asn asn;
  Asn last;
  auto operator<=>(const Place&) const = default;
};

// Where the paths of a target's dark blocks end, and whose networks these are.
class FailingPlaces {
 public:
  FailingPlaces(const Snapshot& snapshot, const TargetView& target) : snapshot_(snapshot) {
    std::map<Place, std::uint64_t> blocks;
    for (const BlockView& block : target.blocks) {
      if (block.state != State::down || block.failing == nullptr) continue;
      const FailingHop& hop = *block.failing;
      ++blocks[Place{
          .vantage = hop.vantage, .ttl = hop.ttl, .asn = owner(hop.address), .last = owner(hop.last_answer)}];
    }
    most_.assign(blocks.begin(), blocks.end());
    std::ranges::stable_sort(most_, std::greater{}, &std::pair<Place, std::uint64_t>::second);
    most_.resize(std::min(most_.size(), kMostPlaces));
  }

  void add(SeriesSink& sink, const std::string& target) const {
    for (const auto& [place, count] : most_) {
      sink.add({target, label_text("vantage", place.vantage), label_text("ttl", std::to_string(place.ttl)),
                label_text("asn", to_string(place.asn)), label_text("name", names_.at(place.asn)),
                label_text("last_asn", to_string(place.last)), label_text("last_name", names_.at(place.last))},
               count);
    }
  }

 private:
  Asn owner(const IpAddress& address) {
    HopLabel label;
    if (address != IpAddress{} && snapshot_.label) label = snapshot_.label(address);
    names_.emplace(label.asn, std::move(label.name));
    return label.asn;
  }

  const Snapshot& snapshot_;
  std::map<Asn, std::string> names_;
  std::vector<std::pair<Place, std::uint64_t>> most_;
};

// 1 for an upstream that is among those, 0 for another.
void add_mark(SeriesSink& sink, const std::string& target, const std::string& asn, const UpstreamView& upstream,
              const std::vector<Asn>& among) {
  const bool is_among = std::ranges::find(among, upstream.asn) != among.end();
  sink.add({target, asn, label_text("upstream_name", upstream.name)}, is_among);
}

constexpr SnapshotFamily kFamilies[] = {
    {{"isthmus_target_state_since_timestamp_seconds", "Since when the target is in its present state.", Kind::gauge},
     Importance::target_detail,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) { sink.add({name}, target.since); });
     }},
    {{"isthmus_block_down_since_timestamp_seconds", "Since when the block is down; only while it is.", Kind::gauge},
     Importance::block,
     [](const Scene& scene, SeriesSink& sink) {
       each_block(scene, [&](const std::string& name, const std::string& prefix, const BlockView& block) {
         if (block.state == State::down) sink.add({name, prefix}, block.since);
       });
     }},
    {{"isthmus_vantage_blocks_down",
      "Blocks of the target that the vantage point gets no answer from; 0 while it has no vote.", Kind::gauge},
     Importance::pair,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         const auto dark = dark_blocks(scene.snapshot, target);
         for (std::size_t v = 0; v < dark.size(); ++v) sink.add({scene.vantages[v], name}, dark[v]);
       });
     }},
    {{"isthmus_target_failing_hop_blocks",
      "Blocks that are down and whose path from the vantage point ends before the hop at this ttl in network asn, "
      "behind network last_asn; the 5 places with the most blocks.",
      Kind::gauge},
     Importance::target_detail,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         FailingPlaces(scene.snapshot, target).add(sink, name);
       });
     }},
    {{"isthmus_target_sole_upstream",
      "1 for the upstream provider that alone carries the target, or did when it went dark.", Kind::gauge},
     Importance::upstream,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         const UpstreamView* sole = sole_upstream(target.upstreams);
         if (sole == nullptr) return;
         sink.add({name, label_text("upstream_asn", to_string(sole->asn)), label_text("upstream_name", sole->name)},
                  true);
       });
     }},
    {{"isthmus_block_sole_upstream",
      "1 for the upstream provider that alone carries the block, or did when it went dark.", Kind::gauge},
     Importance::block,
     [](const Scene& scene, SeriesSink& sink) {
       each_block(scene, [&](const std::string& name, const std::string& prefix, const BlockView& block) {
         const UpstreamView* sole = sole_upstream(block.upstreams);
         if (sole == nullptr) return;
         sink.add(
             {name, prefix, label_text("upstream_asn", to_string(sole->asn)), label_text("upstream_name", sole->name)},
             true);
       });
     }},
    {{"isthmus_upstream_expected",
      "1 for an upstream provider that expected_upstreams of the target lists, 0 for another; without such a list no "
      "series.",
      Kind::gauge},
     Importance::upstream,
     [](const Scene& scene, SeriesSink& sink) {
       each_upstream(scene, [&](std::size_t i, const std::string& asn, const UpstreamView& upstream) {
         const auto& expected = scene.snapshot.targets[i].expected_upstreams;
         if (!expected.empty()) add_mark(sink, scene.targets[i], asn, upstream, expected);
       });
     }},
    {{"isthmus_upstream_strained",
      "1 while the upstream provider loses packets, or is slow, far beyond what it usually is, and the target still "
      "answers: an attack, or a full link.",
      Kind::gauge},
     Importance::upstream,
     [](const Scene& scene, SeriesSink& sink) {
       each_upstream(scene, [&](std::size_t i, const std::string& asn, const UpstreamView& upstream) {
         add_mark(sink, scene.targets[i], asn, upstream, scene.snapshot.targets[i].strained_upstreams);
       });
     }},
    {{"isthmus_upstream_rtt_seconds",
      "Time from a ping to its answer (round-trip time) where the way was known, by the upstream provider that carried "
      "it.",
      Kind::histogram},
     Importance::pair_detail,
     [](const Scene& scene, SeriesSink& sink) {
       each_target(scene, [&](const std::string& name, const TargetView& target) {
         for (const PingStatistics& pings : target.pings) {
           for (const auto& [asn, rtts] : pings.upstream_rtts) {
             sink.add({label_text("vantage", pings.vantage), name, label_text("upstream_asn", to_string(asn))},
                      resilience::kRttBucketsSeconds, rtts.buckets, rtts.sum_seconds);
           }
         }
       });
     }},
};

}  // namespace

std::span<const SnapshotFamily> outage_families() { return kFamilies; }

}  // namespace isthmus::telemetry
