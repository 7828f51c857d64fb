#pragma once
// What an archived observation is about, in the configuration's words: which target, which vantage point. Pure; one
// thread.

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "isthmus/config/config.hpp"
#include "isthmus/model/observation.hpp"
#include "isthmus/resilience/settings.hpp"

namespace isthmus::app {

class ReplayScope {
 public:
  ReplayScope(const config::Config& config, const std::vector<resilience::TargetSettings>& targets);

  enum class Verdict : std::uint8_t {
    relevant,
    no_target,   ///< To no target and no control, or a trace to a control.
    no_vantage,  ///< Nothing says who made it.
  };
  /// Whether an observation is any of our business. Then its target is set, by the block of its destination and empty
  /// for a control, and the name of its vantage point: the configuration's where that has its RIPE Atlas probe.
  Verdict assign(Observation& observation) const;

 private:
  boost::unordered_flat_map<Block, std::string, std::hash<Block>> targets_;
  std::unordered_set<IpAddress> controls_;
  std::unordered_map<std::string, std::string> names_;
};

}  // namespace isthmus::app
