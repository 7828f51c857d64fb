#pragma once
// The baseline as rows, one a block. Called on the connection's thread, within the store's locks.

#include "isthmus/resilience/baseline.hpp"
#include "store/database.hpp"
#include "store/name_table.hpp"

namespace isthmus::store {

/// Over what is there, within the caller's transaction; first what is removed, then what is new.
[[nodiscard]] Result<void> write_changes(Database& database, NameTable& names,
                                         const resilience::BaselineChanges& changes);
/// Forgets all of it, within the caller's transaction.
[[nodiscard]] Result<void> delete_baseline(Database& database);

/// Targets and vantage points in the order in which their names were first stored, blocks ascending. A damaged row is
/// an error: a baseline that is wrong raises false events.
[[nodiscard]] Result<resilience::Baseline> read_baseline(Database& database);

}  // namespace isthmus::store
