#pragma once
// The metrics page: everything Prometheus reads, built anew from one snapshot at every scrape, so that series
// of things that are gone vanish by themselves. Pure function; any thread.

#include <cstdint>
#include <string>

#include "isthmus/base/time.hpp"
#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::telemetry {

/// What the running program says about itself beside the snapshot. Counters count since the start of the
/// process.
struct ProcessStatus {
  std::string version;
  std::string revision;  ///< Of the source; empty when unknown.
  bool config_reload_successful{true};
  Timestamp config_reload_success{};  ///< When a configuration was last loaded.
  std::uint64_t store_failures{0};
  std::uint64_t store_backlog{0};  ///< Events waiting in memory for the store.
  std::uint64_t store_events_lost{0};
  std::uint64_t store_damaged{0};     ///< Damaged files that were moved aside,
  std::string store_moved_to;         ///< the latest of them here; empty when there was none.
  std::uint64_t messages_dropped{0};  ///< By the bus between vantage points and core.
  std::uint64_t ip2as_prefixes{0};
  Timestamp ip2as_loaded{};
};

/// Prometheus text format, version 0.0.4. Without a snapshot (the core has not produced one yet), only the
/// families about the process.
[[nodiscard]] std::string metrics_text(const resilience::Snapshot* snapshot, const ProcessStatus& status);

}  // namespace isthmus::telemetry
