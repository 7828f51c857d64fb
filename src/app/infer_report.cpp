#include "app/infer_report.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "isthmus/formats/utf8.hpp"
#include "resilience/shares.hpp"

namespace isthmus::app {
namespace {

using inference::Path;
using inference::VantageId;

// Stands in for the AS of a vantage point that has none: numbers from the top, which nobody has (RFC 7300, RFC 6996).
Asn stand_in(VantageId vantage) { return {std::numeric_limits<std::uint32_t>::max() - vantage}; }

bool is_inside(const Path& path) { return path.last_hop.rule == inference::Rule::inside; }

Asn upstream_of(const Path& path) { return path.last_hop.conclusive() ? *path.last_hop.upstream : Asn{}; }

std::map<Asn, Timestamp> last_times(std::span<const Path> paths) {
  std::map<Asn, Timestamp> times;
  for (const Path& path : paths) {
    if (!path.last_hop.conclusive()) continue;
    Timestamp& time = times[*path.last_hop.upstream];
    time = std::max(time, path.time);
  }
  return times;
}

}  // namespace

NamedAs InferReport::named(Asn asn) const { return {asn, formats::valid_utf8(data_.name_of(asn))}; }

std::vector<std::pair<inference::TargetId, Block>> InferReport::blocks() const {
  auto blocks = map_.blocks();
  std::ranges::sort(blocks, [&](const auto& a, const auto& b) {
    if (a.second != b.second) return a.second < b.second;
    const inference::TargetNetwork& left = map_.network_of(a.first);
    const inference::TargetNetwork& right = map_.network_of(b.first);
    return std::tie(left.asn, left.name) < std::tie(right.asn, right.name);
  });
  return blocks;
}

InferredBlock InferReport::report(inference::TargetId target, const Block& block) {
  const inference::TargetNetwork& network = map_.network_of(target);
  const auto paths = map_.paths_of(target, block);
  InferredBlock report{.block = block, .target = {network.asn, network.name}};
  report.paths = paths.size();
  add_shares(paths, report);
  report.diversity = ways(target, block)->diversity;
  for (const Asn asn : report.diversity.chokepoints) report.chokepoints.push_back(named(asn));
  add_vantages(paths, report);
  return report;
}

void InferReport::add_shares(std::span<const Path> paths, InferredBlock& report) const {
  std::set<VantageId> inside;
  for (const Path& path : paths) {
    if (is_inside(path)) inside.insert(path.key.vantage);
  }
  const auto witness = [&](VantageId vantage) -> std::optional<Asn> {
    if (inside.contains(vantage)) return std::nullopt;
    const Asn asn = map_.asn_of(vantage);
    return asn.is_none() ? stand_in(vantage) : asn;
  };
  std::set<Asn> seen_by;
  for (const Path& path : paths) {
    if (const auto asn = witness(path.key.vantage)) seen_by.insert(*asn);
  }
  const std::vector<Asn> witnesses(seen_by.begin(), seen_by.end());
  using resilience::Estimand;
  const auto tally = resilience::tally_block(paths, witness, witnesses, [](Asn) { return true; });
  report.unknown_share = tally.unknown_share(Estimand::vantage);
  report.effective_upstreams = tally.effective_upstreams(Estimand::vantage);
  const auto times = last_times(paths);
  for (const Asn asn : tally.upstreams()) {
    report.upstreams.push_back({.as = named(asn),
                                .confidence = tally.confidence(asn),
                                .units = tally.units(asn),
                                .last_seen = times.at(asn),
                                .vantage = tally.share(Estimand::vantage, asn),
                                .address = tally.share(Estimand::address, asn),
                                .flow = tally.share(Estimand::flow, asn)});
  }
  std::ranges::stable_sort(report.upstreams, std::greater{},
                           [](const InferredUpstream& up) { return up.vantage.estimate; });
}

std::shared_ptr<const resilience::BlockWays> InferReport::ways(inference::TargetId target, const Block& block) {
  const Asn network = map_.network_of(target).asn;
  std::map<std::shared_ptr<const resilience::Way>, std::uint32_t> flows;
  for (const Path& path : map_.paths_of(target, block)) {
    if (is_inside(path)) continue;
    const VantageId vantage = path.key.vantage;
    const auto hops = map_.hops_of(target, block, path.key);
    const resilience::TracedHops traced{
        .vantage = map_.asn_of(vantage), .target = network, .destination = path.key.address, .hops = hops};
    ++flows[ways_.intern(resilience::way_of(traced, path.last_hop, stand_in(vantage)))];
  }
  std::vector<resilience::WayFlows> list;
  for (const auto& [way, count] : flows) list.push_back({way, count});
  return diversity_.of(std::move(list));
}

std::vector<resilience::WatchedTarget> InferReport::watched() {
  std::vector<resilience::WatchedTarget> targets;
  std::map<inference::TargetId, std::size_t> places;
  for (const auto& [target, block] : blocks()) {
    const auto [place, is_new] = places.try_emplace(target, targets.size());
    if (is_new) {
      const inference::TargetNetwork& network = map_.network_of(target);
      targets.push_back({.name = network.name, .asn = network.asn, .blocks = {}, .diversity = nullptr});
    }
    targets[place->second].blocks.push_back({block, ways(target, block)});
  }
  for (resilience::WatchedTarget& target : targets) {
    std::vector<resilience::AlikeBlocks> alike;
    for (const auto& block : target.blocks) alike.push_back({block.ways, 1});
    target.diversity = std::make_shared<const resilience::TargetDiversity>(
        diversity_.measure_target(alike, [this](Asn asn) { return named(asn).name; }));
  }
  return targets;
}

void InferReport::add_vantages(std::span<const Path> paths, InferredBlock& report) const {
  struct Flows {
    double count{0};
    Confidence best{Confidence::c};
  };
  std::map<std::pair<Asn, std::string>, std::map<Asn, Flows>> seen;
  for (const Path& path : paths) {
    if (is_inside(path)) continue;
    const Asn asn = map_.asn_of(path.key.vantage);
    Flows& flows = seen[{asn, asn.is_none() ? map_.name_of(path.key.vantage) : std::string()}][upstream_of(path)];
    flows.count += 1;
    flows.best = std::min(flows.best, path.last_hop.confidence);
  }
  for (const auto& [vantage, by_upstream] : seen) {
    const NamedAs as = vantage.first.is_none() ? NamedAs{{}, vantage.second} : named(vantage.first);
    double all = 0;
    for (const auto& [upstream, flows] : by_upstream) all += flows.count;
    for (const auto& [upstream, flows] : by_upstream) {
      report.from.push_back({as, upstream, flows.best, flows.count / all});
    }
  }
}

}  // namespace isthmus::app
