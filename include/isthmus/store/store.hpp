#pragma once
// What survives a restart: the event log and the baseline, in one SQLite file. All functions may be called
// from any thread; writing calls serialise on one lock, reading calls on another, so that a slow reader (an
// HTTP client) never holds up the core. A failing disk never stops monitoring: failures are values and
// counters, events wait in memory.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/model/event_query.hpp"

namespace isthmus::resilience {
struct Baseline;
}

namespace isthmus::store {

struct StoreOptions {
  std::string path;
  /// Events older than this are expired; 0 keeps them for ever.
  Duration retention{std::chrono::hours(24 * 90)};
  Duration busy_timeout{std::chrono::milliseconds(250)};  ///< How long a call waits for somebody else's lock.
  Duration retry_interval{std::chrono::seconds(1)};       ///< After a failed write, none is tried for so long.
  std::size_t backlog_limit{10'000};                      ///< Events kept in memory while the file cannot be written.
  bool read_only{false};                                  ///< For `isthmus events` beside a running monitor.
};

struct StoreStatus {
  std::uint64_t failures{0};     ///< Calls that failed since the start.
  std::string last_error;        ///< Text of the latest failure; empty while all is well.
  std::size_t backlog{0};        ///< Events waiting in memory.
  std::uint64_t events_lost{0};  ///< Events dropped because the backlog was full.
};

class Store {
 public:
  /// Touches no file; open() does, and every writing call tries again while it has not worked yet.
  explicit Store(StoreOptions options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Opens or creates the file and migrates its schema. Errors: not_found, permission_denied, busy (locked),
  /// parse_failed (no database or a damaged one; the file is left alone), io_failed (disk full), refused
  /// (written by a newer isthmus).
  [[nodiscard]] Result<void> open();

  /// Assigns event.id (ascending and unique) and writes the event in one transaction. On failure the event
  /// keeps its id, waits in the backlog and is written by a later append() or flush(). An id given out before
  /// the file could ever be opened counts from the event's Unix time in milliseconds, which is far above the
  /// ids in the file.
  [[nodiscard]] Result<void> append(Event& event);

  /// Writes the backlog, if any; call it now and then.
  [[nodiscard]] Result<void> flush();

  /// Ascending id; see EventQuery for which. Events still in the backlog are found too.
  [[nodiscard]] Result<std::vector<Event>> events(const EventQuery& query) const;
  [[nodiscard]] Result<std::optional<Event>> event(std::uint64_t id) const;

  /// Replaces the stored baseline in one transaction.
  [[nodiscard]] Result<void> save(const resilience::Baseline& baseline);
  /// The stored baseline; an empty one when nothing was saved yet.
  [[nodiscard]] Result<resilience::Baseline> load() const;

  /// Deletes events older than the retention time, at most some thousands a call; how many went.
  [[nodiscard]] Result<std::uint64_t> expire(Timestamp now);

  [[nodiscard]] StoreStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::store
