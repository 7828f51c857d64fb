#pragma once
// One observation as the firmware of a RIPE Atlas probe (5080) reports it, with the keys that come with it in the
// archive and without any of those that isthmus adds. Pure function; any thread.

#include <cstdint>
#include <string>

#include "isthmus/model/observation.hpp"

namespace isthmus::scenario {

struct AtlasProbe {
  std::uint32_t id{0};
  IpAddress address;  ///< Under which the world sees it; it stands behind a NAT.
};

/// One line without a line feed. Times are whole seconds. `stored`: when the archive got it.
[[nodiscard]] std::string atlas_result(const Observation& observation, const AtlasProbe& probe, Timestamp stored);

}  // namespace isthmus::scenario
