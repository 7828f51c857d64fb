#include "app/one_shot.hpp"

#include <netdb.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "app/probe_loop.hpp"
#include "app/wiring.hpp"
#include "isthmus/config/load.hpp"
#include "isthmus/ip2as/load.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

volatile std::sig_atomic_t interrupted = 0;

Result<IpAddress> resolve_one(const std::string& name) {
  if (const auto literal = IpAddress::parse(name)) {
    if (literal->is_v4()) return *literal;
    return Error{ErrorCode::invalid_argument, "probe " + name, "probing is IPv4 only in this version"};
  }
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (const int status = getaddrinfo(name.c_str(), nullptr, &hints, &found); status != 0) {
    return Error{ErrorCode::not_found, "resolve " + name, gai_strerror(status)};
  }
  sockaddr_in address{};
  std::memcpy(&address, found->ai_addr, sizeof address);
  freeaddrinfo(found);
  return IpAddress::v4(ntohl(address.sin_addr.s_addr));
}

Result<config::Config> load_config(const OneShotOptions& options) {
  config::LoadResult loaded = config::load(options.config);
  if (loaded.config) return std::move(*loaded.config);
  return Error{ErrorCode::parse_failed, "read " + options.config,
               to_string(loaded.problems.front()) + " (isthmus check names them all)"};
}

Result<net::Binding> binding_from_config(const OneShotOptions& options) {
  const auto config = load_config(options);
  if (!config) return config.error();
  for (const config::VantageConfig& vantage : config->vantages) {
    if (vantage.name == options.vantage) return binding_of(vantage);
  }
  return Error{ErrorCode::not_found, "find vantage point " + options.vantage,
               options.config + " has none of that name"};
}

}  // namespace

void add_one_shot_options(CLI::App& command, OneShotOptions& options) {
  auto* netns = command.add_option("--netns", options.netns, "Network namespace to probe from, as in `ip netns`");
  command.add_option("--interface", options.interface, "Interface to probe from");
  command.add_option("--source", options.source, "Source address of the probes");
  auto* config = command.add_option(
      "--config", options.config, "Configuration that names the vantage point; its deny list and rate limit hold, too");
  command.add_option("--vantage", options.vantage, "Probe as this vantage point of --config")
      ->needs(config)
      ->excludes(netns);
  command.add_option("--rate", options.rate, "At most so many packets a second")
      ->check(CLI::Range(0.1, 10000.0))
      ->capture_default_str();
  command.add_option("--deny", options.deny, "File of prefixes that are never probed; may be repeated");
  command.add_option("--ip2as", options.ip2as, "Prefix-to-AS file to name the hops with; may be repeated");
  command.add_flag("--json", options.json, "RIPE Atlas result format, one line a result");
}

Result<std::vector<NamedAddress>> resolve(const std::vector<std::string>& names) {
  std::vector<NamedAddress> targets;
  for (const std::string& name : names) {
    const auto address = resolve_one(name);
    if (!address) return address.error();
    targets.push_back({name, *address});
  }
  return targets;
}

Result<probes::ProberSettings> one_shot_settings(const OneShotOptions& options,
                                                 const std::vector<NamedAddress>& targets) {
  probes::ProberSettings settings;
  settings.vantage = options.vantage.empty() ? "local" : options.vantage;
  settings.rate_limit = options.rate;
  settings.key_seed = random_seed();
  settings.ping.enabled = false;
  settings.trace.enabled = false;
  settings.discovery.enabled = false;
  for (const NamedAddress& target : targets) {
    settings.targets.push_back({.name = target.name,
                                .prefixes = {Prefix(target.address, target.address.width())},
                                .addresses = {target.address}});
  }
  if (!options.config.empty()) {
    // What its networks asked for holds for every probe that leaves in its name.
    const auto config = load_config(options);
    if (!config) return config.error();
    for (const Prefix& prefix : config->probing.deny) settings.deny.add(prefix);
    settings.rate_limit = std::min(settings.rate_limit, static_cast<double>(config->probing.rate_limit));
  }
  for (const std::string& file : options.deny) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    if (!(text << in.rdbuf()) && !in.eof()) {
      return Error{ErrorCode::not_found, "read deny list " + file, "cannot be read; without it nothing is probed"};
    }
    const auto list = schedule::DenyList::parse(text.str(), file);
    if (!list) return list.error();
    settings.deny.add(*list);
  }
  for (const NamedAddress& target : targets) {
    if (settings.deny.contains(target.address)) {
      return Error{ErrorCode::refused, "probe " + target.name, to_string(target.address) + " is on the deny list"};
    }
  }
  return settings;
}

Result<std::unique_ptr<net::PacketIo>> open_one_shot(const OneShotOptions& options) {
  if (!options.vantage.empty()) {
    const auto binding = binding_from_config(options);
    if (!binding) return binding.error();
    return net::open_raw_sockets(*binding);
  }
  net::Binding binding{.netns = options.netns, .interface = options.interface, .source = {}};
  if (!options.source.empty()) {
    const auto source = IpAddress::parse(options.source);
    if (!source) return source.error();
    binding.source = *source;
  }
  return net::open_raw_sockets(binding);
}

Result<ip2as::PrefixTable> load_names(const OneShotOptions& options) {
  if (options.ip2as.empty()) return ip2as::PrefixTable();
  return ip2as::load(options.ip2as);
}

// No SA_RESTART, so that the poll returns.
void catch_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool is_interrupted() { return interrupted != 0; }

bool run_one_shot(net::PacketIo& io, probes::Prober& prober, Duration limit,
                  const std::function<bool(const Observation&)>& on_observation) {
  catch_interrupt();
  const Instant end = net::monotonic_now() + limit;
  bool more = true;
  while (more && interrupted == 0 && net::monotonic_now() < end) {
    turn_probe_loop(io, prober, end,
                    [&](const Observation& observation) { more = more && on_observation(observation); });
  }
  return !more;
}

}  // namespace isthmus::app
