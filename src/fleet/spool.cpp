#include "fleet/spool.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "sqlite/set_aside.hpp"

namespace isthmus::fleet {
namespace {

using sqlite::Database;
using sqlite::OpenMode;
using sqlite::Transaction;

// PRAGMA application_id of spools: "ispo" in ASCII.
constexpr const char* kApplicationId = "1769173103";
constexpr const char* kSchema =
    "CREATE TABLE batches (number INTEGER PRIMARY KEY AUTOINCREMENT, vantage TEXT NOT NULL, partition INTEGER NOT NULL,"
    " boot INTEGER NOT NULL, first INTEGER NOT NULL, messages INTEGER NOT NULL, time INTEGER NOT NULL, subject TEXT "
    "NOT NULL,"
    " bytes BLOB NOT NULL) STRICT";
// Rows dropped in one step when the spool is full: each step is a transaction.
constexpr std::int64_t kDroppedAtOnce = 64;

Error not_ours(const std::string& path) {
  return {ErrorCode::refused, "use spool " + path,
          "it is a file of another program or of another isthmus, and was left alone; configure another path"};
}

// Creates the table in an empty file; refuses another program's.
Result<void> set_up(Database& database) {
  const auto id = database.integer("PRAGMA application_id");
  if (!id) return id.error();
  const auto tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables > 0 && std::to_string(*id) != kApplicationId) return not_ours(database.path());
  if (*tables > 0 && database.integer("PRAGMA user_version").value() != 1) return not_ours(database.path());
  const auto tuned = database.execute(
      "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
      "PRAGMA journal_size_limit = 16777216");
  if (!tuned || *tables > 0) return tuned;
  const std::string mark = std::string("PRAGMA application_id = ") + kApplicationId + "; PRAGMA user_version = 1";
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (const auto made = database.execute(kSchema); !made) return made.error();
  if (const auto marked = database.execute(mark.c_str()); !marked) return marked.error();
  return transaction->commit();
}

Result<Database> open_file(const std::string& path) {
  auto database = Database::open(path, OpenMode::read_write, std::chrono::milliseconds(250));
  if (!database) return database.error();
  if (const auto ready = set_up(*database); !ready) {
    if (!database->damaged()) return ready.error();
    return Error{ErrorCode::parse_failed, ready.error().operation, ready.error().detail};
  }
  return database;
}

}  // namespace

Spool::Spool(SpoolSettings settings, sqlite::WriterLock lock)
    : settings_(std::move(settings)), lock_(std::move(lock)) {}

Result<Spool> Spool::open(SpoolSettings settings, Timestamp now) {
  auto lock = sqlite::WriterLock::acquire(settings.path);
  if (!lock) return lock.error();
  Spool spool(std::move(settings), std::move(*lock));
  if (const auto opened = spool.reopen(now); !spool.noted(opened, Work::write)) {
    if (opened.error().code != ErrorCode::io_failed) return opened.error();
    spool.database_.reset();
    // Above all numbers in the file, which nobody can look up now: there is less than one a millisecond.
    spool.next_number_ = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  }
  return spool;
}

// A damaged file is moved out of the way: what was in it is lost, what comes is not.
Result<void> Spool::reopen(Timestamp now) {
  database_.reset();
  auto database = open_file(settings_.path);
  if (!database && database.error().code == ErrorCode::parse_failed) {
    auto moved = sqlite::set_aside(settings_.path, now);
    if (!moved) return moved.error();
    status_.moved_to = *moved;
    // As far as they were counted; of what messages they were nobody knows.
    status_.dropped_batches += status_.batches - memory_.size();
    database = open_file(settings_.path);
  }
  if (!database) return database.error();
  database_ = std::make_unique<Database>(std::move(*database));
  return recount();
}

Result<void> Spool::recount() {
  auto sums = database_->prepare("SELECT count(*), coalesce(sum(length(bytes)), 0) FROM batches");
  if (!sums) return sums.error();
  const auto row = sums->step();
  if (!row) return row.error();
  status_.batches = static_cast<std::uint64_t>(sums->integer(0)) + memory_.size();
  status_.bytes = static_cast<std::uint64_t>(sums->integer(1)) + memory_bytes_;
  const auto last = database_->integer("SELECT coalesce(max(seq), 0) FROM sqlite_sequence");
  if (!last) return last.error();
  next_number_ = std::max(next_number_, static_cast<std::uint64_t>(*last) + 1);
  ++openings_;
  return {};
}

