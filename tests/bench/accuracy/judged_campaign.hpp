#pragma once
// One simulated internet, traced from all its vantage points, concluded about by a PathMap, and what is true of it.
// Owned by one thread.

#include <cstdint>
#include <memory>
#include <vector>

#include "isthmus/inference/path_map.hpp"
#include "support/internet/campaign.hpp"
#include "support/internet/data_set.hpp"
#include "support/internet/score.hpp"

namespace isthmus::bench {

/// How much a user knows of the internet's networks.
enum class Knowledge : std::uint8_t {
  full,           ///< Prefixes, registries, relationships, organisations, exchanges.
  prefixes_only,  ///< Nothing but who announces what.
};

class JudgedCampaign {
 public:
  /// Simulates, traces and concludes.
  JudgedCampaign(std::uint64_t seed, Knowledge knowledge);

  [[nodiscard]] const testing::internet::Internet& internet() const { return internet_; }
  [[nodiscard]] const testing::internet::Campaign& campaign() const { return campaign_; }
  [[nodiscard]] const std::vector<testing::internet::Unit>& units() const { return units_; }
  [[nodiscard]] const ip2as::NetworkData& data() const { return *data_; }
  /// What was concluded of a trace, by its place in the campaign.
  [[nodiscard]] const inference::LastHop& last_hop(std::size_t trace) const { return last_hops_[trace]; }
  /// Traces taken in and concluded about in a second of processor time.
  [[nodiscard]] double traces_per_second() const { return traces_per_second_; }

 private:
  void conclude();

  testing::internet::Internet internet_;
  testing::internet::CampaignSettings settings_;
  testing::internet::Campaign campaign_;
  std::vector<testing::internet::Unit> units_;
  std::shared_ptr<const ip2as::NetworkData> data_;
  std::vector<inference::LastHop> last_hops_;
  double traces_per_second_{0};
};

}  // namespace isthmus::bench
