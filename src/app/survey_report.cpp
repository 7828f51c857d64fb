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

std::string name_of(const ip2as::NetworkData& data, Asn asn) { return formats::valid_utf8(data.name_of(asn)); }

// The targets of one block, and the network that they belong to.
struct SurveyedBlock {
  std::size_t first{0};
  std::size_t last{0};
  Block block;
  inference::TargetId network{0};
};

void add_paths(const probes::Survey& survey, const SurveyedBlock& block, std::uint16_t flows, inference::PathMap& map) {
  for (std::size_t target = block.first; target < block.last; ++target) {
    for (std::uint16_t flow = 0; flow < flows; ++flow) {
      Trace trace = survey.trace(target, FlowId{flow});
      if (trace.hops.empty()) continue;
      trace.vantage = kHere;
      map.update(trace, block.network);
    }
  }
}

struct Seen {
  std::size_t flows{0};
  std::set<IpAddress> routers;
};

BlockReport report_block(const inference::PathMap& map, const SurveyedBlock& block, const ip2as::NetworkData& data) {
  const auto paths = map.paths_of(block.network, block.block);
  const inference::TargetNetwork& network = map.network_of(block.network);
  BlockReport report;
  report.block = block.block;
  report.origin = network.asn;
  report.origin_name = network.name;
  report.flows = paths.size();
  std::map<Asn, Seen> seen;
  for (const inference::Path& path : paths) {
    report.reached += path.answered ? 1U : 0U;
    if (!path.last_hop.conclusive()) continue;
    Seen& way = seen[*path.last_hop.upstream];
    ++way.flows;
    if (path.last_hop.router) way.routers.insert(*path.last_hop.router);
  }
  const resilience::ShareTally tally = resilience::tally_block(
      paths, [](inference::VantageId) { return std::optional<Asn>(Asn{}); }, {}, [](Asn) { return true; });
  using resilience::Estimand;
  report.unknown_share = tally.unknown_share(Estimand::flow);
  report.effective_upstreams = tally.effective_upstreams(Estimand::flow);
  // A survey asks what this one vantage point sees: each flow, or address, is a witness of its own.
  const auto share = [&](Estimand estimand, Asn asn) {
    return resilience::estimate_share(tally.carried(estimand, asn), tally.carried(estimand, Asn{}),
                                      tally.all(estimand));
  };
  for (const auto& [asn, way] : seen) {
    report.upstreams.push_back({.asn = asn,
                                .name = name_of(data, asn),
                                .confidence = tally.confidence(asn),
                                .flows = way.flows,
                                .routers = {way.routers.begin(), way.routers.end()},
                                .address = share(Estimand::address, asn),
                                .flow = share(Estimand::flow, asn)});
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
                                       const std::shared_ptr<const ip2as::NetworkData>& data) {
  inference::PathMap map(data, inference::PathMap::Keep::conclusions);
  std::vector<SurveyedBlock> blocks;
  const auto targets = survey.targets();
  for (std::size_t first = 0, last = 0; first < targets.size(); first = last) {
    const Block block = Block::of(targets[first]);
    while (last < targets.size() && block.prefix.contains(targets[last])) ++last;
    const Asn asn = ip2as::annotate(*data, targets[first]).asn;
    const auto network = map.add_target({.name = name_of(*data, asn), .asn = asn, .prefixes = {block.prefix}});
    blocks.push_back({first, last, block, network});
    add_paths(survey, blocks.back(), flows, map);
  }
  // What later paths show decides what the earlier ones mean.
  map.settle(map.path_count());
  std::vector<BlockReport> reports;
  for (const SurveyedBlock& block : blocks) reports.push_back(report_block(map, block, *data));
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

}  // namespace isthmus::app
