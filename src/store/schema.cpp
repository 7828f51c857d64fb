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

// The baseline gets a row a block, so that what has changed can be written alone, and is joined by the history: paths
// that became others, and a row a day for each target (`days`; block is empty) and block (`block_days`). Targets and
// vantage points are numbered. Lists that are only ever read as a whole are JSON: upstreams [asn, lost, first_seen,
// last_seen], addresses [vantage, address, answer_rate], events {kind: count}; those of `days` are described in
// day_table.cpp.
constexpr const char* kSecondSchema = R"sql(
CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), alive INTEGER NOT NULL) STRICT;
CREATE TABLE known_targets (
  target INTEGER PRIMARY KEY, state TEXT NOT NULL, since INTEGER NOT NULL, redundancy INTEGER NOT NULL,
  events TEXT NOT NULL) STRICT;
CREATE TABLE known_blocks (
  target INTEGER NOT NULL, block TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL,
  announced_down INTEGER NOT NULL, learned INTEGER NOT NULL, redundancy INTEGER NOT NULL, upstreams TEXT NOT NULL,
  addresses TEXT NOT NULL, PRIMARY KEY (target, block)) STRICT, WITHOUT ROWID;
CREATE TABLE known_vantages (
  vantage INTEGER PRIMARY KEY, state TEXT NOT NULL, since INTEGER NOT NULL, events TEXT NOT NULL) STRICT;
CREATE TABLE path_changes (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, target INTEGER NOT NULL, block TEXT NOT NULL,
  vantage INTEGER NOT NULL, address TEXT NOT NULL, flow INTEGER NOT NULL, before_path TEXT NOT NULL,
  before_router TEXT NOT NULL, before_upstream INTEGER NOT NULL, before_confidence TEXT NOT NULL,
  after_path TEXT NOT NULL, after_router TEXT NOT NULL, after_upstream INTEGER NOT NULL,
  after_confidence TEXT NOT NULL) STRICT;
CREATE INDEX path_changes_by_target ON path_changes (target, time);
CREATE TABLE path_changes_left_out (
  hour INTEGER NOT NULL, target INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (hour, target)) STRICT, WITHOUT ROWID;
CREATE TABLE days (
  day INTEGER NOT NULL, target INTEGER NOT NULL, block TEXT NOT NULL, up INTEGER NOT NULL, degraded INTEGER NOT NULL,
  down INTEGER NOT NULL, unknown INTEGER NOT NULL, unknown_share REAL NOT NULL, upstreams TEXT NOT NULL,
  present TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (day, target, block)) STRICT, WITHOUT ROWID;
CREATE TABLE block_days (
  day INTEGER NOT NULL, target INTEGER NOT NULL, block TEXT NOT NULL, up INTEGER NOT NULL, degraded INTEGER NOT NULL,
  down INTEGER NOT NULL, unknown INTEGER NOT NULL, unknown_share REAL NOT NULL, upstreams TEXT NOT NULL,
  present TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (day, target, block)) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO names (name) SELECT name FROM targets ORDER BY position;
INSERT OR IGNORE INTO names (name) SELECT name FROM vantages ORDER BY position;
INSERT INTO known_targets
  SELECT n.id, t.state, t.since, t.redundancy,
    (SELECT json_group_object(c.kind, c.count) FROM target_event_counts c WHERE c.target = t.position)
  FROM targets t JOIN names n ON n.name = t.name;
INSERT INTO known_vantages
  SELECT n.id, v.state, v.since,
    (SELECT json_group_object(c.kind, c.count) FROM vantage_event_counts c WHERE c.vantage = v.position)
  FROM vantages v JOIN names n ON n.name = v.name;
CREATE TEMP TABLE addresses_by_block AS
  SELECT target, isthmus_block(address) AS block, json_array(vantage, address, answer_rate) AS item
  FROM addresses ORDER BY target, position;
CREATE INDEX temp.addresses_of ON addresses_by_block (target, block);
INSERT INTO known_blocks
  SELECT n.id, b.block, b.state, b.since, b.announced_down, b.learned, b.redundancy,
    (SELECT json_group_array(json(u.item)) FROM
      (SELECT json_array(asn, lost, first_seen, last_seen) AS item FROM upstreams
       WHERE target = b.target AND block = b.position ORDER BY position) u),
    (SELECT json_group_array(json(a.item)) FROM addresses_by_block a WHERE a.target = b.target AND a.block = b.block)
  FROM blocks b JOIN targets t ON t.position = b.target JOIN names n ON n.name = t.name;
DROP TABLE addresses_by_block;
DROP TABLE targets; DROP TABLE blocks; DROP TABLE upstreams; DROP TABLE addresses; DROP TABLE target_event_counts;
DROP TABLE vantages; DROP TABLE vantage_event_counts;
)sql";

constexpr const char* kThirdSchema = R"sql(
CREATE TABLE late (
  day INTEGER NOT NULL, target INTEGER NOT NULL, block TEXT NOT NULL, vantage INTEGER NOT NULL, pings INTEGER NOT NULL,
  answers INTEGER NOT NULL, traces INTEGER NOT NULL, reached INTEGER NOT NULL,
  PRIMARY KEY (day, target, block, vantage)) STRICT, WITHOUT ROWID;
)sql";

// How often each address of a block leaves: [address, last_answer, watched_days, departures, gone].
constexpr const char* kFourthSchema = R"sql(
ALTER TABLE known_blocks ADD COLUMN hosts TEXT NOT NULL DEFAULT '[]';
)sql";

constexpr const char* kFifthSchema = R"sql(
CREATE TABLE stream_positions (
  partition INTEGER PRIMARY KEY, created INTEGER NOT NULL, sequence INTEGER NOT NULL, stored INTEGER NOT NULL) STRICT;
CREATE TABLE stream_marks (
  partition INTEGER NOT NULL, vantage TEXT NOT NULL, boot INTEGER NOT NULL, next INTEGER NOT NULL,
  PRIMARY KEY (partition, vantage, boot)) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array kMigrations{Migration{1, kFirstSchema}, Migration{2, kSecondSchema}, Migration{3, kThirdSchema},
                                 Migration{4, kFourthSchema}, Migration{5, kFifthSchema}};

Error refused(const Database& database, std::string detail) {
  return Error{ErrorCode::refused, "use store " + database.path(), std::move(detail)};
}

Error too_new(const Database& database, std::int64_t version, std::int64_t last) {
  return refused(database, "it was written by a newer isthmus (schema " + std::to_string(version) +
                               ", this one knows " + std::to_string(last) +
                               "); use that version, or configure another path");
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

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<void> check_ours(Database& database, std::span<const Migration> steps) {
  const auto version = version_of(database);
  if (!version) return version.error();
  const int last = steps.back().version;
  if (*version > last) return too_new(database, *version, last);
  return {};
}

Result<void> migrate(Database& database, std::span<const Migration> steps) {
  if (const auto added = database.add_block_function(); !added) return added.error();
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
