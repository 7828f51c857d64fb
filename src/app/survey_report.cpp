#include "app/survey_report.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "isthmus/formats/utf8.hpp"
#include "isthmus/inference/path_map.hpp"
#include "resilience/interval.hpp"
#include "resilience/shares.hpp"

namespace isthmus::app {
namespace {

// The one vantage point of a survey.
constexpr const char* kHere = "here";

std::string name_of(const ip2as::PrefixTable& prefixes, Asn asn) { return formats::valid_utf8(prefixes.name_of(asn)); }

inference::PathMap::Paths infer_paths(const probes::Survey& survey, std::size_t first, std::size_t last,
                                      std::uint16_t flows, const inference::TargetNetwork& network,
                                      const ip2as::PrefixTable& prefixes) {
  inference::PathMap map;
  const Block block = Block::of(survey.targets()[first]);
  // Twice, because what a block's later paths show decides what silence in the earlier ones means.
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t target = first; target < last; ++target) {
      for (std::uint16_t flow = 0; flow < flows; ++flow) {
        Trace trace = survey.trace(target, FlowId{flow});
        if (trace.hops.empty()) continue;
        trace.vantage = kHere;
        map.update(std::make_shared<const Trace>(std::move(trace)), network, prefixes);
      }
    }
  }
  return map.paths_of(block);
}

struct Seen {
  std::size_t flows{0};
  std::set<IpAddress> routers;
};

BlockReport report_block(const inference::PathMap::Paths& paths, const Block& block,
                         const inference::TargetNetwork& network, const ip2as::PrefixTable& prefixes) {
  BlockReport report;
  report.block = block;
  report.origin = network.asn;
  report.origin_name = network.name;
  report.flows = paths.size();
  std::map<Asn, Seen> seen;
  for (const auto& [key, path] : paths) {
    report.reached += path.trace->stop == StopReason::reached ? 1U : 0U;
    if (!path.last_hop.conclusive()) continue;
    Seen& way = seen[*path.last_hop.upstream];
    ++way.flows;
    if (path.last_hop.router) way.routers.insert(*path.last_hop.router);
  }
  const resilience::ShareTally tally = resilience::tally_block(
      paths, [](const std::string&) { return std::optional<Asn>(Asn{}); }, {}, [](Asn) { return true; });
  const resilience::Tally& flows = tally.of(resilience::Estimand::flow);
  const resilience::Tally& addresses = tally.of(resilience::Estimand::address);
  report.unknown_share = flows.units > 0 ? flows.unknown / flows.units : 1.0;
  report.effective_upstreams = resilience::effective_upstreams(flows);
  for (const auto& [asn, way] : seen) {
    report.upstreams.push_back(
        {.asn = asn,
         .name = name_of(prefixes, asn),
         .confidence = tally.confidence.at(asn),
         .flows = way.flows,
         .routers = {way.routers.begin(), way.routers.end()},
         .address = resilience::estimate_share(addresses.carried.at(asn), addresses.unknown, addresses.units),
         .flow = resilience::estimate_share(flows.carried.at(asn), flows.unknown, flows.units)});
  }
  std::stable_sort(report.upstreams.begin(), report.upstreams.end(),
                   [](const CarriedShare& a, const CarriedShare& b) { return a.flows > b.flows; });
  return report;
}

// Both the hops that are told of and the reports come in the order of the targets.
void count_silence(const probes::Survey& survey, std::vector<BlockReport>& reports) {
  auto report = reports.begin();
  survey.explain_silence([&](const probes::SilentHop& hop) {
    while (!report->block.prefix.contains(survey.targets()[hop.target])) ++report;
    ++report->silence[static_cast<std::size_t>(hop.cause)];
  });
}

}  // namespace

std::vector<BlockReport> report_blocks(const probes::Survey& survey, std::uint16_t flows,
                                       const ip2as::PrefixTable& prefixes) {
  std::vector<BlockReport> reports;
  const auto targets = survey.targets();
  for (std::size_t first = 0, last = 0; first < targets.size(); first = last) {
    const Block block = Block::of(targets[first]);
    while (last < targets.size() && block.prefix.contains(targets[last])) ++last;
    const auto origin = prefixes.lookup(targets[first]);
    const Asn asn = origin ? origin->asn : Asn{};
    const inference::TargetNetwork network{.name = name_of(prefixes, asn), .asn = asn, .prefixes = {block.prefix}};
    reports.push_back(
        report_block(infer_paths(survey, first, last, flows, network, prefixes), block, network, prefixes));
  }
  count_silence(survey, reports);
  return reports;
}

std::vector<UpstreamTotal> total_upstreams(const std::vector<BlockReport>& blocks) {
  std::map<Asn, UpstreamTotal> totals;
  UpstreamTotal unknown;
  for (const BlockReport& block : blocks) {
    for (const CarriedShare& upstream : block.upstreams) {
      UpstreamTotal& total = totals.try_emplace(upstream.asn, UpstreamTotal{upstream.asn, upstream.name}).first->second;
      ++total.blocks;
      total.weight += upstream.flow.estimate;
    }
    unknown.blocks += block.unknown_share > 0 ? 1U : 0U;
    unknown.weight += block.unknown_share;
  }
  std::vector<UpstreamTotal> sorted;
  for (const auto& [asn, total] : totals) sorted.push_back(total);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const UpstreamTotal& a, const UpstreamTotal& b) { return a.weight > b.weight; });
  if (unknown.blocks > 0) sorted.push_back(unknown);
  return sorted;
}

std::string label_of(Asn asn, const std::string& name) {
  if (asn.is_none()) return "unknown";
  return name.empty() ? "AS" + to_string(asn) : "AS" + to_string(asn) + " " + name;
}

}  // namespace isthmus::app
