#include "app/way_out.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <map>

#include "app/config_problems.hpp"
#include "app/wiring.hpp"
#include "isthmus/config/load.hpp"

namespace isthmus::app {
namespace {

const std::map<std::string, net::IoOptions::Kind> kIoKinds{{"automatic", net::IoOptions::Kind::automatic},
                                                           {"raw", net::IoOptions::Kind::raw},
                                                           {"packet", net::IoOptions::Kind::packet},
                                                           {"xdp", net::IoOptions::Kind::xdp}};

// What its networks asked for holds for every probe that leaves in its name.
Result<void> apply_config(const WayOutOptions& options, WayOut& way) {
  const config::LoadResult loaded = config::load(options.config);
  if (!loaded.config) return problems_error(options.config, loaded.problems);
  const config::Config& config = *loaded.config;
  for (const Prefix& prefix : config.probing.deny) way.deny.add(prefix);
  way.rate = std::min(way.rate, static_cast<double>(config.probing.rate_limit));
  if (options.vantage.empty()) return {};
  const auto vantage = std::ranges::find(config.vantages, options.vantage, &config::VantageConfig::name);
  if (vantage == config.vantages.end()) {
    return Error{ErrorCode::not_found, "find vantage point " + options.vantage,
                 options.config + " has none of that name"};
  }
  way.binding = binding_of(*vantage);
  return {};
}

Result<schedule::DenyList> read_deny_list(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text;
  for (std::string line; std::getline(in, line);) text += line + "\n";
  if (!in.eof()) {
    return Error{ErrorCode::not_found, "read deny list " + file, "cannot be read; without it nothing is probed"};
  }
  return schedule::DenyList::parse(text, file);
}

}  // namespace

void add_way_out_options(CLI::App& command, WayOutOptions& options) {
  auto* netns = command.add_option("--netns", options.netns, "Network namespace to probe from, as in `ip netns`");
  command.add_option("--interface", options.interface, "Interface to probe from");
  command.add_option("--source", options.source, "Source address of the probes");
  auto* config = command.add_option(
      "--config", options.config, "Configuration that names the vantage point; its deny list and rate limit hold, too");
  command.add_option("--vantage", options.vantage, "Probe as this vantage point of --config")
      ->needs(config)
      ->excludes(netns);
  command.add_option("--io", options.io, "How packets leave: raw or packet sockets, AF_XDP, or the best there is")
      ->check(CLI::IsMember(kIoKinds))
      ->capture_default_str();
  command.add_option("--deny", options.deny, "File of prefixes that are never probed; may be repeated");
}

Result<WayOut> way_out_of(const WayOutOptions& options, double rate) {
  WayOut way{.binding = {.netns = options.netns, .interface = {}, .source = {}}, .io = {}, .deny = {}, .rate = rate};
  way.io.kind = kIoKinds.at(options.io);
  if (!options.config.empty()) {
    if (const auto applied = apply_config(options, way); !applied) return applied.error();
  }
  // Said beside a vantage point, they hold instead of its own.
  if (!options.interface.empty()) way.binding.interface = options.interface;
  if (!options.source.empty()) {
    const auto source = IpAddress::parse(options.source);
    if (!source) return source.error();
    way.binding.source = *source;
  }
  for (const std::string& file : options.deny) {
    const auto list = read_deny_list(file);
    if (!list) return list.error();
    way.deny.add(*list);
  }
  return way;
}

}  // namespace isthmus::app
