#include "isthmus/store/store.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>

#include "sqlite/set_aside.hpp"
#include "sqlite/writer_lock.hpp"
#include "store/backlog.hpp"
#include "store/baseline_table.hpp"
#include "store/connections.hpp"
#include "store/day_table.hpp"
#include "store/event_table.hpp"
#include "store/inspect.hpp"
#include "store/late_table.hpp"
#include "store/path_table.hpp"
#include "store/pending.hpp"
#include "store/retention.hpp"
#include "store/stream_table.hpp"

namespace isthmus::store {
namespace {

// Of the retry interval, after many failures in a row.
constexpr int kLongestRetries = 8;

Timestamp wall_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

Result<void> write_all(Database& database, NameTable& names, const std::deque<Event>& events, const Pending& pending) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (const auto done = insert_events(database, events); !done) return done.error();
  if (pending.replace_baseline) {
    if (const auto done = delete_baseline(database); !done) return done.error();
  }
  if (const auto done = write_changes(database, names, pending.baseline); !done) return done.error();
  if (const auto done = insert_path_changes(database, names, pending.paths); !done) return done.error();
  if (const auto done = write_days(database, names, pending.days); !done) return done.error();
  if (const auto done = add_late(database, names, pending.late); !done) return done.error();
  if (const auto done = write_progress(database, pending.progress); !done) return done.error();
  if (pending.alive) {
    if (const auto done = write_alive(database, *pending.alive); !done) return done.error();
  }
  return transaction->commit();
}

// A day that goes on, up to when its writer was last alive.
std::vector<resilience::DayRecord> up_to(std::vector<resilience::DayRecord> records, std::optional<Timestamp> alive) {
  if (!alive) return records;
  for (resilience::DayRecord& record : records) record = resilience::settled(std::move(record), *alive);
  return records;
}

}  // namespace

// Locks, always in this order: writing_ (a transaction long), reading_ (a query long), state_ (a copy long). The
// backlog, which only writers change, has one of its own.
class Store::Impl {
 public:
  explicit Impl(StoreOptions options) : options_(std::move(options)), backlog_(options_.backlog_limit) {}

  Result<void> open() {
    const std::lock_guard writing(writing_);
    if (options_.read_only) {
      const std::lock_guard reading(reading_);
      return noted(ensure_reader());
    }
    return noted(ensure_writer());
  }

  Result<Written> write(Batch& batch) {
    const std::lock_guard writing(writing_);
    if (options_.read_only) return noted(read_only_error()).error();
    Result<void> done = ready();
    note_lost(backlog_.add(batch.events));  // Only now: the file knows which ids are taken.
    pending_.add(batch, options_.backlog_limit);
    if (done) done = write_pending();
    if (!done && is_damaged()) {
      done = replace_damaged();
      if (done) done = write_pending();
    }
    if (const auto ended = concluded(std::move(done)); !ended) return ended.error();
    return Written{.anew = std::exchange(anew_, false)};
  }

  void discard_baseline() {
    const std::lock_guard writing(writing_);
    begin_anew();
  }

  Result<Expired> expire(Timestamp now) {
    const std::lock_guard writing(writing_);
    if (options_.read_only) return noted(read_only_error()).error();
    Expired expired;
    Result<void> done = ready();
    if (done) done = delete_old(*writer_, options_, now, expired);
    if (done) done = give_back(*writer_, expired);
    if (!done && is_damaged()) done = replace_damaged();
    if (const auto ended = concluded(std::move(done)); !ended) return ended.error();
    return expired;
  }

  Result<std::vector<Event>> events(const EventQuery& query) {
    // The backlog first: an event written in between is then seen twice rather than not at all.
    std::map<std::uint64_t, Event> found = backlog_.matching(query);
    const std::lock_guard reading(reading_);
    auto stored = read(&select_events, query);
    if (!stored) return stored.error();
    for (Event& event : *stored) {
      const auto id = event.id;
      found.insert_or_assign(id, std::move(event));
    }
    std::vector<Event> events;
    events.reserve(found.size());
    for (auto& [id, event] : found) events.push_back(std::move(event));
    if (events.size() > query.limit) {
      const auto excess = static_cast<std::ptrdiff_t>(events.size() - query.limit);
      query.after_id ? events.erase(events.end() - excess, events.end())
                     : events.erase(events.begin(), events.begin() + excess);
    }
    return events;
  }

  Result<resilience::Baseline> load() {
    const std::lock_guard reading(reading_);
    return read(&read_baseline);
  }

