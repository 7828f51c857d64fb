#pragma once
// What the core is told about the world it watches. Value types; any thread.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/inference/target_network.hpp"
#include "isthmus/model/address.hpp"

namespace isthmus::resilience {

struct TargetSettings {
  inference::TargetNetwork network;
  std::vector<Block> blocks;           ///< Blocks of its prefixes, ascending; observations of others are ignored.
  std::vector<IpAddress> addresses{};  ///< That its owner names as answering; hosts that stay, as hosts go.
  friend bool operator==(const TargetSettings&, const TargetSettings&) = default;
};

struct VantageSettings {
  std::string name;
  Asn asn;
  friend bool operator==(const VantageSettings&, const VantageSettings&) = default;
};

struct CoreSettings {
  std::vector<TargetSettings> targets;
  std::vector<VantageSettings> vantages;
  /// Stable unrelated addresses that every vantage point pings. Without any, a vantage point that is cut off
  /// cannot be told from an outage: it then counts as valid while its prober works and its observations are
  /// fresh.
  std::vector<IpAddress> controls;
  Duration ping_interval{std::chrono::seconds(10)};
  Duration ping_timeout{std::chrono::seconds(1)};
  bool pings_rotate{false};  ///< Rounds ask one address of a block, and a block can be asked ahead of its round.
  Duration trace_interval{std::chrono::seconds(60)};
  /// Paths are looked at that often between traces, and only what is new is reported; nothing: traces are all there is.
  std::optional<Duration> sentinel_interval{};
  std::string prefix_data;  ///< Version or file name of the prefix-to-AS data, for the snapshot.
  friend bool operator==(const CoreSettings&, const CoreSettings&) = default;
};

}  // namespace isthmus::resilience
