#pragma once
// The answer to a what-if for a person. Pure functions; any thread.

#include <cstddef>
#include <string>

#include "isthmus/resilience/whatif.hpp"

namespace isthmus::app {

/// What fails, then for each target a summary and its blocks, the dark ones first, of each fate at most `most_blocks`;
/// 120 columns.
[[nodiscard]] std::string whatif_text(const resilience::WhatIf& answer, std::size_t most_blocks);

}  // namespace isthmus::app