  Result<std::vector<StreamProgress>> progress() {
    const std::lock_guard reading(reading_);
    return read(&select_progress);
  }

  Result<OpenDays> open_days() {
    const std::lock_guard reading(reading_);
    const auto alive = read(&read_alive);
    if (!alive) return alive.error();
    if (!*alive) return OpenDays{};
    // Days are ended a little late: the one before may still be open.
    const auto first = std::chrono::floor<std::chrono::days>(**alive) - std::chrono::days(1);
    auto records = read(&select_days_since, first);
    if (!records) return records.error();
    return OpenDays{.records = std::move(*records), .alive = **alive};
  }

  Result<std::vector<resilience::DayRecord>> days(const resilience::HistoryQuery& query) {
    const std::lock_guard reading(reading_);
    const auto alive = read(&read_alive);
    if (!alive) return alive.error();
    auto records = read(&select_days, query);
    if (!records) return records.error();
    return up_to(std::move(*records), *alive);
  }

  Result<std::vector<resilience::LateTally>> late(const resilience::HistoryQuery& query) {
    const std::lock_guard reading(reading_);
    return read(&select_late, query);
  }

  Result<resilience::PathChanges> path_changes(const resilience::PathChangeQuery& query) {
    const std::lock_guard reading(reading_);
    auto kept = read(&select_path_changes, query);
    if (!kept) return kept.error();
    auto left_out = read(&select_left_out, query);
    if (!left_out) return left_out.error();
    return resilience::PathChanges{.kept = std::move(*kept), .left_out = std::move(*left_out)};
  }

  StoreStatus status() {
    const std::lock_guard state(state_);
    StoreStatus status = status_;
    status.backlog = backlog_.size();
    return status;
  }

 private:
  Error read_only_error() const {
    return Error{ErrorCode::refused, "write store " + options_.path, "it was opened for reading only"};
  }

  Result<void> ensure_writer() {
    if (writer_) return {};
    auto state = inspect(options_.path, options_.busy_timeout);
    if (!state) return state.error();
    if (!lock_) {
      // After the first look: the lock's file tells that a store was used here before.
      auto lock = sqlite::WriterLock::acquire(options_.path);
      if (!lock) return lock.error();
      lock_.emplace(std::move(*lock));
      // Whoever held the lock until now may have seen to it.
      if (*state == FileState::damaged) state = inspect(options_.path, options_.busy_timeout);
      if (!state) return state.error();
    }
    if (*state == FileState::damaged) {
      if (const auto moved = move_aside(); !moved) return moved.error();
    }
    auto opened = open_writer(options_.path, options_.busy_timeout);
    if (!opened) return opened.error();
    const auto last = last_event_id(*opened);
    if (!last) return last.error();
    writer_.emplace(std::move(*opened));
    backlog_.number_from(*last);
    return {};
  }

  Result<void> ensure_reader() {
    if (reader_) return {};
    auto opened = open_reader(options_.path, options_.busy_timeout);
    if (!opened) return opened.error();
    reader_.emplace(std::move(*opened));
    return {};
  }

  // Runs a query on the reading connection; the caller holds reading_.
  template <typename Query, typename... Args>
  auto read(const Query& query, const Args&... args) -> decltype(query(std::declval<Database&>(), args...)) {
    if (const auto ready = ensure_reader(); !ready) return noted(ready).error();
    auto result = query(*reader_, args...);
    if (!result) static_cast<void>(noted(result.error()));
    if (reader_->damaged()) reader_met_damage_ = true;
    return result;
  }

  // The file is moved aside and the next one begun empty. The caller holds writing_.
  Result<void> move_aside() {
    const auto now = std::chrono::steady_clock::now();
    if (moved_at_ && now - *moved_at_ < options_.aside_interval) {
      return Error{ErrorCode::io_failed, "use store " + options_.path,
                   "the file is damaged, and so was the one before; see whether the disk or the memory fails"};
    }
    const std::lock_guard reading(reading_);
    writer_.reset();
    reader_.reset();
    auto moved = sqlite::set_aside(options_.path, wall_now());
    if (!moved) return moved.error();
    moved_at_ = now;
    reader_met_damage_ = false;
    begin_anew();
    backlog_.number_without_file(wall_now());
    const std::lock_guard state(state_);
    ++status_.damaged;
    status_.moved_to = std::move(*moved);
    return {};
  }

  bool is_damaged() const { return reader_met_damage_ || (writer_ && writer_->damaged()); }

