#include "telemetry/collect_outages.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "telemetry/families.hpp"

namespace isthmus::telemetry {
namespace {

using resilience::BlockView;
using resilience::HopLabel;
using resilience::Snapshot;
using resilience::TargetView;
using resilience::UpstreamView;
using Families = std::vector<prometheus::MetricFamily>;

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

void collect_since(const Snapshot& snapshot, Families& out) {
  auto target_since =
      Family::gauge("isthmus_target_state_since_timestamp_seconds", "Since when the target is in its present state.");
  auto block_since =
      Family::gauge("isthmus_block_down_since_timestamp_seconds", "Since when the block is down; only while it is.");
  for (const TargetView& target : snapshot.targets) {
    target_since.add({{"target", target.name}}, target.since);
    for (const BlockView& block : target.blocks) {
      if (block.state != State::down) continue;
      block_since.add({{"target", target.name}, {"block", to_string(block.block)}}, block.since);
    }
  }
  out.push_back(std::move(target_since).take());
  out.push_back(std::move(block_since).take());
}

void collect_witnesses(const Snapshot& snapshot, Families& out) {
  auto family =
      Family::gauge("isthmus_vantage_blocks_down",
                    "Blocks of the target that the vantage point gets no answer from; 0 while it has no vote.");
  for (const TargetView& target : snapshot.targets) {
    std::vector<std::uint64_t> dark(snapshot.vantages.size());
    for (const BlockView& block : target.blocks) {
      const std::size_t known = std::min(dark.size(), block.vantages.size());
      for (std::size_t v = 0; v < known; ++v) {
        if (snapshot.vantages[v].voting && block.vantages[v].state == State::down) ++dark[v];
      }
    }
    for (std::size_t v = 0; v < dark.size(); ++v) {
      family.add({{"vantage", snapshot.vantages[v].name}, {"target", target.name}}, dark[v]);
    }
  }
  out.push_back(std::move(family).take());
}

// Networks and distances, never addresses: those stand in the event.
void collect_failing_hops(const Snapshot& snapshot, Families& out) {
  struct Place {
    std::string vantage;
    Ttl ttl;
    Asn asn;
    Asn last;
    auto operator<=>(const Place&) const = default;
  };
  auto family = Family::gauge("isthmus_target_failing_hop_blocks",
                              "Blocks that are down and whose path from the vantage point ends before the hop at this "
                              "ttl in network asn, behind network last_asn; the 5 places with the most blocks.");
  for (const TargetView& target : snapshot.targets) {
    std::map<Place, std::uint64_t> blocks;
    std::map<Asn, std::string> names;
    const auto owner = [&](const IpAddress& address) {
      if (address == IpAddress{} || !snapshot.label) return Asn{};
      HopLabel label = snapshot.label(address);
      names.emplace(label.asn, std::move(label.name));
      return label.asn;
    };
    for (const BlockView& block : target.blocks) {
      if (block.state != State::down || block.failing == nullptr) continue;
      const FailingHop& hop = *block.failing;
      ++blocks[Place{
          .vantage = hop.vantage, .ttl = hop.ttl, .asn = owner(hop.address), .last = owner(hop.last_answer)}];
    }
    std::vector<std::pair<Place, std::uint64_t>> most(blocks.begin(), blocks.end());
    std::ranges::stable_sort(most, std::greater{}, &std::pair<Place, std::uint64_t>::second);
    most.resize(std::min(most.size(), kMostPlaces));
    for (const auto& [place, count] : most) {
      family.add({{"target", target.name},
                  {"vantage", place.vantage},
                  {"ttl", std::to_string(place.ttl)},
                  {"asn", to_string(place.asn)},
                  {"name", names[place.asn]},
                  {"last_asn", to_string(place.last)},
                  {"last_name", names[place.last]}},
                 count);
    }
  }
  out.push_back(std::move(family).take());
}

void collect_sole_upstreams(const Snapshot& snapshot, Families& out) {
  auto targets = Family::gauge("isthmus_target_sole_upstream",
                               "1 for the upstream that alone carries the target, or did when it went dark.");
  auto blocks = Family::gauge("isthmus_block_sole_upstream",
                              "1 for the upstream that alone carries the block, or did when it went dark.");
  for (const TargetView& target : snapshot.targets) {
    if (const UpstreamView* sole = sole_upstream(target.upstreams)) {
      targets.add({{"target", target.name}, {"upstream_asn", to_string(sole->asn)}, {"upstream_name", sole->name}},
                  1.0);
    }
    for (const BlockView& block : target.blocks) {
      const UpstreamView* sole = sole_upstream(block.upstreams);
      if (sole == nullptr) continue;
      blocks.add({{"target", target.name},
                  {"block", to_string(block.block)},
                  {"upstream_asn", to_string(sole->asn)},
                  {"upstream_name", sole->name}},
                 1.0);
    }
  }
  out.push_back(std::move(targets).take());
  out.push_back(std::move(blocks).take());
}

void collect_upstream_marks(const Snapshot& snapshot, Families& out) {
  auto expected = Family::gauge("isthmus_upstream_expected",
                                "1 for an upstream that expected_upstreams of the target lists, 0 for another; without "
                                "such a list no series.");
  auto strained =
      Family::gauge("isthmus_upstream_strained",
                    "1 while the upstream loses packets, or is slow, far beyond what it usually is, and the "
                    "target still answers: an attack, or a full link.");
  for (const TargetView& target : snapshot.targets) {
    for (const UpstreamView& upstream : target.upstreams) {
      const auto mark = [&](Family& family, const std::vector<Asn>& among) {
        const bool marked = std::ranges::find(among, upstream.asn) != among.end();
        family.add(
            {{"target", target.name}, {"upstream_asn", to_string(upstream.asn)}, {"upstream_name", upstream.name}},
            marked ? 1.0 : 0.0);
      };
      if (!target.expected_upstreams.empty()) mark(expected, target.expected_upstreams);
      mark(strained, target.strained_upstreams);
    }
  }
  out.push_back(std::move(expected).take());
  out.push_back(std::move(strained).take());
}

void collect_upstream_rtts(const Snapshot& snapshot, Families& out) {
  auto family = Family::histogram("isthmus_upstream_rtt_seconds",
                                  "Round-trip time of answered pings whose way was known, by the upstream that carried "
                                  "them.");
  for (const TargetView& target : snapshot.targets) {
    for (const resilience::PingStatistics& pings : target.pings) {
      for (const auto& [asn, rtts] : pings.upstream_rtts) {
        family.add({{"vantage", pings.vantage}, {"target", target.name}, {"upstream_asn", to_string(asn)}},
                   resilience::kRttBucketsSeconds, rtts.buckets, rtts.sum_seconds);
      }
    }
  }
  out.push_back(std::move(family).take());
}

}  // namespace

void collect_outages(const Snapshot& snapshot, Families& out) {
  collect_since(snapshot, out);
  collect_witnesses(snapshot, out);
  collect_failing_hops(snapshot, out);
  collect_sole_upstreams(snapshot, out);
  collect_upstream_marks(snapshot, out);
  collect_upstream_rtts(snapshot, out);
}

}  // namespace isthmus::telemetry