void Spool::append(std::vector<Waiting> batches, Timestamp now) {
  if (batches.empty()) return;
  for (Waiting& batch : batches) {
    batch.number = next_number_++;
    ++status_.batches;
    status_.bytes += batch.bytes.size();
    hold_in_memory(std::move(batch), now);
  }
  flush_memory(now);
  while (status_.bytes > settings_.most_bytes && drop_oldest()) {
  }
}

void Spool::hold_in_memory(Waiting batch, Timestamp now) {
  memory_bytes_ += batch.bytes.size();
  memory_.push_back({std::move(batch), now});
}

void Spool::flush_memory(Timestamp now) {
  if (!database_ && !noted(reopen(now), Work::write)) return keep_memory_small();
  if (!noted(write_memory(), Work::write)) {
    // Whether it was damaged, or is full: the next batch tries again.
    if (database_->damaged()) database_.reset();
    return keep_memory_small();
  }
  memory_.clear();
  memory_bytes_ = 0;
  // What could not be deleted while the disk was full would be sent once more after a restart.
  if (!arrived_.empty()) remove({});
}

Result<void> Spool::write_memory() {
  if (memory_.empty()) return {};
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return transaction.error();
  auto insert = database_->prepare("INSERT INTO batches VALUES (?,?,?,?,?,?,?,?,?)");
  if (!insert) return insert.error();
  for (const Held& held : memory_) {
    const Waiting& batch = held.batch;
    insert->bind(static_cast<std::int64_t>(batch.number)).bind(batch.id.vantage);
    insert->bind(std::int64_t{batch.id.partition})
        .bind(static_cast<std::int64_t>(batch.id.boot))
        .bind(static_cast<std::int64_t>(batch.id.first));
    insert->bind(std::int64_t{batch.messages}).bind(held.time).bind(batch.subject).bind_bytes(batch.bytes);
    if (const auto done = insert->run(); !done) return done.error();
  }
  return transaction->commit();
}

void Spool::keep_memory_small() {
  while (memory_bytes_ > settings_.most_bytes_in_memory && !memory_.empty()) {
    const Waiting& oldest = memory_.front().batch;
    memory_bytes_ -= oldest.bytes.size();
    count_dropped(1, oldest.messages, oldest.bytes.size());
    memory_.pop_front();
  }
}

// The oldest rows of the file; false when there are none, or they cannot be deleted.
bool Spool::drop_oldest() {
  if (!database_) return false;
  const auto done = [&]() -> Result<void> {
    auto transaction = Transaction::begin(*database_);
    if (!transaction) return transaction.error();
    auto oldest = database_->prepare("SELECT number, messages, length(bytes) FROM batches ORDER BY number LIMIT ?");
    if (!oldest) return oldest.error();
    oldest->bind(kDroppedAtOnce);
    std::uint64_t batches = 0;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::int64_t last = 0;
    while (status_.bytes - bytes > settings_.most_bytes) {
      const auto row = oldest->step();
      if (!row) return row.error();
      if (!*row) break;
      last = oldest->integer(0);
      ++batches;
      messages += static_cast<std::uint64_t>(oldest->integer(1));
      bytes += static_cast<std::uint64_t>(oldest->integer(2));
    }
    if (batches == 0) return Error{ErrorCode::not_found, "make room in spool " + settings_.path, "it is empty"};
    oldest->rewind();
    auto remove = database_->prepare("DELETE FROM batches WHERE number <= ?");
    if (!remove) return remove.error();
    if (const auto removed = remove->bind(last).run(); !removed) return removed.error();
    if (const auto committed = transaction->commit(); !committed) return committed.error();
    count_dropped(batches, messages, bytes);
    return {};
  }();
  if (done || done.error().code == ErrorCode::not_found) return done.has_value();
  return noted(done, Work::write);
}

