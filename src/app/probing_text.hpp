#pragma once
// What a configuration will send, in words and in packets a second. Pure functions; any thread.

#include <string>

#include "isthmus/config/config.hpp"

namespace isthmus::app {

/// How many packets a second a vantage point needs at least, with one address a block where none are given, and ways of
/// twelve hops: a round that does not fit is late, and a vantage point that is late is not trusted.
[[nodiscard]] double least_rate(const config::Config& config);

/// "pings one address of each block every 10m, ...".
[[nodiscard]] std::string describe_probing(const config::Config& config);

}  // namespace isthmus::app
