#pragma once
// Where an interrupted survey is kept. One process uses a file at a time; any thread.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isthmus/base/result.hpp"

namespace isthmus::app {

/// The whole file; nothing when there is none.
[[nodiscard]] Result<std::optional<std::vector<std::byte>>> read_state(const std::string& file);

/// Replaces the file as a whole: whoever reads it, even after a crash, finds the old state or the new one. Only its
/// owner may read it, because it holds the key of the flows.
[[nodiscard]] Result<void> write_state(const std::string& file, std::span<const std::byte> state);

}  // namespace isthmus::app
