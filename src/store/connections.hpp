#pragma once
// The two connections of a store, each set up for its work. Called within the store's locks.

#include <string>

#include "store/database.hpp"

namespace isthmus::store {

/// Creates the file if need be, and brings its schema up to date. The caller holds the writer's lock and has looked at
/// the file.
[[nodiscard]] Result<Database> open_writer(const std::string& path, Duration busy_timeout);

/// The file must be there, and of exactly this schema.
[[nodiscard]] Result<Database> open_reader(const std::string& path, Duration busy_timeout);

}  // namespace isthmus::store
