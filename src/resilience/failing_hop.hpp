#pragma once
// Where a path ends that used to lead further. Pure functions; any thread.

#include <optional>

#include "isthmus/model/event.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::resilience {

/// The first hop of `before` that `after` does not get to any more: from there on nothing that answered before answers.
/// Nothing when `after` still gets as far as `before` did, or took another way.
[[nodiscard]] std::optional<FailingHop> find_failing_hop(const Trace& before, const Trace& after);

}  // namespace isthmus::resilience
