#pragma once
// From the configuration to what each part is told. Pure functions; any thread.

#include <span>
#include <string>

#include "isthmus/base/result.hpp"
#include "isthmus/config/config.hpp"
#include "isthmus/fleet/assignment.hpp"
#include "isthmus/net/open_packet_io.hpp"
#include "isthmus/probes/settings.hpp"
#include "isthmus/resilience/baseline.hpp"
#include "isthmus/resilience/settings.hpp"

namespace isthmus::app {

[[nodiscard]] resilience::CoreSettings core_settings(const config::Config& config, const std::string& prefix_data);

/// What the configuration has for one of its vantage points to do, without serial and time.
[[nodiscard]] fleet::Assignment assignment_of(const config::Config& config, const config::VantageConfig& vantage);

[[nodiscard]] probes::ProberSettings prober_settings(const fleet::Assignment& assignment, std::span<const Prefix> deny,
                                                     const wire::KeySeed& seed);
/// Both together, for one process that has the configuration and probes.
[[nodiscard]] probes::ProberSettings prober_settings(const config::Config& config, const config::VantageConfig& vantage,
                                                     const wire::KeySeed& seed);

/// Adds the addresses that answered the vantage point before a restart, so that what was found needs no new search: a
/// block that is dark now would not be found at all.
void remember(probes::ProberSettings& settings, const resilience::Baseline& baseline);

[[nodiscard]] net::Binding binding_of(const config::VantageConfig& vantage);

/// 32 bytes from the kernel's generator; throws std::system_error when it has none to give.
[[nodiscard]] wire::KeySeed random_seed();

}  // namespace isthmus::app
