#pragma once
// SQLite connections and statements as owned objects, failures as values. A connection and its statements are
// used by one thread at a time; whose owner sees to that.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace isthmus::sqlite {

class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement, std::string path, std::shared_ptr<bool> damaged);

  /// Binds the next parameter, from the left.
  Statement& bind(std::int64_t number);
  Statement& bind(double number);
  Statement& bind(std::string_view text);
  /// As a BLOB; `bytes` may hold anything.
  Statement& bind_bytes(std::string_view bytes);
  Statement& bind(Timestamp time) { return bind(std::int64_t{time.time_since_epoch().count()}); }

  /// True when there is a row to read, false at the end.
  [[nodiscard]] Result<bool> step();
  /// Runs to the end, then is ready for the next set of parameters.
  [[nodiscard]] Result<void> run();
  /// Ready for the next set of parameters, wherever it stands.
  void rewind();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double number(int column) const;
  /// Of a TEXT or a BLOB.
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] Timestamp time(int column) const { return Timestamp(Duration(integer(column))); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string path_;
  std::shared_ptr<bool> damaged_;
  int next_parameter_{1};
  int bind_status_{0};
};

enum class OpenMode { read_write, read_only };

class Database {
 public:
  [[nodiscard]] static Result<Database> open(const std::string& path, OpenMode mode, Duration busy_timeout);

  [[nodiscard]] Result<void> execute(const char* sql);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  /// The first column of the first row of a query that yields one.
  [[nodiscard]] Result<std::int64_t> integer(std::string_view sql);
  /// Rows that the latest statement changed.
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Has SQLite ever found the file to be damaged, or no database at all, through this connection?
  [[nodiscard]] bool damaged() const { return *damaged_; }
  /// Makes isthmus_block(address) known to SQL: the block of an address, both as text.
  [[nodiscard]] Result<void> add_block_function();

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  Database(sqlite3* handle, std::string path);
  [[nodiscard]] Error fail(int status) const;
  std::unique_ptr<sqlite3, Close> handle_;
  std::string path_;
  std::shared_ptr<bool> damaged_{std::make_shared<bool>(false)};
};

/// A transaction that rolls back unless committed.
class Transaction {
 public:
  /// Takes the writer's lock at once, so that it cannot fail with "locked" half way.
  [[nodiscard]] static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  [[nodiscard]] Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // nullptr once it is over.
};

}  // namespace isthmus::sqlite
