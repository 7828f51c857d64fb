#include "app/probing_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace isthmus::app {
namespace {

constexpr double kHops = 12;

struct Load {
  std::size_t blocks{0};
  std::size_t addresses{0};  // that are pinged, one at least of each block
};

Load load_of(const config::Config& config) {
  Load load;
  for (const config::TargetConfig& target : config.targets) {
    std::set<Block> given;
    for (const IpAddress& address : target.addresses) given.insert(Block::of(address));
    std::size_t blocks = 0;
    for (const Prefix& prefix : target.prefixes) blocks += blocks_of(prefix, config::kMaxBlocks).value().size();
    load.blocks += blocks;
    load.addresses += target.addresses.size() + blocks - std::min(blocks, given.size());
  }
  return load;
}

}  // namespace

double least_rate(const config::Config& config) {
  const Load load = load_of(config);
  const config::PingConfig& ping = config.probing.ping;
  const config::TraceConfig& trace = config.probing.trace;
  const auto flows = static_cast<double>(load.blocks * trace.flows);
  const double pings = static_cast<double>(ping.rotate ? load.blocks : load.addresses) / to_seconds(ping.interval);
  const double sentinels = trace.sentinel ? flows / to_seconds(trace.sentinel->interval) : 0;
  return pings + flows * kHops / to_seconds(trace.interval) + sentinels;
}

std::string describe_probing(const config::Config& config) {
  const config::PingConfig& ping = config.probing.ping;
  const config::TraceConfig& trace = config.probing.trace;
  std::string text =
      fmt::format("{}pings {} every {}, traces {} flow{} to each block every {}", config.probing.quiet ? "quiet: " : "",
                  ping.rotate ? "one address of each block" : "every address", to_string(ping.interval), trace.flows,
                  trace.flows == 1 ? "" : "s", to_string(trace.interval));
  if (trace.sentinel) text += fmt::format(" and looks at them every {}", to_string(trace.sentinel->interval));
  return text;
}

}  // namespace isthmus::app
