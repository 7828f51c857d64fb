#pragma once
// Sums up what came too late, until somebody takes it away. Belongs to the core's thread; no I/O.

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "isthmus/resilience/late.hpp"

namespace isthmus::resilience {

class LateBook {
 public:
  /// Precondition: the observation is of a block of a configured target.
  void add(const Observation& observation);
  /// Everything since the last poll.
  [[nodiscard]] std::vector<LateTally> poll();

 private:
  LateTally& tally_of(Timestamp time, const std::string& target, const IpAddress& address, const std::string& vantage);

  std::map<std::tuple<std::chrono::sys_days, std::string, Block, std::string>, LateTally> tallies_;
};

}  // namespace isthmus::resilience
