#include "app/replay_cadence.hpp"

#include <algorithm>
#include <chrono>
#include <map>

namespace isthmus::app {
namespace {

// Gaps that a stream must have before its median says anything.
constexpr std::size_t kFewestGaps = 2;

// The lower one of two: a missing round must not double the answer.
std::optional<Duration> median_of(std::vector<Duration> values) {
  if (values.empty()) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

void CadenceEstimator::add(const Observation& observation) {
  if (const auto* trace = std::get_if<Trace>(&observation)) {
    traces_[{trace->vantage, trace->destination}].push_back({trace->started, trace->flow.value});
  } else if (const auto& series = std::get<PingSeries>(observation); !series.outcomes.empty()) {
    pings_[{series.vantage, series.address}].push_back({series.outcomes.front().sent, 0});
  }
}

std::optional<Duration> CadenceEstimator::interval_of(std::vector<Sent> sent) {
  std::ranges::sort(sent, {}, &Sent::at);
  std::vector<Duration> gaps;
  std::vector<Duration> gaps_of_flows;
  std::map<std::uint16_t, Timestamp> latest;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (i > 0) gaps.push_back(sent[i].at - sent[i - 1].at);
    const auto [before, is_first] = latest.try_emplace(sent[i].flow, sent[i].at);
    if (!is_first) gaps_of_flows.push_back(sent[i].at - before->second);
    before->second = sent[i].at;
  }
  if (gaps.size() < kFewestGaps) return std::nullopt;
  const Duration mean = (sent.back().at - sent.front().at) / static_cast<Duration::rep>(gaps.size());
  const Duration median = *median_of(std::move(gaps));
  // RIPE Atlas takes another flow each round; isthmus takes them all at once.
  const bool in_bursts = median < mean / 2;
  return in_bursts ? median_of(std::move(gaps_of_flows)) : median;
}

std::optional<Duration> CadenceEstimator::interval_of(const Streams& streams) {
  std::vector<Duration> intervals;
  for (const auto& [key, sent] : streams) {
    if (const auto interval = interval_of(sent)) intervals.push_back(*interval);
  }
  const auto median = median_of(std::move(intervals));
  if (!median) return std::nullopt;
  return std::max<Duration>(std::chrono::round<std::chrono::seconds>(*median), std::chrono::seconds(1));
}

}  // namespace isthmus::app
