#pragma once
// What the core must remember across a restart, as plain structs: without it a restart would repeat events or
// forget what was normal. Written by the store, read back into a new Core. Value types; any thread.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/model/event.hpp"

namespace isthmus::resilience {

/// Redundancy of a block or of a whole target, for events.
enum class Redundancy : std::uint8_t {
  never,  ///< Two upstreams at once were never seen.
  held,
  lost,  ///< redundancy_lost was raised, redundancy_restored not yet.
};
[[nodiscard]] const char* to_string(Redundancy redundancy);

struct UpstreamMemory {
  Asn asn;
  bool lost{false};
  Timestamp first_seen{};
  Timestamp last_seen{};
  friend bool operator==(const UpstreamMemory&, const UpstreamMemory&) = default;
};

/// An address that is known to answer one vantage point, and how reliably it does.
struct AddressMemory {
  std::string vantage;
  IpAddress address;
  double answer_rate{0};
  friend bool operator==(const AddressMemory&, const AddressMemory&) = default;
};

/// An address that has answered anybody, and what is known of how often it leaves for good.
struct HostMemory {
  IpAddress address;
  Timestamp last_answer{};
  double watched_days{0};  ///< During which it answered.
  std::uint32_t departures{0};
  bool gone{false};  ///< Others have answered since it left.
  friend bool operator==(const HostMemory&, const HostMemory&) = default;
};

struct BlockMemory {
  Block block;
  State state{State::unknown};  ///< The last state that was known.
  Timestamp since{};
  bool announced_down{false};  ///< block_down was raised, block_up not yet.
  bool learned{false};         ///< The upstreams below are the baseline; new ones are events.
  Redundancy redundancy{Redundancy::never};
  std::vector<UpstreamMemory> upstreams;  ///< Ascending ASN.
  std::vector<AddressMemory> addresses;
  std::vector<HostMemory> hosts;  ///< Ascending address.
  friend bool operator==(const BlockMemory&, const BlockMemory&) = default;
};

struct TargetMemory {
  std::string name;
  State state{State::unknown};  ///< The last state that was known; degraded or down: its event was raised.
  Timestamp since{};
  Redundancy redundancy{Redundancy::never};
  std::vector<BlockMemory> blocks;
  std::map<EventKind, std::uint64_t> events;
  friend bool operator==(const TargetMemory&, const TargetMemory&) = default;
};

struct VantageMemory {
  std::string name;
  VantageState state{VantageState::unknown};
  Timestamp since{};
  std::map<EventKind, std::uint64_t> events;
  friend bool operator==(const VantageMemory&, const VantageMemory&) = default;
};

struct Baseline {
  std::vector<TargetMemory> targets;
  std::vector<VantageMemory> vantages;
  friend bool operator==(const Baseline&, const Baseline&) = default;
};

/// What has become different in a baseline since somebody last asked: to be written over the stored one, which then is
/// the present one again. Small, however large the baseline is.
struct BaselineChanges {
  std::vector<TargetMemory> targets;  ///< New or changed; each with those of its blocks that are new or changed.
  std::vector<VantageMemory> vantages;
  std::vector<std::string> removed_targets;
  std::vector<std::pair<std::string, Block>> removed_blocks;  ///< Target and block.
  std::vector<std::string> removed_vantages;

  [[nodiscard]] bool empty() const {
    return targets.empty() && vantages.empty() && removed_targets.empty() && removed_blocks.empty() &&
           removed_vantages.empty();
  }
  friend bool operator==(const BaselineChanges&, const BaselineChanges&) = default;
};

}  // namespace isthmus::resilience
