#pragma once
// The little world most stories of this folder happen in: one target of one block behind eight routers.

#include <string>
#include <vector>

#include "support/prober_world.hpp"

namespace isthmus::support {

inline IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }
inline Prefix prefix(const std::string& text) { return Prefix::parse(text).value(); }

/// 198.51.100.1, .2, ... one interface each.
inline std::vector<SimRouter> routers(int count) {
  std::vector<SimRouter> result;
  for (int i = 1; i <= count; ++i) result.push_back({.interfaces = {address("198.51.100." + std::to_string(i))}});
  return result;
}

inline const IpAddress kHost = address("203.0.113.7");
inline const Prefix kBlock = prefix("203.0.113.0/24");

/// Eight routers, then the host at TTL 9.
inline SimPath plain_path() { return {.prefix = kBlock, .routers = routers(8), .hosts = {kHost}}; }

inline probes::ProberSettings settings_for(const IpAddress& host = kHost) {
  probes::ProberSettings settings;
  settings.vantage = "vp";
  settings.targets = {{"example", {}, {host}}};
  settings.rate_limit = 1000;
  settings.key_seed.fill(std::byte{7});
  settings.discovery.enabled = false;
  return settings;
}

inline probes::ProberSettings only_pings() {
  auto settings = settings_for();
  settings.trace.enabled = false;
  return settings;
}

inline probes::ProberSettings only_traces(std::uint16_t flows = 1, Protocol protocol = Protocol::udp) {
  auto settings = settings_for();
  settings.ping.enabled = false;
  settings.trace.flows = flows;
  settings.trace.protocol = protocol;
  return settings;
}

inline std::uint64_t invalid(ProberWorld& world, InvalidReason reason) {
  return world.prober().report(world.now(), world.wall()).invalid[static_cast<std::size_t>(reason)];
}

}  // namespace isthmus::support
