#pragma once
// How the targets of a configuration are divided among the partitions of a stream. Pure functions; any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "app/partition_core.hpp"
#include "app/service_parts.hpp"
#include "app/stream_core_runner.hpp"

namespace isthmus::app {

/// With the targets of this partition only.
[[nodiscard]] resilience::CoreSettings settings_of_partition(const resilience::CoreSettings& whole,
                                                             std::uint32_t partition, std::uint32_t partitions);

/// How the core of each partition begins: with what the store has of its targets, and from where it stood in the
/// stream.
[[nodiscard]] std::vector<PartitionCore::Start> starts_of(const config::PartitionRange& range,
                                                          const resilience::CoreSettings& whole,
                                                          const std::shared_ptr<const ip2as::NetworkData>& data,
                                                          Stored stored,
                                                          const std::vector<store::StreamProgress>& progress);

/// What changes for them with another configuration.
[[nodiscard]] StreamCoreRunner::Reconfiguration reconfiguration_of(const config::PartitionRange& range,
                                                                   const resilience::CoreSettings& whole,
                                                                   std::shared_ptr<const ip2as::NetworkData> data);

/// How much of the latest past a core that starts is told once more: enough rounds for beliefs, and all paths once.
[[nodiscard]] Duration rehearsal_for(const config::ProbingConfig& probing);

}  // namespace isthmus::app
