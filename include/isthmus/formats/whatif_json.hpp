#pragma once
// The answer to a what-if as a JSON document: of /api/v1/whatif and of `isthmus whatif --json`. Pure functions; any
// thread.

#include <string>
#include <string_view>

#include "isthmus/base/result.hpp"
#include "isthmus/resilience/whatif.hpp"

namespace isthmus::formats {

/// {"time","fail":{"ases":[{"asn","name"}],"routers":[...]},"targets":[{"target","blocks_by_fate":{"dark",...},
/// "min_cut_as":{"before","after"},"units":{"all","known","kept","moved"},"carried_by":[{"asn","name","share"}],
/// "blocks":[{"block","fate","min_cut_as","units","carried_by"}]}]}. A min cut is null where nothing is known; after a
/// failure that leaves nothing it is 0. No line feed at the end and none inside.
[[nodiscard]] std::string whatif_json(const resilience::WhatIf& answer);

/// Reads what whatif_json() writes, with the time to the millisecond.
[[nodiscard]] Result<resilience::WhatIf> whatif_from_json(std::string_view text);

}  // namespace isthmus::formats
