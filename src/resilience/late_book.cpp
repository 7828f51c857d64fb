#include "resilience/late_book.hpp"

#include <utility>

namespace isthmus::resilience {

LateTally& LateBook::tally_of(Timestamp time, const std::string& target, const IpAddress& address,
                              const std::string& vantage) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const Block block = Block::of(address);
  LateTally& tally = tallies_[{day, target, block, vantage}];
  tally.day = day;
  tally.target = target;
  tally.block = block;
  tally.vantage = vantage;
  return tally;
}

void LateBook::add(const Observation& observation) {
  if (const auto* trace = std::get_if<Trace>(&observation)) {
    LateTally& tally = tally_of(trace->started, trace->target, trace->destination, trace->vantage);
    ++tally.traces;
    tally.reached += trace->stop == StopReason::reached ? 1 : 0;
    return;
  }
  const auto& series = std::get<PingSeries>(observation);
  for (const PingOutcome& ping : series.outcomes) {
    // What never left measured nothing.
    if (std::holds_alternative<SendFailed>(ping.outcome)) continue;
    LateTally& tally = tally_of(ping.sent, series.target, series.address, series.vantage);
    ++tally.pings;
    const Reply* reply = reply_of(ping.outcome);
    tally.answers += reply != nullptr && answers_ping(*reply, series.address) ? 1 : 0;
  }
}

std::vector<LateTally> LateBook::poll() {
  std::vector<LateTally> all;
  all.reserve(tallies_.size());
  for (auto& [key, tally] : tallies_) all.push_back(std::move(tally));
  tallies_.clear();
  return all;
}

}  // namespace isthmus::resilience
