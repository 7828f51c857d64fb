#include "bench/accuracy/judged_campaign.hpp"

#include <algorithm>
#include <ctime>

namespace isthmus::bench {
namespace {

namespace sim = testing::internet;

sim::Settings settings_of(std::uint64_t seed) {
  sim::Settings settings;
  settings.seed = seed;
  return settings;
}

std::shared_ptr<const ip2as::NetworkData> known(const sim::Internet& internet, Knowledge knowledge) {
  sim::DataSet all = sim::make_data_set(internet);
  if (knowledge == Knowledge::full) return all.data;
  auto prefixes = std::make_shared<ip2as::NetworkData>();
  // Nobody else holds this data set.
  prefixes->prefixes = std::move(std::const_pointer_cast<ip2as::NetworkData>(all.data)->prefixes);
  return prefixes;
}

}  // namespace

JudgedCampaign::JudgedCampaign(std::uint64_t seed, Knowledge knowledge)
    : internet_(settings_of(seed)),
      campaign_(sim::trace_all(internet_, settings_)),
      units_(sim::units_of(campaign_, settings_)),
      data_(known(internet_, knowledge)) {
  conclude();
}

void JudgedCampaign::conclude() {
  inference::PathMap map(data_, inference::PathMap::Keep::conclusions);
  std::vector<inference::TargetId> targets;
  for (const sim::Target& target : internet_.targets()) {
    inference::TargetNetwork network{.name = target.name, .asn = target.asn, .prefixes = {}};
    for (const sim::Block24& block : target.blocks) {
      network.prefixes.push_back(sim::export_prefix(block.network, 24, internet_.settings().family));
    }
    targets.push_back(map.add_target(network));
  }
  for (const sim::Vantage& vantage : internet_.vantages()) map.add_vantage(vantage.name, internet_.asn(vantage.as));

  const std::clock_t began = std::clock();
  for (std::size_t i = 0; i < campaign_.traces.size(); ++i) {
    map.update(campaign_.traces[i], targets[campaign_.truth[i].target]);
  }
  map.settle(map.path_count());
  const double took = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  traces_per_second_ = static_cast<double>(campaign_.traces.size()) / took;

  last_hops_.resize(campaign_.traces.size());
  for (std::size_t i = 0; i < campaign_.traces.size(); ++i) {
    const Trace& trace = campaign_.traces[i];
    const inference::PathKey key{
        .vantage = map.add_vantage(trace.vantage), .address = trace.destination, .flow = trace.flow};
    const auto paths = map.paths_of(targets[campaign_.truth[i].target], Block::of(trace.destination));
    last_hops_[i] = std::ranges::lower_bound(paths, key, {}, &inference::Path::key)->last_hop;
  }
}

}  // namespace isthmus::bench
