#pragma once
// Whether a file may be no database of ours, before SQLite may change a byte of it. Called within the
// store's locks.

#include <string>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"

namespace isthmus::store {

enum class FileState {
  fine,     ///< Missing, empty, or a database that this isthmus may write.
  damaged,  ///< Ours, as far as can be told, and unreadable.
};

/// Reads only. Errors: refused (another program's file, or a newer isthmus wrote it), and what opening may end with. A
/// file that does not even begin like a database is ours only if a store was used here before (`<path>.lock` tells):
/// somebody may have configured the path of another file.
[[nodiscard]] Result<FileState> inspect(const std::string& path, Duration busy_timeout);

}  // namespace isthmus::store
