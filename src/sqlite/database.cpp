#include "sqlite/database.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <utility>

#include "isthmus/model/address.hpp"

namespace isthmus::sqlite {
namespace {

// What a person can do about a failure, by SQLite's primary result code.
Error describe(int status, const std::string& path, const std::string& text, int system_errno) {
  const std::string operation = "use store " + path;
  switch (status & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::busy, operation, "the file is locked by another program; it is tried again until it is free"};
    case SQLITE_FULL:
      return {ErrorCode::io_failed, operation,
              "the disk is full; free some space, what is new waits in memory meanwhile"};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {ErrorCode::parse_failed, operation,
              "the file is damaged or no SQLite database (" + text +
                  "); what can still be read of it, `sqlite3 FILE .recover` gets out"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {ErrorCode::permission_denied, operation,
              "it cannot be written (" + text + "); the file and its folder must be writable by this user"};
    case SQLITE_CANTOPEN: {
      Error error = system_error(operation, system_errno == 0 ? EIO : system_errno);
      error.detail += "; the folder must exist and be accessible to this user";
      return error;
    }
    default: break;
  }
  if (system_errno == 0) return {ErrorCode::io_failed, operation, text};
  Error error = system_error(operation, system_errno);
  error.detail = text + ": " + error.detail;
  return error;
}

Error failure(sqlite3* database, const std::string& path, int status, bool& damaged) {
  const int primary = status & 0xFF;
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) damaged = true;
  return describe(status, path, sqlite3_errmsg(database), sqlite3_system_errno(database));
}

void block_of_address(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
  const auto address = IpAddress::parse(text == nullptr ? "" : text);
  if (!address) return sqlite3_result_null(context);
  const std::string block = to_string(Block::of(*address));
  sqlite3_result_text(context, block.data(), static_cast<int>(block.size()), SQLITE_TRANSIENT);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement::Statement(sqlite3* database, sqlite3_stmt* statement, std::string path, std::shared_ptr<bool> damaged)
    : database_(database), statement_(statement), path_(std::move(path)), damaged_(std::move(damaged)) {}

Statement& Statement::bind(std::int64_t number) {
  bind_status_ |= sqlite3_bind_int64(statement_.get(), next_parameter_++, number);
  return *this;
}

Statement& Statement::bind(double number) {
  bind_status_ |= sqlite3_bind_double(statement_.get(), next_parameter_++, number);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* bytes = text.empty() ? "" : text.data();
  bind_status_ |=
      sqlite3_bind_text64(statement_.get(), next_parameter_++, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_bytes(std::string_view bytes) {
  const char* start = bytes.empty() ? "" : bytes.data();
  bind_status_ |= sqlite3_bind_blob64(statement_.get(), next_parameter_++, start, bytes.size(), SQLITE_TRANSIENT);
  return *this;
}

Result<bool> Statement::step() {
  if (bind_status_ != SQLITE_OK) return failure(database_, path_, bind_status_, *damaged_);
  const int status = sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return failure(database_, path_, status, *damaged_);
}

Result<void> Statement::run() {
  const auto row = step();
  rewind();
  if (!row) return row.error();
  return {};
}

void Statement::rewind() {
  sqlite3_reset(statement_.get());
  next_parameter_ = 1;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

double Statement::number(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Database::Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

Result<Database> Database::open(const std::string& path, OpenMode mode, Duration busy_timeout) {
  const int access = mode == OpenMode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int status = sqlite3_open_v2(path.c_str(), &handle, access | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle, path);
  if (status != SQLITE_OK) return database.fail(status);
  sqlite3_extended_result_codes(handle, 1);
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(busy_timeout);
  sqlite3_busy_timeout(handle, static_cast<int>(timeout.count()));
  return database;
}

Result<void> Database::execute(const char* sql) {
  const int status = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return fail(status);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int status = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (status != SQLITE_OK) return fail(status);
  return Statement(handle_.get(), statement, path_, damaged_);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement->step();
  if (!row) return row.error();
  return *row ? statement->integer(0) : 0;
}

Error Database::fail(int status) const { return failure(handle_.get(), path_, status, *damaged_); }

Result<void> Database::add_block_function() {
  const int status = sqlite3_create_function_v2(handle_.get(), "isthmus_block", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                                nullptr, &block_of_address, nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return fail(status);
  return {};
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle_.get()); }

Result<Transaction> Transaction::begin(Database& database) {
  if (const auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  // SQLite may have rolled back by itself already (a full disk); a second time is then an error without
  // effect.
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
  if (const auto committed = database_->execute("COMMIT"); !committed) return committed.error();
  database_ = nullptr;
  return {};
}

}  // namespace isthmus::sqlite
