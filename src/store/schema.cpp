#include "store/schema.hpp"

#include <array>

namespace isthmus::store {
namespace {

// PRAGMA application_id: tells our files from other SQLite databases ("isth" in ASCII).
constexpr std::int64_t kApplicationId = 0x69737468;

// Times are nanoseconds since 1970, states and kinds their names, absent text is empty. `position` keeps the
// order of a list. AUTOINCREMENT: an id is never used again, not even when all events have expired.
constexpr const char* kFirstSchema = R"sql(
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, kind TEXT NOT NULL, target TEXT NOT NULL,
  block TEXT NOT NULL, upstream_asn INTEGER NOT NULL, vantage TEXT NOT NULL, before TEXT NOT NULL,
  after TEXT NOT NULL, evidence TEXT NOT NULL) STRICT;
CREATE INDEX events_by_time ON events (time);
CREATE INDEX events_by_target ON events (target, id);
CREATE INDEX events_by_kind ON events (kind, id);
CREATE TABLE targets (
  position INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL,
  redundancy INTEGER NOT NULL) STRICT;
CREATE TABLE blocks (
  target INTEGER NOT NULL, position INTEGER NOT NULL, block TEXT NOT NULL, state TEXT NOT NULL,
  since INTEGER NOT NULL, announced_down INTEGER NOT NULL, learned INTEGER NOT NULL, redundancy INTEGER NOT NULL,
  PRIMARY KEY (target, position)) STRICT, WITHOUT ROWID;
CREATE TABLE upstreams (
  target INTEGER NOT NULL, block INTEGER NOT NULL, position INTEGER NOT NULL, asn INTEGER NOT NULL,
  lost INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  PRIMARY KEY (target, block, position)) STRICT, WITHOUT ROWID;
CREATE TABLE addresses (
  target INTEGER NOT NULL, position INTEGER NOT NULL, vantage TEXT NOT NULL, address TEXT NOT NULL,
  answer_rate REAL NOT NULL, PRIMARY KEY (target, position)) STRICT, WITHOUT ROWID;
CREATE TABLE target_event_counts (
  target INTEGER NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (target, kind)) STRICT, WITHOUT ROWID;
CREATE TABLE vantages (
  position INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL) STRICT;
CREATE TABLE vantage_event_counts (
  vantage INTEGER NOT NULL, kind TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (vantage, kind)) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array kMigrations{Migration{1, kFirstSchema}};

Error refused(const Database& database, std::string detail) {
  return Error{ErrorCode::refused, "use store " + database.path(), std::move(detail)};
}

// The schema version of a file that is ours, 0 for an empty one.
Result<std::int64_t> version_of(Database& database) {
  const auto application = database.integer("PRAGMA application_id");
  if (!application) return application.error();
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  const auto tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*application == kApplicationId) return *version;
  if (*application == 0 && *tables == 0) return 0;
  return refused(database, "it is a database of another program; configure another path");
}

Error too_new(const Database& database, std::int64_t version, std::int64_t last) {
  return refused(database, "it was written by a newer isthmus (schema " + std::to_string(version) +
                               ", this one knows " + std::to_string(last) +
                               "); use that version, or configure another path");
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<void> migrate(Database& database, std::span<const Migration> steps) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto version = version_of(database);
  if (!version) return version.error();
  const int last = steps.back().version;
  if (*version > last) return too_new(database, *version, last);
  for (const Migration& step : steps) {
    if (step.version <= *version) continue;
    if (const auto done = database.execute(step.sql); !done) return done.error();
  }
  const std::string mark =
      "PRAGMA user_version = " + std::to_string(last) + "; PRAGMA application_id = " + std::to_string(kApplicationId);
  if (*version < last) {
    if (const auto done = database.execute(mark.c_str()); !done) return done.error();
  }
  return transaction->commit();
}

Result<void> check_schema(Database& database, std::span<const Migration> steps) {
  const auto version = version_of(database);
  if (!version) return version.error();
  const int last = steps.back().version;
  if (*version > last) return too_new(database, *version, last);
  if (*version < last) {
    return refused(database, "nothing is stored in it yet, or an older isthmus wrote it; start `isthmus monitor` once");
  }
  return {};
}

}  // namespace isthmus::store
