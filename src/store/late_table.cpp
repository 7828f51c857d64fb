#include "store/late_table.hpp"

#include <string>
#include <utility>

namespace isthmus::store {
namespace {

using resilience::LateTally;
using std::chrono::days;
using std::chrono::sys_days;

std::int64_t number(sys_days day) { return day.time_since_epoch().count(); }
std::int64_t number(std::uint64_t count) { return static_cast<std::int64_t>(count); }

}  // namespace

Result<void> add_late(Database& database, NameTable& names, const std::vector<LateTally>& tallies) {
  if (tallies.empty()) return {};
  auto insert = database.prepare(
      "INSERT INTO late VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO UPDATE SET pings = pings + excluded.pings,"
      " answers = answers + excluded.answers, traces = traces + excluded.traces, reached = reached + excluded.reached");
  if (!insert) return insert.error();
  for (const LateTally& tally : tallies) {
    const auto target = names.number_of(database, tally.target);
    if (!target) return target.error();
    const auto vantage = names.number_of(database, tally.vantage);
    if (!vantage) return vantage.error();
    insert->bind(number(tally.day)).bind(*target).bind(to_string(tally.block)).bind(*vantage);
    insert->bind(number(tally.pings)).bind(number(tally.answers));
    insert->bind(number(tally.traces)).bind(number(tally.reached));
    if (const auto done = insert->run(); !done) return done.error();
  }
  return {};
}

Result<std::vector<LateTally>> select_late(Database& database, const resilience::HistoryQuery& query) {
  std::vector<LateTally> tallies;
  const auto target = find_name(database, query.target);
  if (!target) return target.error();
  if (!*target) return tallies;
  auto select = database.prepare(
      std::string("SELECT day, name, sum(pings), sum(answers), sum(traces), sum(reached) FROM late JOIN names ON"
                  " names.id = late.vantage WHERE day BETWEEN ? AND ? AND target = ?") +
      (query.block ? " AND block = ?" : "") + " GROUP BY day, name ORDER BY day, name");
  if (!select) return select.error();
  select->bind(number(query.first)).bind(number(query.last)).bind(**target);
  if (query.block) select->bind(to_string(*query.block));
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return tallies;
    tallies.push_back({.day = sys_days(days(select->integer(0))),
                       .target = query.target,
                       .block = query.block.value_or(Block{}),
                       .vantage = select->text(1),
                       .pings = static_cast<std::uint64_t>(select->integer(2)),
                       .answers = static_cast<std::uint64_t>(select->integer(3)),
                       .traces = static_cast<std::uint64_t>(select->integer(4)),
                       .reached = static_cast<std::uint64_t>(select->integer(5))});
  }
}

Result<std::uint64_t> delete_late(Database& database, sys_days end, std::size_t limit) {
  auto statement = database.prepare(
      "DELETE FROM late WHERE (day, target, block, vantage) IN (SELECT day, target, block, vantage FROM late"
      " WHERE day < ? ORDER BY day, target, block, vantage LIMIT ?)");
  if (!statement) return statement.error();
  const auto done = statement->bind(number(end)).bind(static_cast<std::int64_t>(limit)).run();
  if (!done) return done.error();
  return static_cast<std::uint64_t>(database.changes());
}

}  // namespace isthmus::store
