#include "resilience/shares.hpp"

#include <algorithm>

namespace isthmus::resilience {
namespace {

// Flows by upstream; none stands for unknown.
using FlowCount = std::map<Asn, std::uint32_t>;

// One unit, split evenly over its flows.
void add_unit(Tally& tally, const FlowCount& flows) {
  double all = 0;
  for (const auto& [asn, count] : flows) all += count;
  for (const auto& [asn, count] : flows) (asn.is_none() ? tally.unknown : tally.carried[asn]) += count / all;
  tally.units += 1;
}

}  // namespace

void Tally::add(const Tally& other) {
  for (const auto& [asn, mass] : other.carried) carried[asn] += mass;
  unknown += other.unknown;
  units += other.units;
}

void ShareTally::add(const ShareTally& other) {
  for (std::size_t i = 0; i < by.size(); ++i) by[i].add(other.by[i]);
  for (const auto& [asn, count] : other.units) units[asn] += count;
  for (const auto& [asn, best] : other.confidence) {
    const auto found = confidence.try_emplace(asn, best).first;
    found->second = std::min(found->second, best);
  }
}

ShareTally tally_block(std::span<const inference::Path> paths,
                       const std::function<std::optional<Asn>(inference::VantageId)>& vantage_asn,
                       const std::set<Asn>& valid_asns, const std::function<bool(Asn)>& counts) {
  ShareTally result;
  std::map<Asn, FlowCount> by_network;
  std::map<IpAddress, FlowCount> by_address;
  Tally& flows = result.by[static_cast<std::size_t>(Estimand::flow)];
  for (const inference::Path& path : paths) {
    const auto network = vantage_asn(path.key.vantage);
    if (!network) continue;
    const inference::LastHop& hop = path.last_hop;
    const Asn upstream = hop.conclusive() && counts(*hop.upstream) ? *hop.upstream : Asn{};
    ++by_network[*network][upstream];
    ++by_address[path.key.address][upstream];
    add_unit(flows, {{upstream, 1}});
    if (upstream.is_none()) continue;
    const auto best = result.confidence.try_emplace(upstream, hop.confidence).first;
    best->second = std::min(best->second, hop.confidence);
  }
  Tally& networks = result.by[static_cast<std::size_t>(Estimand::vantage)];
  for (const Asn asn : valid_asns) {
    const auto found = by_network.find(asn);
    add_unit(networks, found == by_network.end() ? FlowCount{{Asn{}, 1}} : found->second);
  }
  for (const auto& [network, count] : by_network) {
    for (const auto& [upstream, number] : count) {
      if (!upstream.is_none()) ++result.units[upstream];
    }
  }
  for (const auto& [address, count] : by_address) {
    add_unit(result.by[static_cast<std::size_t>(Estimand::address)], count);
  }
  return result;
}

double effective_upstreams(const Tally& tally) {
  double known = 0;
  double squares = 0;
  for (const auto& [asn, mass] : tally.carried) {
    known += mass;
    squares += mass * mass;
  }
  return squares > 0 ? known * known / squares : 0;
}

}  // namespace isthmus::resilience
