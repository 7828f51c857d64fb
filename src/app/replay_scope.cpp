#include "app/replay_scope.hpp"

namespace isthmus::app {

ReplayScope::ReplayScope(const config::Config& config, const std::vector<resilience::TargetSettings>& targets)
    : controls_(config.controls.begin(), config.controls.end()) {
  for (const resilience::TargetSettings& target : targets) {
    for (const Block& block : target.blocks) targets_.emplace(block, target.network.name);
  }
  for (const config::VantageConfig& vantage : config.vantages) {
    if (vantage.atlas_probe) names_.emplace("atlas-" + std::to_string(*vantage.atlas_probe), vantage.name);
  }
}

ReplayScope::Verdict ReplayScope::assign(Observation& observation) const {
  auto* const trace = std::get_if<Trace>(&observation);
  const IpAddress& address = trace != nullptr ? trace->destination : std::get<PingSeries>(observation).address;
  std::string& target = trace != nullptr ? trace->target : std::get<PingSeries>(observation).target;
  std::string& vantage = trace != nullptr ? trace->vantage : std::get<PingSeries>(observation).vantage;
  if (const auto found = targets_.find(Block::of(address)); found != targets_.end()) {
    target = found->second;
  } else if (trace == nullptr && controls_.contains(address)) {
    target.clear();
  } else {
    return Verdict::no_target;
  }
  if (vantage.empty()) return Verdict::no_vantage;
  if (const auto found = names_.find(vantage); found != names_.end()) vantage = found->second;
  return Verdict::relevant;
}

}  // namespace isthmus::app