  Result<void> replace_damaged() {
    if (const auto moved = move_aside(); !moved) return moved;
    return ensure_writer();
  }

  // What is stored of the baseline counts no more; see Written. The caller holds writing_.
  void begin_anew() {
    names_.forget();
    pending_.replace_baseline = true;
    anew_ = true;
  }

  // Is the file there to be written? Not asked again soon after a failure: a locked file costs its waiting
  // time on every attempt, and the core must not pay it for each of a hundred batches. The caller holds
  // writing_.
  Result<void> ready() {
    attempted_ = !failed_ || std::chrono::steady_clock::now() >= retry_at_;
    if (!attempted_) return *failed_;
    // Nothing more is written to a file of which any part is known to be damaged.
    if (is_damaged()) return replace_damaged();
    const bool late = !writer_;
    if (const auto opened = ensure_writer(); !opened) return opened;
    // Nobody knows what it holds: the baseline that is in use did not come from it.
    if (late) begin_anew();
    return {};
  }

  // Remembers how the attempt that ready() began has ended.
  Result<void> concluded(Result<void> done) {
    if (attempted_) {
      failed_ = done ? std::nullopt : std::optional(done.error());
      wait_ = done ? options_.retry_interval / 2 : std::min(2 * wait_, kLongestRetries * options_.retry_interval);
      retry_at_ = std::chrono::steady_clock::now() + wait_;
    }
    if (done) clear_error();
    return noted(std::move(done));
  }

  Result<void> write_pending() {
    if (auto written = write_all(*writer_, names_, backlog_.waiting(), pending_); !written) {
      names_.forget();
      return written;
    }
    pending_ = Pending{};
    backlog_.clear();
    return {};
  }

  Result<void> noted(Result<void> result) {
    if (result) return result;
    const std::lock_guard state(state_);
    ++status_.failures;
    status_.last_error = to_string(result.error());
    return result;
  }

  void note_lost(std::uint64_t events) {
    const std::lock_guard state(state_);
    status_.events_lost += events;
  }

  void clear_error() {
    const std::lock_guard state(state_);
    status_.last_error.clear();
  }

  const StoreOptions options_;
  std::mutex writing_;
  Backlog backlog_;  // Changed with writing_ held.
  std::optional<sqlite::WriterLock> lock_;
  std::optional<Database> writer_;
  NameTable names_;
  Pending pending_;
  bool anew_{false};             // The caller has not been told yet that it must tell everything.
  std::optional<Error> failed_;  // The latest writing attempt's failure.
  bool attempted_{false};        // Whether the present call touches the file.
  std::chrono::steady_clock::time_point retry_at_{};
  Duration wait_{options_.retry_interval / 2};  // Doubled by each failure in a row.
  std::optional<std::chrono::steady_clock::time_point> moved_at_;
  std::mutex reading_;
  std::optional<Database> reader_;
  std::atomic<bool> reader_met_damage_{false};
  std::mutex state_;
  StoreStatus status_;
};

Store::Store(StoreOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Store::~Store() = default;

Result<void> Store::open() { return impl_->open(); }
Result<Written> Store::write(Batch& batch) { return impl_->write(batch); }
Result<std::vector<Event>> Store::events(const EventQuery& query) const { return impl_->events(query); }
Result<resilience::Baseline> Store::load() const { return impl_->load(); }
Result<std::vector<StreamProgress>> Store::progress() const { return impl_->progress(); }
void Store::discard_baseline() { impl_->discard_baseline(); }
Result<OpenDays> Store::open_days() const { return impl_->open_days(); }
Result<std::vector<resilience::DayRecord>> Store::days(const resilience::HistoryQuery& query) const {
  return impl_->days(query);
}
Result<std::vector<resilience::LateTally>> Store::late(const resilience::HistoryQuery& query) const {
  return impl_->late(query);
}

Result<resilience::PathChanges> Store::path_changes(const resilience::PathChangeQuery& query) const {
  return impl_->path_changes(query);
}
Result<Expired> Store::expire(Timestamp now) { return impl_->expire(now); }
StoreStatus Store::status() const { return impl_->status(); }

Result<std::optional<Event>> Store::event(std::uint64_t id) const {
  if (id == 0) return std::optional<Event>();
  EventQuery query;
  query.after_id = id - 1;
  query.limit = 1;
  auto found = impl_->events(query);
  if (!found) return found.error();
  if (found->empty() || found->front().id != id) return std::optional<Event>();
  return std::optional<Event>(std::move(found->front()));
}

}  // namespace isthmus::store
