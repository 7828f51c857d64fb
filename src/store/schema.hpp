#pragma once
// The tables of the store and how older files become newer ones. Called on the connection's thread.

#include <span>

#include "store/database.hpp"

namespace isthmus::store {

/// One step from the schema version before to `version`. Steps are only ever added, never changed.
struct Migration {
  int version;
  const char* sql;
};

/// All steps, ascending from 1.
[[nodiscard]] std::span<const Migration> migrations();

/// Refuses files of other programs and of newer versions of isthmus, then brings the schema to the last step
/// in one transaction.
[[nodiscard]] Result<void> migrate(Database& database, std::span<const Migration> steps);

/// Refuses files of other programs and of newer versions of isthmus; reads only.
[[nodiscard]] Result<void> check_ours(Database& database, std::span<const Migration> steps);

/// For readers: the file must be ours and of exactly this version.
[[nodiscard]] Result<void> check_schema(Database& database, std::span<const Migration> steps);

}  // namespace isthmus::store
