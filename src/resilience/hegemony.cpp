#include "resilience/hegemony.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace isthmus::resilience {
namespace {

// The part of the values that is left out on each side.
constexpr double kTrimmed = 0.1;

double trimmed_mean(std::vector<double> values) {
  std::ranges::sort(values);
  const auto out = static_cast<std::ptrdiff_t>(kTrimmed * static_cast<double>(values.size()));
  const double sum = std::accumulate(values.begin() + out, values.end() - out, 0.0);
  return sum / static_cast<double>(values.end() - values.begin() - 2 * out);
}

}  // namespace

void HegemonySum::add(const AlikeBlocks& alike) {
  boost::unordered_flat_map<Asn, double, std::hash<Asn>> flows_of;
  for (const WayFlows& flows : alike.ways->ways) {
    if (flows.way->known()) flows_of[flows.way->vantage] += flows.flows;
  }
  for (const auto& [vantage, flows] : flows_of) sent_[vantage].blocks += alike.blocks;
  for (const WayFlows& flows : alike.ways->ways) {
    if (!flows.way->known()) continue;
    const double part = alike.blocks * flows.flows / flows_of.at(flows.way->vantage);
    for (const AsStep& step : flows.way->ases()) sent_[flows.way->vantage].through[step.asn] += part;
  }
}

std::vector<Hegemony> HegemonySum::scores() const {
  std::set<Asn> ases;
  for (const auto& [vantage, by] : sent_) {
    for (const auto& [asn, part] : by.through) ases.insert(asn);
  }
  std::vector<Hegemony> scores;
  for (const Asn asn : ases) {
    std::vector<double> parts;
    for (const auto& [vantage, by] : sent_) {
      const auto found = by.through.find(asn);
      parts.push_back(found == by.through.end() ? 0 : found->second / by.blocks);
    }
    const double score = trimmed_mean(std::move(parts));
    if (score > 0) scores.push_back({asn, std::min(score, 1.0)});
  }
  std::ranges::stable_sort(scores, std::greater{}, &Hegemony::score);
  return scores;
}

std::vector<Hegemony> hegemony_of(std::span<const AlikeBlocks> blocks, std::uint32_t& vantage_ases) {
  HegemonySum sum;
  for (const AlikeBlocks& alike : blocks) sum.add(alike);
  vantage_ases = sum.vantage_ases();
  return sum.scores();
}

}  // namespace isthmus::resilience
