#pragma once
// Where a core stands in the partitions of a stream as rows. Called on the connection's thread, within the store's
// locks.

#include <vector>

#include "isthmus/store/store.hpp"
#include "store/database.hpp"

namespace isthmus::store {

/// Over what is there, within the caller's transaction.
[[nodiscard]] Result<void> write_progress(Database& database, const std::vector<StreamProgress>& progress);

/// Ascending partition, and within it ascending vantage point and start.
[[nodiscard]] Result<std::vector<StreamProgress>> select_progress(Database& database);

}  // namespace isthmus::store
