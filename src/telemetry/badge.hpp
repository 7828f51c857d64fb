#pragma once
// One target in little, for pages elsewhere: an image and a card. Neither loads anything, runs anything, or says more
// than state, upstreams and time. Pure functions; any thread.

#include <string>

#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::telemetry {

/// `current`: false when what is known may be old; the state is then unknown.
[[nodiscard]] std::string badge_svg(const resilience::TargetView& target, bool current);
/// A small HTML page that is loaded again every half minute.
[[nodiscard]] std::string embed_html(const resilience::TargetView& target, Timestamp time, bool current);

}  // namespace isthmus::telemetry
