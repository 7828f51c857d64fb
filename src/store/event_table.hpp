#pragma once
// Events as rows. Called on the connection's thread, within the store's locks.

#include <deque>
#include <vector>

#include "isthmus/model/event.hpp"
#include "isthmus/model/event_query.hpp"
#include "store/database.hpp"

namespace isthmus::store {

/// With the ids that they have; within the caller's transaction.
[[nodiscard]] Result<void> insert_events(Database& database, const std::deque<Event>& events);

/// Ascending id.
[[nodiscard]] Result<std::vector<Event>> select_events(Database& database, const EventQuery& query);

/// The largest id ever used in this file.
[[nodiscard]] Result<std::uint64_t> last_event_id(Database& database);

/// At most `limit` events before `end`, the oldest first; how many went.
[[nodiscard]] Result<std::uint64_t> delete_events(Database& database, Timestamp end, std::size_t limit);

/// The same condition as in SQL, for events that are not in the file yet.
[[nodiscard]] bool matches(const Event& event, const EventQuery& query);

}  // namespace isthmus::store
