#pragma once
// One event of the log, with the traces that show it, before and after side by side. At most 120 columns wide. Pure
// function; any thread.

#include <memory>
#include <string>

#include "isthmus/config/config.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/model/event.hpp"

namespace isthmus::app {

/// `config` tells who the target is and where the vantage points stand, as far as they are still in it.
[[nodiscard]] std::string explain_event(const Event& event, const config::Config& config,
                                        const std::shared_ptr<const ip2as::NetworkData>& data);

}  // namespace isthmus::app
