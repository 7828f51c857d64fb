#pragma once
// Deletes what is too old, in steps so small that nobody has to wait. Called within the store's locks.

#include "isthmus/store/store.hpp"
#include "store/database.hpp"

namespace isthmus::store {

/// Some hundred rows of each kind, in one transaction; adds to `expired` what went and whether there is more.
[[nodiscard]] Result<void> delete_old(Database& database, const StoreOptions& options, Timestamp now, Expired& expired);

/// Gives a megabyte of free pages back to the file system, if there are many.
[[nodiscard]] Result<void> give_back(Database& database, Expired& expired);

}  // namespace isthmus::store
