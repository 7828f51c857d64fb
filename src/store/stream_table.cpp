#include "store/stream_table.hpp"

#include <map>
#include <utility>

namespace isthmus::store {
namespace {

std::int64_t number(Timestamp time) { return time.time_since_epoch().count(); }
// SQLite's integers have a sign; the bits are the same.
std::int64_t number(std::uint64_t count) { return static_cast<std::int64_t>(count); }
Timestamp time_in(Statement& row, int column) { return Timestamp(Duration(row.integer(column))); }

Result<void> write_marks(Database& database, const StreamProgress& progress) {
  auto insert = database.prepare("INSERT OR REPLACE INTO stream_marks VALUES (?,?,?,?)");
  if (!insert) return insert.error();
  auto remove = database.prepare("DELETE FROM stream_marks WHERE partition = ? AND vantage = ? AND boot = ?");
  if (!remove) return remove.error();
  for (const StreamMark& mark : progress.marks) {
    Statement& statement = mark.next ? *insert : *remove;
    statement.bind(std::int64_t{progress.partition}).bind(mark.vantage).bind(number(mark.boot));
    if (mark.next) statement.bind(number(*mark.next));
    if (const auto done = statement.run(); !done) return done.error();
  }
  return {};
}

}  // namespace

Result<void> write_progress(Database& database, const std::vector<StreamProgress>& progress) {
  if (progress.empty()) return {};
  auto insert = database.prepare("INSERT OR REPLACE INTO stream_positions VALUES (?,?,?,?)");
  if (!insert) return insert.error();
  for (const StreamProgress& one : progress) {
    insert->bind(std::int64_t{one.partition}).bind(number(one.created)).bind(number(one.sequence));
    insert->bind(number(one.stored));
    if (const auto done = insert->run(); !done) return done.error();
    if (const auto done = write_marks(database, one); !done) return done.error();
  }
  return {};
}

Result<std::vector<StreamProgress>> select_progress(Database& database) {
  std::vector<StreamProgress> found;
  std::map<std::int64_t, std::size_t> index;
  auto select =
      database.prepare("SELECT partition, created, sequence, stored FROM stream_positions ORDER BY partition");
  if (!select) return select.error();
  for (auto row = select->step();; row = select->step()) {
    if (!row) return row.error();
    if (!*row) break;
    index[select->integer(0)] = found.size();
    found.push_back({.partition = static_cast<std::uint32_t>(select->integer(0)),
                     .created = time_in(*select, 1),
                     .sequence = static_cast<std::uint64_t>(select->integer(2)),
                     .stored = time_in(*select, 3),
                     .marks = {}});
  }
  auto marks =
      database.prepare("SELECT partition, vantage, boot, next FROM stream_marks ORDER BY partition, vantage, boot");
  if (!marks) return marks.error();
  for (auto row = marks->step();; row = marks->step()) {
    if (!row) return row.error();
    if (!*row) return found;
    const auto at = index.find(marks->integer(0));
    if (at == index.end()) continue;
    found[at->second].marks.push_back({.vantage = marks->text(1),
                                       .boot = static_cast<std::uint64_t>(marks->integer(2)),
                                       .next = static_cast<std::uint64_t>(marks->integer(3))});
  }
}

}  // namespace isthmus::store
