#include "store/day_table.hpp"

#include <array>
#include <string>
#include <unordered_map>
#include <utility>

#include "store/day_rows.hpp"

namespace isthmus::store {
namespace {

using resilience::DayRecord;
using std::chrono::days;
using std::chrono::sys_days;

constexpr const char* kColumns = "day, up, degraded, down, unknown, unknown_share, upstreams, present, until";

const char* table_of(bool of_blocks) { return of_blocks ? "block_days" : "days"; }

std::int64_t number(sys_days day) { return day.time_since_epoch().count(); }

Duration& time_in(DayRecord& record, State state) { return record.in_state[static_cast<std::size_t>(state)]; }

// A row of kColumns, from the column `first` on; the day cannot be told when its lists are unreadable.
Result<DayRecord> read_day(const Statement& row, int first) {
  DayRecord record;
  record.day = sys_days(days(row.integer(first)));
  int column = first + 1;
  for (const State state : kStates) time_in(record, state) = Duration(row.integer(column++));
  record.unknown_share = row.number(column++);
  auto upstreams = day_upstreams_from_json(row.text(column++));
  const std::string present = row.text(column++);
  if (!present.empty()) record.present = condition_from_json(present);
  record.until = row.time(column);
  if (!upstreams || (!present.empty() && !record.present)) {
    return Error{ErrorCode::parse_failed, "read a day of the store's history", "its row is damaged"};
  }
  record.upstreams = std::move(*upstreams);
  return record;
}

}  // namespace

Result<void> write_days(Database& database, NameTable& names, const std::vector<DayRecord>& records) {
  if (records.empty()) return {};
  std::array<std::optional<Statement>, 2> inserts;
  for (const bool of_blocks : {false, true}) {
    auto insert = database.prepare(std::string("INSERT OR REPLACE INTO ") + table_of(of_blocks) +
                                   " VALUES (?,?,?,?,?,?,?,?,?,?,?)");
    if (!insert) return insert.error();
    inserts[of_blocks ? 1 : 0].emplace(std::move(*insert));
  }
  for (const DayRecord& record : records) {
    std::optional<Statement>& insert = inserts[record.block ? 1 : 0];
    const auto target = names.number_of(database, record.target);
    if (!target) return target.error();
    insert->bind(number(record.day)).bind(*target).bind(record.block ? to_string(*record.block) : std::string());
    for (const State state : kStates) {
      insert->bind(std::int64_t{record.in_state[static_cast<std::size_t>(state)].count()});
    }
    insert->bind(record.unknown_share).bind(day_upstreams_to_json(record.upstreams));
    insert->bind(condition_to_json(record.present)).bind(record.until);
    if (const auto done = insert->run(); !done) return done.error();
  }
  return {};
}

Result<void> write_alive(Database& database, Timestamp time) {
  auto write = database.prepare("INSERT OR REPLACE INTO clock VALUES (1, ?)");
  if (!write) return write.error();
  return write->bind(time).run();
}

Result<std::optional<Timestamp>> read_alive(Database& database) {
  auto select = database.prepare("SELECT alive FROM clock");
  if (!select) return select.error();
  const auto row = select->step();
  if (!row) return row.error();
  return *row ? std::optional(select->time(0)) : std::nullopt;
}

Result<std::vector<DayRecord>> select_days(Database& database, const resilience::HistoryQuery& query) {
  std::vector<DayRecord> records;
  const auto target = find_name(database, query.target);
  if (!target) return target.error();
  if (!*target) return records;
  // Day by day: each is one look-up by the whole key, while a range of days would run over every target and block.
  auto select = database.prepare(std::string("SELECT ") + kColumns + " FROM " + table_of(query.block.has_value()) +
                                 " WHERE day = ? AND target = ? AND block = ?");
  if (!select) return select.error();
  for (sys_days day = query.first; day <= query.last; day += days(1)) {
    select->bind(number(day)).bind(**target).bind(query.block ? to_string(*query.block) : std::string());
    const auto row = select->step();
    if (!row) return row.error();
    if (*row) {
      auto record = read_day(*select, 0);
      if (!record) return record.error();
      record->target = query.target;
      record->block = query.block;
      records.push_back(std::move(*record));
    }
    select->rewind();
  }
  return records;
}

Result<std::vector<DayRecord>> select_days_since(Database& database, sys_days first) {
  const auto names = read_names(database);
  if (!names) return names.error();
  const std::string columns = std::string("SELECT target, block, ") + kColumns;
  auto select =
      database.prepare(columns + " FROM days WHERE day >= ? UNION ALL " + columns + " FROM block_days WHERE day >= ?");
  if (!select) return select.error();
  select->bind(number(first)).bind(number(first));
  std::vector<DayRecord> records;
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return records;
    auto record = read_day(*select, 2);
    if (!record) return record.error();
    if (const auto name = names->find(select->integer(0)); name != names->end()) record->target = name->second;
    if (const auto block = Prefix::parse(select->text(1))) record->block = Block{*block};
    records.push_back(std::move(*record));
  }
}

Result<std::uint64_t> delete_days(Database& database, sys_days end, bool of_blocks, std::size_t limit) {
  // The oldest days stand first in the table: the search looks at `limit` rows and no more.
  const std::string table = table_of(of_blocks);
  auto statement =
      database.prepare("DELETE FROM " + table + " WHERE (day, target, block) IN (SELECT day, target, block" + " FROM " +
                       table + " WHERE day < ? ORDER BY day, target, block LIMIT ?)");
  if (!statement) return statement.error();
  const auto done = statement->bind(number(end)).bind(static_cast<std::int64_t>(limit)).run();
  if (!done) return done.error();
  return static_cast<std::uint64_t>(database.changes());
}

}  // namespace isthmus::store
