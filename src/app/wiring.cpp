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

fleet::Assignment assignment_of(const config::Config& config, const config::VantageConfig& vantage) {
  const config::ProbingConfig& probing = config.probing;
  fleet::Assignment assignment;
  assignment.vantage = vantage.name;
  if (config.fleet) {
    assignment.stream = config.fleet->stream;
    assignment.partitions = config.fleet->partition.of;
  }
  const double vantages = static_cast<double>(std::max<std::size_t>(1, config.vantages.size()));
  for (const config::TargetConfig& target : config.targets) {
    assignment.targets.push_back({.name = target.name,
                                  .prefixes = target.prefixes,
                                  .addresses = target.addresses,
                                  .trace_probes_per_hour = target.trace_probes_per_hour.value_or(0) / vantages});
  }
  assignment.controls = config.controls;
  assignment.rate_limit = probing.rate_limit;
  assignment.router_limit = probing.router_limit;
  assignment.quiet = probing.quiet;
  assignment.pings = {.interval = probing.ping.interval,
                      .timeout = probing.ping.timeout,
                      .protocol = probing.ping.protocol,
                      .port = probing.ping.port,
                      .rotate = probing.ping.rotate};
  const config::TraceConfig& trace = probing.trace;
  assignment.traces = {.interval = trace.interval,
                       .timeout = trace.timeout,
                       .protocol = trace.protocol,
                       .port = trace.port,
                       .flows = trace.flows,
                       .attempts = trace.attempts,
                       .max_ttl = trace.max_ttl,
                       .gap_limit = trace.gap_limit};
  if (trace.sentinel) assignment.traces.sentinel_interval = trace.sentinel->interval;
  return assignment;
}

probes::ProberSettings prober_settings(const fleet::Assignment& assignment, std::span<const Prefix> deny,
                                       const wire::KeySeed& seed) {
  probes::ProberSettings settings;
  settings.vantage = assignment.vantage;
  for (const fleet::AssignedTarget& target : assignment.targets) {
    settings.targets.push_back({.name = target.name,
                                .prefixes = target.prefixes,
                                .addresses = target.addresses,
                                .trace_probes_per_hour = target.trace_probes_per_hour});
  }
  settings.controls = assignment.controls;
  settings.rate_limit = assignment.rate_limit;
  settings.router_limit = assignment.router_limit;
  settings.ping.interval = assignment.pings.interval;
  settings.ping.timeout = assignment.pings.timeout;
  settings.ping.protocol = assignment.pings.protocol;
  settings.ping.destination_port = assignment.pings.port;
  settings.ping.rotate = assignment.pings.rotate;
  // A pass asks all 254 addresses of a block: takes two days like that, and as long a pause follows.
  if (assignment.quiet) {
    settings.discovery.block_probes_per_hour = 5;
    settings.discovery.rescan_pause = std::chrono::hours(48);
  }
  const fleet::AssignedTraces& traces = assignment.traces;
  settings.trace.interval = traces.interval;
  settings.trace.protocol = traces.protocol;
  settings.trace.destination_port = traces.port != 0 ? traces.port : probes::default_port(traces.protocol);
  settings.trace.flows = traces.flows;
  settings.trace.timeout = traces.timeout;
  settings.trace.attempts = traces.attempts;
  settings.trace.gap_limit = traces.gap_limit;
  settings.trace.max_ttl = traces.max_ttl;
  if (traces.sentinel_interval) settings.trace.sentinel = probes::SentinelSettings{*traces.sentinel_interval};
  for (const Prefix& prefix : deny) settings.deny.add(prefix);
  settings.key_seed = seed;
  return settings;
}

probes::ProberSettings prober_settings(const config::Config& config, const config::VantageConfig& vantage,
                                       const wire::KeySeed& seed) {
  return prober_settings(assignment_of(config, vantage), config.probing.deny, seed);
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
