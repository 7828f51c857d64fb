#pragma once
// One event of the log, with the traces that show it, before and after side by side. Pure functions; any thread.

#include <memory>
#include <string>

#include "isthmus/config/config.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/model/event.hpp"

namespace isthmus::app {

/// At most 120 columns wide. `config` tells who the target is and where the vantage points stand, as far as they are
/// still in it.
[[nodiscard]] std::string explain_event(const Event& event, const config::Config& config,
                                        const std::shared_ptr<const ip2as::NetworkData>& data);

/// The same for machines: {"event","changes":[{"vantage","destination","protocol","flow","before","after"}]}, of each
/// side when it was traced, why it ended, the upstream concluded and every hop.
[[nodiscard]] std::string explain_event_json(const Event& event, const config::Config& config,
                                             const std::shared_ptr<const ip2as::NetworkData>& data);

}  // namespace isthmus::app
