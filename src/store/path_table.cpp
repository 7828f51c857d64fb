#include "store/path_table.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace isthmus::store {
namespace {

using resilience::PathChange;
using resilience::PathChangeQuery;
using resilience::PathChangesLeftOut;
using resilience::PathSummary;

constexpr const char* kColumns =
    "time, target, block, vantage, address, flow, before_path, before_router, before_upstream, before_confidence,"
    " after_path, after_router, after_upstream, after_confidence";

// "3356 174 4837"
std::string as_path_text(const std::vector<Asn>& path) {
  std::string text;
  for (const Asn asn : path) text += (text.empty() ? "" : " ") + std::to_string(asn.number);
  return text;
}

std::vector<Asn> parse_as_path(std::string_view text) {
  std::vector<Asn> path;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    Asn asn;
    const auto [next, status] = std::from_chars(at, end, asn.number);
    if (status != std::errc{}) break;
    path.push_back(asn);
    at = next != end && *next == ' ' ? next + 1 : next;
  }
  return path;
}

Confidence parse_confidence(std::string_view text) {
  return text == "A" ? Confidence::a : text == "B" ? Confidence::b : Confidence::c;
}

void bind(Statement& insert, const PathSummary& path) {
  insert.bind(as_path_text(path.as_path)).bind(path.router ? to_string(*path.router) : std::string());
  insert.bind(std::int64_t{path.upstream.number}).bind(to_string(path.confidence));
}

PathSummary read_path(const Statement& row, int column) {
  PathSummary path;
  path.as_path = parse_as_path(row.text(column));
  if (const auto router = IpAddress::parse(row.text(column + 1))) path.router = *router;
  path.upstream = Asn{static_cast<std::uint32_t>(row.integer(column + 2))};
  path.confidence = parse_confidence(row.text(column + 3));
  return path;
}

std::string where(const PathChangeQuery& query, const char* time) {
  std::string sql = " WHERE 1";
  if (!query.target.empty()) sql += " AND target = ?";
  if (query.since) sql += std::string(" AND ") + time + " >= ?";
  if (query.until) sql += std::string(" AND ") + time + " < ?";
  return sql;
}

void bind(Statement& select, const PathChangeQuery& query, std::int64_t target) {
  if (!query.target.empty()) select.bind(target);
  if (query.since) select.bind(*query.since);
  if (query.until) select.bind(*query.until);
}

}  // namespace

Result<void> insert_path_changes(Database& database, NameTable& names, const resilience::PathChanges& changes) {
  if (changes.empty()) return {};
  auto insert =
      database.prepare(std::string("INSERT INTO path_changes (") + kColumns + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  if (!insert) return insert.error();
  for (const PathChange& change : changes.kept) {
    const auto target = names.number_of(database, change.target);
    if (!target) return target.error();
    const auto vantage = names.number_of(database, change.vantage);
    if (!vantage) return vantage.error();
    insert->bind(change.time).bind(*target).bind(to_string(change.block)).bind(*vantage);
    insert->bind(to_string(change.address)).bind(std::int64_t{change.flow.value});
    bind(*insert, change.before);
    bind(*insert, change.after);
    if (const auto done = insert->run(); !done) return done.error();
  }
  auto count = database.prepare(
      "INSERT INTO path_changes_left_out VALUES (?,?,?) ON CONFLICT DO UPDATE SET count = count + excluded.count");
  if (!count) return count.error();
  for (const PathChangesLeftOut& left_out : changes.left_out) {
    const auto target = names.number_of(database, left_out.target);
    if (!target) return target.error();
    count->bind(left_out.hour).bind(*target).bind(static_cast<std::int64_t>(left_out.count));
    if (const auto done = count->run(); !done) return done.error();
  }
  return {};
}

Result<std::vector<PathChange>> select_path_changes(Database& database, const PathChangeQuery& query) {
  std::vector<PathChange> changes;
  const auto names = read_names(database);
  if (!names) return names.error();
  const auto target = find_name(database, query.target);
  if (!target) return target.error();
  if (!query.target.empty() && !*target) return changes;
  auto select = database.prepare(std::string("SELECT ") + kColumns + " FROM path_changes" + where(query, "time") +
                                 " ORDER BY time DESC, id DESC LIMIT ?");
  if (!select) return select.error();
  bind(*select, query, target->value_or(0));
  select->bind(static_cast<std::int64_t>(query.limit));
  const auto name_of = [&](std::int64_t number) {
    const auto found = names->find(number);
    return found == names->end() ? std::string() : found->second;
  };
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) break;
    const auto block = Prefix::parse(select->text(2));
    const auto address = IpAddress::parse(select->text(4));
    if (!block || !address) {
      return Error{ErrorCode::parse_failed, "read a path change of the store", "its row is damaged"};
    }
    changes.push_back({.time = select->time(0),
                       .target = name_of(select->integer(1)),
                       .block = Block{*block},
                       .vantage = name_of(select->integer(3)),
                       .address = *address,
                       .flow = FlowId{static_cast<std::uint16_t>(select->integer(5))},
                       .before = read_path(*select, 6),
                       .after = read_path(*select, 10)});
  }
  std::ranges::reverse(changes);
  return changes;
}

Result<std::vector<PathChangesLeftOut>> select_left_out(Database& database, const PathChangeQuery& query) {
  std::vector<PathChangesLeftOut> result;
  const auto names = read_names(database);
  if (!names) return names.error();
  const auto target = find_name(database, query.target);
  if (!target) return target.error();
  if (!query.target.empty() && !*target) return result;
  auto select = database.prepare("SELECT hour, target, count FROM path_changes_left_out" + where(query, "hour") +
                                 " ORDER BY hour");
  if (!select) return select.error();
  bind(*select, query, target->value_or(0));
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) return result;
    const auto name = names->find(select->integer(1));
    result.push_back({.hour = select->time(0),
                      .target = name == names->end() ? std::string() : name->second,
                      .count = static_cast<std::uint64_t>(select->integer(2))});
  }
}

Result<std::uint64_t> delete_path_changes(Database& database, Timestamp end, std::size_t limit) {
  // Rows are numbered in the order of time, nearly: the first ones are the oldest, and no index by time is needed.
  auto statement = database.prepare(
      "DELETE FROM path_changes WHERE id IN"
      " (SELECT id FROM (SELECT id, time FROM path_changes ORDER BY id LIMIT ?) WHERE time < ?)");
  if (!statement) return statement.error();
  if (const auto done = statement->bind(static_cast<std::int64_t>(limit)).bind(end).run(); !done) return done.error();
  const auto gone = static_cast<std::uint64_t>(database.changes());
  auto counts = database.prepare("DELETE FROM path_changes_left_out WHERE hour < ?");
  if (!counts) return counts.error();
  if (const auto done = counts->bind(end).run(); !done) return done.error();
  return gone;
}

}  // namespace isthmus::store
