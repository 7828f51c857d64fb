#pragma once
// What was measured but came too late to say anything about the present, because a vantage point was cut off: history,
// and nothing else. Value types; any thread.

#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/resilience/daily.hpp"

namespace isthmus::resilience {

/// What one vantage point told late of a block's day (UTC). Tallies of the same day, block and vantage point add up.
struct LateTally {
  std::chrono::sys_days day{};
  std::string target;
  Block block;  ///< In a sum over a whole target the block of none in particular.
  std::string vantage;
  std::uint64_t pings{0};
  std::uint64_t answers{0};  ///< Of these pings.
  std::uint64_t traces{0};
  std::uint64_t reached{0};  ///< Of these traces.

  /// What two tallies that add up have in common.
  [[nodiscard]] auto key() const { return std::tuple(day, target, block, vantage); }
  void add(const LateTally& other) {
    pings += other.pings;
    answers += other.answers;
    traces += other.traces;
    reached += other.reached;
  }
  friend bool operator==(const LateTally&, const LateTally&) = default;
};

/// What is remembered of some days of a target or block.
struct History {
  std::vector<DayRecord> days;  ///< Ascending.
  std::vector<LateTally> late;  ///< Ascending day, then vantage point: over all blocks that were asked for.
};

}  // namespace isthmus::resilience
