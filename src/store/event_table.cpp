#include "store/event_table.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "isthmus/formats/event_json.hpp"

namespace isthmus::store {
namespace {

constexpr const char* kColumns = "id, time, kind, target, block, upstream_asn, vantage, before, after, evidence";

std::int64_t as_integer(std::uint64_t id) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(id, std::numeric_limits<std::int64_t>::max()));
}

Result<Event> read_event(const Statement& row) {
  Event event;
  event.id = static_cast<std::uint64_t>(row.integer(0));
  event.time = row.time(1);
  const auto kind = parse_event_kind(row.text(2));
  if (!kind) {
    return Error{ErrorCode::parse_failed, "read event " + std::to_string(event.id) + " of the store",
                 "its kind '" + row.text(2) + "' is none that isthmus knows; the file is damaged"};
  }
  event.kind = *kind;
  event.target = row.text(3);
  if (const auto block = Prefix::parse(row.text(4))) event.block = Block{*block};
  event.upstream = Asn{static_cast<std::uint32_t>(row.integer(5))};
  event.vantage = row.text(6);
  event.before = row.text(7);
  event.after = row.text(8);
  auto evidence = formats::evidence_from_json(row.text(9));
  // What happened is worth more than why: unreadable evidence must not hide the event.
  event.evidence = evidence ? std::move(*evidence)
                            : Evidence{.summary = "unreadable evidence: " + evidence.error().detail,
                                       .vantages = {},
                                       .traces = {},
                                       .failing = {}};
  return event;
}

}  // namespace

Result<void> insert_events(Database& database, const std::deque<Event>& events) {
  if (events.empty()) return {};
  auto insert = database.prepare(std::string("INSERT INTO events (") + kColumns + ") VALUES (?,?,?,?,?,?,?,?,?,?)");
  if (!insert) return insert.error();
  for (const Event& event : events) {
    insert->bind(as_integer(event.id)).bind(event.time).bind(to_string(event.kind)).bind(event.target);
    insert->bind(event.block ? to_string(*event.block) : std::string());
    insert->bind(std::int64_t{event.upstream.number}).bind(event.vantage).bind(event.before).bind(event.after);
    insert->bind(formats::evidence_to_json(event.evidence));
    if (const auto done = insert->run(); !done) return done.error();
  }
  return {};
}

Result<std::vector<Event>> select_events(Database& database, const EventQuery& query) {
  std::string sql = std::string("SELECT ") + kColumns + " FROM events WHERE id > ?";
  if (query.since) sql += " AND time >= ?";
  if (query.until) sql += " AND time < ?";
  if (query.kind) sql += " AND kind = ?";
  if (!query.target.empty()) sql += " AND target = ?";
  sql += query.after_id ? " ORDER BY id ASC LIMIT ?" : " ORDER BY id DESC LIMIT ?";
  auto select = database.prepare(sql);
  if (!select) return select.error();
  select->bind(as_integer(query.after_id.value_or(0)));
  if (query.since) select->bind(*query.since);
  if (query.until) select->bind(*query.until);
  if (query.kind) select->bind(to_string(*query.kind));
  if (!query.target.empty()) select->bind(query.target);
  select->bind(as_integer(query.limit));
  std::vector<Event> events;
  while (true) {
    const auto row = select->step();
    if (!row) return row.error();
    if (!*row) break;
    auto event = read_event(*select);
    if (!event) return event.error();
    events.push_back(std::move(*event));
  }
  if (!query.after_id) std::ranges::reverse(events);
  return events;
}

Result<std::uint64_t> last_event_id(Database& database) {
  const auto last = database.integer("SELECT seq FROM sqlite_sequence WHERE name = 'events'");
  if (!last) return last.error();
  return static_cast<std::uint64_t>(*last);
}

Result<std::uint64_t> delete_events(Database& database, Timestamp end, std::size_t limit) {
  auto statement =
      database.prepare("DELETE FROM events WHERE id IN (SELECT id FROM events WHERE time < ? ORDER BY time LIMIT ?)");
  if (!statement) return statement.error();
  statement->bind(end).bind(as_integer(limit));
  if (const auto done = statement->run(); !done) return done.error();
  return static_cast<std::uint64_t>(database.changes());
}

bool matches(const Event& event, const EventQuery& query) {
  return event.id > query.after_id.value_or(0) && (!query.since || event.time >= *query.since) &&
         (!query.until || event.time < *query.until) && (!query.kind || event.kind == *query.kind) &&
         (query.target.empty() || event.target == query.target);
}

}  // namespace isthmus::store
