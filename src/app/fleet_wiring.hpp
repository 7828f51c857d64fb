#pragma once
// From the configuration to what the parts of a fleet are told. Pure functions; any thread.

#include <string>

#include "isthmus/config/config.hpp"
#include "isthmus/fleet/settings.hpp"

namespace isthmus::app {

/// `name`: of this client, as the broker lists it.
[[nodiscard]] fleet::BrokerSettings broker_settings(const config::BrokerConfig& config, std::string name);

[[nodiscard]] fleet::StreamSettings stream_settings(const config::FleetConfig& config);

}  // namespace isthmus::app
