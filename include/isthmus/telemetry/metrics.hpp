#pragma once
// The metrics page: everything Prometheus reads, built anew from one snapshot at every scrape, so that series
// of things that are gone vanish by themselves. Any thread, many at a time: a scrape sees an immutable snapshot and
// keeps nobody waiting.

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::telemetry {

/// Upper bounds of the buckets of delays between an observation and the core's knowing of it.
inline constexpr std::array kDelayBucketsSeconds{0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0};

/// How a core of a fleet fares with the stream that it reads. Counters count since the start of the process.
struct StreamStatus {
  struct Partition {
    std::uint32_t number{0};
    bool caught_up{false};                 ///< Has been read to its end since the start.
    std::optional<std::uint64_t> pending;  ///< Messages not read yet; nothing before the first look.
    Timestamp log_time{};                  ///< When the broker had the latest message.
    std::uint64_t messages{0};             ///< Observations and reports taken in,
    std::uint64_t missing{0};              ///< and those that never came, as far as numbers tell.
    std::vector<std::pair<std::string, std::uint64_t>> rejected;  ///< Batches, by reason; every reason has its entry.
    std::vector<std::uint64_t> delays;  ///< One for each of the buckets above and one without bound; not cumulative.
    double delay_seconds{0};            ///< Their sum.
    std::string problem;                ///< What is wrong with it; empty while all is well.
    bool elsewhere{false};              ///< Another core judges it.
    bool unread{false};                 ///< No other does, and it cannot be read.
  };
  bool connected{false};
  std::uint64_t connects{0};
  std::string problem;    ///< Of the connection.
  Timestamp published{};  ///< When the core last made a snapshot, by our own clock.
  std::vector<Partition> partitions;
  std::uint64_t requests{0};         ///< Sent to agents,
  std::uint64_t requests_failed{0};  ///< and those that could not be.
};

/// How many series a page may have, and what has been left out since the start of the process. One for all scrapes,
/// which share its memory of what was left out last; any thread.
class SeriesLimit {
 public:
  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
  explicit SeriesLimit(std::uint64_t most = kNone) : most_(most) {}

  [[nodiscard]] std::uint64_t most() const { return most_; }
  /// How many of the groups, from the first on, a page has to do without; never the last one. What was left out before
  /// comes back only where a tenth of the limit stays free: series that come and go with every scrape would be worse
  /// than none.
  [[nodiscard]] std::size_t leave_out(std::span<const std::uint64_t> series_of_groups);
  /// Series left out so far, added up over all pages.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  const std::uint64_t most_;
  mutable std::mutex mutex_;
  std::size_t left_out_{0};   // guarded by mutex_
  std::uint64_t dropped_{0};  // guarded by mutex_
};

/// A source of targets beside the configuration file.
struct TargetSourceStatus {
  std::string source;
  std::size_t targets{0};     ///< In use.
  std::uint64_t failures{0};  ///< Times that it could not be read, or that what it says is no good.
  bool failing{false};        ///< The latest time was one.
  Timestamp success{};        ///< When all was well for the last time.
};

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
  std::optional<StreamStatus> stream{};  ///< Of a core in a fleet.
  std::vector<TargetSourceStatus> target_sources{};
  std::shared_ptr<SeriesLimit> series{std::make_shared<SeriesLimit>()};
};

/// Prometheus text format, version 0.0.4. Without a snapshot (the core has not produced one yet), only the
/// families about the process.
[[nodiscard]] std::string metrics_text(const resilience::Snapshot* snapshot, const ProcessStatus& status);

}  // namespace isthmus::telemetry
