#pragma once
// Moves a damaged file out of the way. Called by its owner.

#include <string>

#include "isthmus/base/result.hpp"
#include "isthmus/base/time.hpp"

namespace isthmus::sqlite {

/// Renames the file, its -wal and its -shm, to `<path>.corrupt-YYYYMMDDTHHMMSSZ`; nobody may have them open. The new
/// name of the file itself.
[[nodiscard]] Result<std::string> set_aside(const std::string& path, Timestamp now);

}  // namespace isthmus::sqlite