std::vector<Spool::Waiting> Spool::read(std::uint64_t after, std::uint64_t most_bytes) {
  std::vector<Waiting> found;
  std::uint64_t bytes = 0;
  const auto has_room = [&] { return found.empty() || bytes < most_bytes; };
  const auto done = [&]() -> Result<void> {
    if (!database_) return {};
    auto select = database_->prepare(
        "SELECT number, vantage, partition, boot, first, messages, subject, bytes FROM batches WHERE number > ? ORDER "
        "BY number");
    if (!select) return select.error();
    select->bind(static_cast<std::int64_t>(after));
    while (has_room()) {
      const auto row = select->step();
      if (!row) return row.error();
      if (!*row) break;
      Waiting& batch = found.emplace_back();
      batch.number = static_cast<std::uint64_t>(select->integer(0));
      batch.id = {select->text(1), static_cast<std::uint32_t>(select->integer(2)),
                  static_cast<std::uint64_t>(select->integer(3)), static_cast<std::uint64_t>(select->integer(4))};
      batch.messages = static_cast<std::uint32_t>(select->integer(5));
      batch.subject = select->text(6);
      batch.bytes = select->text(7);
      bytes += batch.bytes.size();
    }
    return {};
  }();
  if (!noted(done, Work::read) && database_ && database_->damaged()) database_.reset();
  // What memory holds is newer than all of the file.
  for (const Held& held : memory_) {
    if (held.batch.number <= after || !has_room()) continue;
    bytes += held.batch.bytes.size();
    found.push_back(held.batch);
  }
  return found;
}

void Spool::remove(const std::vector<std::uint64_t>& numbers) {
  std::erase_if(memory_, [&](const Held& held) {
    if (std::ranges::find(numbers, held.batch.number) == numbers.end()) return false;
    memory_bytes_ -= held.batch.bytes.size();
    status_.bytes -= held.batch.bytes.size();
    --status_.batches;
    return true;
  });
  arrived_.insert(arrived_.end(), numbers.begin(), numbers.end());
  if (database_ && !arrived_.empty() && noted(delete_arrived(), Work::remove)) arrived_.clear();
}

Result<void> Spool::delete_arrived() {
  auto transaction = Transaction::begin(*database_);
  if (!transaction) return transaction.error();
  auto remove = database_->prepare("DELETE FROM batches WHERE number = ? RETURNING length(bytes)");
  if (!remove) return remove.error();
  std::uint64_t batches = 0;
  std::uint64_t bytes = 0;
  for (const std::uint64_t number : arrived_) {
    const auto row = remove->bind(static_cast<std::int64_t>(number)).step();
    if (!row) return row.error();
    batches += *row ? 1 : 0;
    bytes += *row ? static_cast<std::uint64_t>(remove->integer(0)) : 0;
    remove->rewind();
  }
  if (const auto committed = transaction->commit(); !committed) return committed.error();
  status_.batches -= batches;
  status_.bytes -= bytes;
  return {};
}

void Spool::keep_house(Timestamp now) {
  if (!database_) return;
  const auto done = [&]() -> Result<void> {
    auto remove = database_->prepare("DELETE FROM batches WHERE time < ? RETURNING messages, length(bytes)");
    if (!remove) return remove.error();
    remove->bind(now - settings_.most_age);
    while (true) {
      const auto row = remove->step();
      if (!row) return row.error();
      if (!*row) break;
      count_dropped(1, static_cast<std::uint64_t>(remove->integer(0)), static_cast<std::uint64_t>(remove->integer(1)));
    }
    return database_->execute("PRAGMA incremental_vacuum(1024)");
  }();
  noted(done, Work::tidy);
}

void Spool::count_dropped(std::uint64_t batches, std::uint64_t messages, std::uint64_t bytes) {
  status_.batches -= batches;
  status_.bytes -= bytes;
  status_.dropped_batches += batches;
  status_.dropped_messages += messages;
}

// Removing what was never in the file costs no space, and says nothing about a disk that is full; writing does.
bool Spool::noted(const Result<void>& done, Work work) {
  if (done && work == Work::write) errors_ = {};
  errors_[static_cast<std::size_t>(work)] = done ? std::string() : to_string(done.error());
  status_.failures += done ? 0 : 1;
  const auto worst = std::ranges::find_if_not(errors_, &std::string::empty);
  status_.last_error = worst == errors_.end() ? std::string() : *worst;
  return done.has_value();
}

}  // namespace isthmus::fleet
