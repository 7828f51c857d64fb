#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <numeric>
#include <set>

#include "resilience/diversity.hpp"

namespace isthmus::resilience {
namespace {

// The part of the values that is left out on each side.
constexpr double kTrimmed = 0.1;

// What one vantage AS sends to all blocks, one for each block with a known way.
struct Sent {
  double blocks{0};
  boost::unordered_flat_map<Asn, double, std::hash<Asn>> through;
};

void add_block(const AlikeBlocks& alike, std::map<Asn, Sent>& sent) {
  boost::unordered_flat_map<Asn, double, std::hash<Asn>> flows_of;
  for (const WayFlows& flows : alike.ways->ways) {
    if (flows.way->known()) flows_of[flows.way->vantage] += flows.flows;
  }
  for (const auto& [vantage, flows] : flows_of) sent[vantage].blocks += alike.blocks;
  for (const WayFlows& flows : alike.ways->ways) {
    if (!flows.way->known()) continue;
    const double part = alike.blocks * flows.flows / flows_of.at(flows.way->vantage);
    for (const AsStep& step : flows.way->ases()) sent[flows.way->vantage].through[step.asn] += part;
  }
}

double trimmed_mean(std::vector<double> values) {
  std::ranges::sort(values);
  const auto out = static_cast<std::ptrdiff_t>(kTrimmed * static_cast<double>(values.size()));
  const double sum = std::accumulate(values.begin() + out, values.end() - out, 0.0);
  return sum / static_cast<double>(values.end() - values.begin() - 2 * out);
}

}  // namespace

std::vector<Hegemony> hegemony_of(std::span<const AlikeBlocks> blocks, std::uint32_t& vantage_ases) {
  std::map<Asn, Sent> sent;
  for (const AlikeBlocks& alike : blocks) add_block(alike, sent);
  vantage_ases = static_cast<std::uint32_t>(sent.size());
  std::set<Asn> ases;
  for (const auto& [vantage, by] : sent) {
    for (const auto& [asn, part] : by.through) ases.insert(asn);
  }
  std::vector<Hegemony> scores;
  for (const Asn asn : ases) {
    std::vector<double> parts;
    for (const auto& [vantage, by] : sent) {
      const auto found = by.through.find(asn);
      parts.push_back(found == by.through.end() ? 0 : found->second / by.blocks);
    }
    const double score = trimmed_mean(std::move(parts));
    if (score > 0) scores.push_back({asn, std::min(score, 1.0)});
  }
  std::ranges::stable_sort(scores, std::greater{}, &Hegemony::score);
  return scores;
}

}  // namespace isthmus::resilience
