#include "isthmus/store/store.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "isthmus/resilience/baseline.hpp"
#include "store/baseline_table.hpp"
#include "store/event_table.hpp"
#include "store/schema.hpp"
#include "store/writer_lock.hpp"

namespace isthmus::store {
namespace {

// Bounds how long one expire() keeps the file locked.
constexpr std::size_t kExpireBatch = 5000;

std::uint64_t unix_milliseconds(Timestamp time) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return count > 0 ? static_cast<std::uint64_t>(count) : 1;
}

// The database of the writer, with everything that lives as long as it.
struct Writer {
  WriterLock lock;
  Database database;
};

Result<Writer> open_writer(const StoreOptions& options) {
  auto lock = WriterLock::acquire(options.path);
  if (!lock) return lock.error();
  auto database = Database::open(options.path, OpenMode::read_write, options.busy_timeout);
  if (!database) return database.error();
  if (const auto migrated = migrate(*database, migrations()); !migrated) return migrated.error();
  // Write-ahead log: readers do not block the writer, and a process that is killed leaves a consistent file.
  // NORMAL: a commit survives the death of the process; only a power cut may lose the last ones.
  const auto tuned =
      database->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216");
  if (!tuned) return tuned.error();
  return Writer{std::move(*lock), std::move(*database)};
}

Result<Database> open_reader(const StoreOptions& options) {
  auto database = Database::open(options.path, OpenMode::read_only, options.busy_timeout);
  if (!database) return database.error();
  if (const auto checked = check_schema(*database, migrations()); !checked) return checked.error();
  return database;
}

}  // namespace

// Locks, always in this order: writing_ (a transaction long), reading_ (a query long), state_ (a copy long).
class Store::Impl {
 public:
  explicit Impl(StoreOptions options) : options_(std::move(options)) {}

  Result<void> open() {
    const std::lock_guard writing(writing_);
    if (options_.read_only) {
      const std::lock_guard reading(reading_);
      return noted(ensure_reader());
    }
    return noted(ensure_writer());
  }

  Result<void> append(Event& event) {
    const std::lock_guard writing(writing_);
    if (options_.read_only) return noted(read_only_error());
    Result<void> done = ready();
    enqueue(event);  // Only now: the file knows which ids are taken.
    if (done) done = write_backlog();
    return concluded(std::move(done));
  }

  Result<void> flush() {
    const std::lock_guard writing(writing_);
    {
      const std::lock_guard state(state_);
      if (backlog_.empty()) return {};
    }
    return guarded([this] { return write_backlog(); });
  }

  Result<void> save(const resilience::Baseline& baseline) {
    const std::lock_guard writing(writing_);
    if (options_.read_only) return noted(read_only_error());
    return guarded([&] { return write_baseline(writer_->database, baseline); });
  }

  Result<std::uint64_t> expire(Timestamp now) {
    const std::lock_guard writing(writing_);
    if (options_.retention == Duration::zero()) return 0;
    std::uint64_t gone = 0;
    const auto done = guarded([&]() -> Result<void> {
      const auto deleted = delete_events(writer_->database, now - options_.retention, kExpireBatch);
      if (!deleted) return deleted.error();
      gone = *deleted;
      return {};
    });
    if (!done) return done.error();
    return gone;
  }

  Result<std::vector<Event>> events(const EventQuery& query) {
    // The backlog first: an event written in between is then seen twice rather than not at all.
    std::map<std::uint64_t, Event> found;
    {
      const std::lock_guard state(state_);
      for (const Event& event : backlog_) {
        if (matches(event, query)) found.emplace(event.id, event);
      }
    }
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
    return read([](Database& database) { return read_baseline(database); });
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
    auto opened = open_writer(options_);
    if (!opened) return opened.error();
    const auto last = last_event_id(opened->database);
    if (!last) return last.error();
    writer_.emplace(std::move(*opened));
    const std::lock_guard state(state_);
    // Ids given out before the file could be read are normally far above; if a clock was wrong, they move up.
    if (!backlog_.empty() && backlog_.front().id <= *last) {
      next_id_ = *last + 1;
      for (Event& event : backlog_) event.id = next_id_++;
    }
    next_id_ = std::max(next_id_, *last + 1);
    return {};
  }

  Result<void> ensure_reader() {
    if (reader_) return {};
    auto opened = open_reader(options_);
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
    return result;
  }

  // Is the file there to be written? Not asked again soon after a failure: a locked file costs its waiting
  // time on every attempt, and the core must not pay it for each of a hundred events. The caller holds
  // writing_.
  Result<void> ready() {
    attempted_ = !failed_ || std::chrono::steady_clock::now() >= retry_at_;
    if (!attempted_) return *failed_;
    return ensure_writer();
  }

  // Remembers how the attempt that ready() began has ended.
  Result<void> concluded(Result<void> done) {
    if (attempted_) {
      failed_ = done ? std::nullopt : std::optional(done.error());
      retry_at_ = std::chrono::steady_clock::now() + options_.retry_interval;
    }
    if (done) clear_error();
    return noted(std::move(done));
  }

  template <typename Action>
  Result<void> guarded(const Action& action) {
    Result<void> done = ready();
    if (done) done = action();
    return concluded(std::move(done));
  }

  // Gives the event its id and puts it into the backlog.
  void enqueue(Event& event) {
    const std::lock_guard state(state_);
    if (next_id_ == 0) next_id_ = unix_milliseconds(event.time);
    event.id = next_id_++;
    if (backlog_.size() >= options_.backlog_limit) {
      backlog_.pop_front();
      ++status_.events_lost;
    }
    backlog_.push_back(event);
  }

  Result<void> write_backlog() {
    std::vector<Event> events;
    {
      const std::lock_guard state(state_);
      events.assign(backlog_.begin(), backlog_.end());
    }
    if (const auto written = insert_events(writer_->database, events); !written) return written.error();
    const std::lock_guard state(state_);
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

  void clear_error() {
    const std::lock_guard state(state_);
    status_.last_error.clear();
  }

  const StoreOptions options_;
  std::mutex writing_;
  std::optional<Writer> writer_;
  std::optional<Error> failed_;  // The latest writing attempt's failure.
  bool attempted_{false};        // Whether the present call touches the file.
  std::chrono::steady_clock::time_point retry_at_{};
  std::mutex reading_;
  std::optional<Database> reader_;
  std::mutex state_;
  std::uint64_t next_id_{0};  // 0: not known yet.
  std::deque<Event> backlog_;
  StoreStatus status_;
};

Store::Store(StoreOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Store::~Store() = default;

Result<void> Store::open() { return impl_->open(); }
Result<void> Store::append(Event& event) { return impl_->append(event); }
Result<void> Store::flush() { return impl_->flush(); }
Result<std::vector<Event>> Store::events(const EventQuery& query) const { return impl_->events(query); }
Result<void> Store::save(const resilience::Baseline& baseline) { return impl_->save(baseline); }
Result<resilience::Baseline> Store::load() const { return impl_->load(); }
Result<std::uint64_t> Store::expire(Timestamp now) { return impl_->expire(now); }
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
