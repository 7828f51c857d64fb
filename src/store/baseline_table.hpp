#pragma once
// The baseline as rows. Called on the connection's thread, within the store's locks.

#include "isthmus/resilience/baseline.hpp"
#include "store/database.hpp"

namespace isthmus::store {

/// Replaces everything in one transaction: a reader sees the old or the new baseline, never a mixture.
[[nodiscard]] Result<void> write_baseline(Database& database, const resilience::Baseline& baseline);
[[nodiscard]] Result<resilience::Baseline> read_baseline(Database& database);

}  // namespace isthmus::store
