#pragma once
// What was told late as rows, one a day, block and vantage point. Called on the connection's thread, within the store's
// locks.

#include <cstddef>
#include <vector>

#include "isthmus/resilience/late.hpp"
#include "store/database.hpp"
#include "store/name_table.hpp"

namespace isthmus::store {

/// Adds to what is there, within the caller's transaction.
[[nodiscard]] Result<void> add_late(Database& database, NameTable& names,
                                    const std::vector<resilience::LateTally>& tallies);

/// Ascending day, then vantage point; over all blocks unless one is asked for.
[[nodiscard]] Result<std::vector<resilience::LateTally>> select_late(Database& database,
                                                                     const resilience::HistoryQuery& query);

/// At most `limit` rows of days before `end`, the oldest first; how many went.
[[nodiscard]] Result<std::uint64_t> delete_late(Database& database, std::chrono::sys_days end, std::size_t limit);

}  // namespace isthmus::store
