#pragma once
// What survives a restart: the event log, the baseline and the history, in one SQLite file. All functions may be called
// from any thread; writing calls serialise on one lock, reading calls on another, so that a slow reader (an
// HTTP client) never holds up the core. A failing disk never stops monitoring: failures are values and
// counters, what could not be written waits in memory.
//
// What happened together is written together: a batch is one transaction, so that a process that dies at any moment
// leaves events and the baseline that they led to, or neither.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/model/event_query.hpp"
#include "isthmus/resilience/baseline.hpp"
#include "isthmus/resilience/daily.hpp"
#include "isthmus/resilience/late.hpp"
#include "isthmus/resilience/path_change.hpp"

namespace isthmus::store {

struct StoreOptions {
  std::string path;
  /// Events and path changes older than this are expired; 0 keeps them for ever.
  Duration retention{std::chrono::hours(24 * 90)};
  Duration daily_retention{std::chrono::hours(24 * 1826)};       ///< The same for days of targets,
  Duration daily_block_retention{std::chrono::hours(24 * 400)};  ///< and for those of blocks.
  Duration busy_timeout{std::chrono::milliseconds(250)};         ///< How long a call waits for somebody else's lock.
  /// After a failed write, none is tried for so long; after several in a row for longer, up to eight times that.
  Duration retry_interval{std::chrono::seconds(1)};
  /// After a damaged file was moved aside, the next one is not for so long: a disk that damages whatever is written
  /// must not fill up with remains.
  Duration aside_interval{std::chrono::minutes(10)};
  std::size_t backlog_limit{10'000};  ///< Events, and path changes, kept in memory while the file cannot be written.
  bool read_only{false};              ///< For `isthmus events` beside a running monitor.
};

struct StoreStatus {
  std::uint64_t failures{0};     ///< Calls that failed since the start.
  std::string last_error;        ///< Text of the latest failure; empty while all is well.
  std::size_t backlog{0};        ///< Events waiting in memory.
  std::uint64_t events_lost{0};  ///< Events dropped because the backlog was full.
  std::uint64_t damaged{0};      ///< Damaged files that were moved aside since the start.
  std::string moved_to;          ///< The latest of them; empty when there was none.
};

/// Up to where the messages of one start of an agent have been taken in.
struct StreamMark {
  std::string vantage;
  std::uint64_t boot{0};
  std::optional<std::uint64_t> next{};  ///< Number of the first one that is still to come; nothing: forget the mark.
  friend bool operator==(const StreamMark&, const StreamMark&) = default;
};

/// Up to where one partition of a stream has become what is stored beside it.
struct StreamProgress {
  std::uint32_t partition{0};
  Timestamp created{};            ///< Of the stream.
  std::uint64_t sequence{0};      ///< Of the last message taken in.
  Timestamp stored{};             ///< When the broker had that one.
  std::vector<StreamMark> marks;  ///< New or changed.
  friend bool operator==(const StreamProgress&, const StreamProgress&) = default;
};

/// What is written in one transaction.
struct Batch {
  std::vector<Event> events;  ///< Without ids.
  resilience::BaselineChanges baseline;
  resilience::PathChanges paths;
  std::vector<resilience::DayRecord> days;
  std::vector<resilience::LateTally> late;  ///< To be added to what is stored.
  std::vector<StreamProgress> progress{};   ///< In a fleet.
  std::optional<Timestamp> alive;           ///< Up to then the present conditions of all days hold.
};

struct Written {
  /// The file does not hold what was written earlier: it was damaged and a new one begun, or it could not be read
  /// before. Whoever keeps track of what is stored must tell everything again.
  bool anew{false};
};

/// Days that a stopped program has left.
struct OpenDays {
  std::vector<resilience::DayRecord> records;
  Timestamp alive{};
};

struct Expired {
  std::uint64_t events{0};
  std::uint64_t path_changes{0};
  std::uint64_t days{0};
  bool more{false};  ///< There is more to be deleted; call again soon.
};

class Store {
 public:
  /// Touches no file; open() does, and every writing call tries again while it has not worked yet.
  explicit Store(StoreOptions options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Opens or creates the file and migrates its schema. A damaged file is moved aside, to
  /// `<path>.corrupt-YYYYMMDDTHHMMSSZ` with its -wal and -shm, and a new one is begun; status() tells. Errors:
  /// not_found, permission_denied, busy (locked), io_failed (disk full), refused (written by a newer isthmus or by
  /// another program; the file is not touched).
  [[nodiscard]] Result<void> open();

  /// Assigns ids (ascending and unique) to the events of the batch and writes all of it in one transaction, together
  /// with what waits. On failure the events keep their ids, and everything waits in memory and is written by the next
  /// call: events and path changes up to the limit, of the rest the latest state. An id given out before the file could
  /// ever be opened counts from the event's Unix time in milliseconds, which is far above the ids in the file.
  [[nodiscard]] Result<Written> write(Batch& batch);

  /// Ascending id; see EventQuery for which. Events that wait are found too.
  [[nodiscard]] Result<std::vector<Event>> events(const EventQuery& query) const;
  [[nodiscard]] Result<std::optional<Event>> event(std::uint64_t id) const;

  /// The stored baseline; an empty one when nothing was saved yet.
  [[nodiscard]] Result<resilience::Baseline> load() const;
  /// Where a core of a fleet stands; empty when nothing was saved yet.
  [[nodiscard]] Result<std::vector<StreamProgress>> progress() const;
  /// When load() failed: the next write() is to begin anew.
  void discard_baseline();

  /// Days not yet over when the program was last alive, to go on with; none when nothing is stored.
  [[nodiscard]] Result<OpenDays> open_days() const;
  /// Ascending day; the latest one up to the moment at which the writing program was last known to be alive.
  [[nodiscard]] Result<std::vector<resilience::DayRecord>> days(const resilience::HistoryQuery& query) const;
  /// What was told late of those days: ascending day, then vantage point.
  [[nodiscard]] Result<std::vector<resilience::LateTally>> late(const resilience::HistoryQuery& query) const;
  /// The latest ones, oldest first, and what was left out of that time.
  [[nodiscard]] Result<resilience::PathChanges> path_changes(const resilience::PathChangeQuery& query) const;

  /// Deletes what is older than the retention times and gives the space back, in small steps: some hundred rows a call.
  [[nodiscard]] Result<Expired> expire(Timestamp now);

  [[nodiscard]] StoreStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::store
