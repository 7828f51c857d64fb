#include "app/wiring.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>

namespace isthmus::app {

resilience::CoreSettings core_settings(const config::Config& config, const std::string& prefix_data) {
  resilience::CoreSettings settings;
  for (const config::TargetConfig& target : config.targets) {
    resilience::TargetSettings out;
    out.network = {.name = target.name,
                   .asn = target.asn,
                   .prefixes = target.prefixes,
                   .known_providers = target.expected_upstreams};
    out.addresses = target.addresses;
    for (const Prefix& prefix : target.prefixes) {
      // The configuration was accepted, so that its prefixes have few enough blocks.
      const auto blocks = blocks_of(prefix, config::kMaxBlocks).value();
      out.blocks.insert(out.blocks.end(), blocks.begin(), blocks.end());
    }
    std::sort(out.blocks.begin(), out.blocks.end());
    out.blocks.erase(std::unique(out.blocks.begin(), out.blocks.end()), out.blocks.end());
    settings.targets.push_back(std::move(out));
  }
  for (const config::VantageConfig& vantage : config.vantages) {
    settings.vantages.push_back({.name = vantage.name, .asn = vantage.asn});
  }
  settings.controls = config.controls;
  settings.ping_interval = config.probing.ping.interval;
  settings.ping_timeout = config.probing.ping.timeout;
  settings.pings_rotate = config.probing.ping.rotate;
  settings.trace_interval = config.probing.trace.interval;
  if (config.probing.trace.sentinel) settings.sentinel_interval = config.probing.trace.sentinel->interval;
  settings.prefix_data = prefix_data;
  return settings;
}

probes::ProberSettings prober_settings(const config::Config& config, const config::VantageConfig& vantage,
                                       const wire::KeySeed& seed) {
  const config::ProbingConfig& probing = config.probing;
  probes::ProberSettings settings;
  settings.vantage = vantage.name;
  for (const config::TargetConfig& target : config.targets) {
    const double vantages = static_cast<double>(std::max<std::size_t>(1, config.vantages.size()));
    settings.targets.push_back({.name = target.name,
                                .prefixes = target.prefixes,
                                .addresses = target.addresses,
                                .trace_probes_per_hour = target.trace_probes_per_hour.value_or(0) / vantages});
  }
  settings.controls = config.controls;
  settings.rate_limit = probing.rate_limit;
  settings.router_limit = probing.router_limit;
  settings.ping.interval = probing.ping.interval;
  settings.ping.timeout = probing.ping.timeout;
  settings.ping.protocol = probing.ping.protocol;
  settings.ping.destination_port = probing.ping.port;
  settings.ping.rotate = probing.ping.rotate;
  // A pass asks all 254 addresses of a block: takes two days like that, and as long a pause follows.
  if (probing.quiet) {
    settings.discovery.block_probes_per_hour = 5;
    settings.discovery.rescan_pause = std::chrono::hours(48);
  }
  settings.trace.interval = probing.trace.interval;
  settings.trace.protocol = probing.trace.protocol;
  settings.trace.destination_port =
      probing.trace.port != 0 ? probing.trace.port : probes::default_port(probing.trace.protocol);
  settings.trace.flows = probing.trace.flows;
  settings.trace.timeout = probing.trace.timeout;
  settings.trace.attempts = probing.trace.attempts;
  settings.trace.gap_limit = probing.trace.gap_limit;
  settings.trace.max_ttl = probing.trace.max_ttl;
  if (probing.trace.sentinel) settings.trace.sentinel = probes::SentinelSettings{probing.trace.sentinel->interval};
  for (const Prefix& prefix : probing.deny) settings.deny.add(prefix);
  settings.key_seed = seed;
  return settings;
}

void remember(probes::ProberSettings& settings, const resilience::Baseline& baseline) {
  std::map<std::string, probes::ProbeTarget*> targets;
  for (probes::ProbeTarget& target : settings.targets) targets.emplace(target.name, &target);
  for (const resilience::TargetMemory& memory : baseline.targets) {
    const auto target = targets.find(memory.name);
    if (target == targets.end()) continue;
    for (const resilience::BlockMemory& block : memory.blocks) {
      for (const resilience::AddressMemory& known : block.addresses) {
        if (known.vantage == settings.vantage) target->second->remembered.push_back(known.address);
      }
    }
  }
}

net::Binding binding_of(const config::VantageConfig& vantage) {
  return {.netns = vantage.netns, .interface = vantage.interface, .source = vantage.source};
}

wire::KeySeed random_seed() {
  wire::KeySeed seed{};
  // Up to 256 bytes come whole once the generator is seeded (getrandom(2)).
  if (getrandom(seed.data(), seed.size(), 0) != static_cast<ssize_t>(seed.size())) {
    throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  return seed;
}

}  // namespace isthmus::app
