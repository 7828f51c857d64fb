#pragma once
// Days of targets and blocks as rows. Called on the connection's thread, within the store's locks.

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "isthmus/resilience/daily.hpp"
#include "store/database.hpp"
#include "store/name_table.hpp"

namespace isthmus::store {

/// Over what is there, within the caller's transaction.
[[nodiscard]] Result<void> write_days(Database& database, NameTable& names,
                                      const std::vector<resilience::DayRecord>& records);

/// Up to when the program that writes was alive.
[[nodiscard]] Result<void> write_alive(Database& database, Timestamp time);
[[nodiscard]] Result<std::optional<Timestamp>> read_alive(Database& database);

/// Ascending day; of days that go on, the figures reach up to `until` and `present` holds since.
[[nodiscard]] Result<std::vector<resilience::DayRecord>> select_days(Database& database,
                                                                     const resilience::HistoryQuery& query);
/// Of all targets and blocks, from that day on.
[[nodiscard]] Result<std::vector<resilience::DayRecord>> select_days_since(Database& database,
                                                                           std::chrono::sys_days first);

/// At most `limit` rows of days before `end`, of blocks or of whole targets; how many went.
[[nodiscard]] Result<std::uint64_t> delete_days(Database& database, std::chrono::sys_days end, bool of_blocks,
                                                std::size_t limit);

}  // namespace isthmus::store
