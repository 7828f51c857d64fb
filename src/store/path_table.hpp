#pragma once
// Changes of paths as rows. Called on the connection's thread, within the store's locks.

#include <cstddef>
#include <vector>

#include "isthmus/resilience/path_change.hpp"
#include "store/database.hpp"
#include "store/name_table.hpp"

namespace isthmus::store {

/// Within the caller's transaction.
[[nodiscard]] Result<void> insert_path_changes(Database& database, NameTable& names,
                                               const resilience::PathChanges& changes);

/// Ascending time.
[[nodiscard]] Result<std::vector<resilience::PathChange>> select_path_changes(Database& database,
                                                                              const resilience::PathChangeQuery& query);
[[nodiscard]] Result<std::vector<resilience::PathChangesLeftOut>> select_left_out(
    Database& database, const resilience::PathChangeQuery& query);

/// At most `limit` changes before `end`, the oldest first, with the counts of those hours; how many changes went.
[[nodiscard]] Result<std::uint64_t> delete_path_changes(Database& database, Timestamp end, std::size_t limit);

}  // namespace isthmus::store
