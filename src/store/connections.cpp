#include "store/connections.hpp"

#include "store/schema.hpp"

namespace isthmus::store {
namespace {

// A file can give space back only if that was said before its first table; older files are rewritten once. Where there
// is no room for that, they stay as they are.
void allow_shrinking(Database& database) {
  const auto mode = database.integer("PRAGMA auto_vacuum");
  constexpr std::int64_t kIncremental = 2;
  if (!mode || *mode == kIncremental) return;
  static_cast<void>(database.execute("PRAGMA auto_vacuum = INCREMENTAL"));
  if (const auto pages = database.integer("PRAGMA page_count"); pages && *pages > 0) {
    static_cast<void>(database.execute("VACUUM"));
  }
}

}  // namespace

Result<Database> open_writer(const std::string& path, Duration busy_timeout) {
  auto database = Database::open(path, OpenMode::read_write, busy_timeout);
  if (!database) return database.error();
  allow_shrinking(*database);
  if (const auto migrated = migrate(*database, migrations()); !migrated) return migrated.error();
  // Write-ahead log: readers do not block the writer, and a process that is killed leaves a consistent file.
  // NORMAL: a commit survives the death of the process; only a power cut may lose the last ones.
  // A larger cache and log than SQLite's own: what changes in a large baseline lies scattered over it, and copying the
  // log into the database is what takes longest.
  const auto tuned = database->execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216;"
      "PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768");
  if (!tuned) return tuned.error();
  return database;
}

Result<Database> open_reader(const std::string& path, Duration busy_timeout) {
  auto database = Database::open(path, OpenMode::read_only, busy_timeout);
  if (!database) return database.error();
  if (const auto checked = check_schema(*database, migrations()); !checked) return checked.error();
  return database;
}

}  // namespace isthmus::store
