#include "app/survey_options.hpp"
#include "app/config_problems.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "app/data_options.hpp"
#include "app/wiring.hpp"
#include "isthmus/config/load.hpp"

namespace isthmus::app {
namespace {

Result<config::Config> load_config(const std::string& file) {
  config::LoadResult loaded = config::load(file);
  if (loaded.config) return std::move(*loaded.config);
  return problems_error(file, loaded.problems);
}

Result<std::string> read_text(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  if (!(text << in.rdbuf()) && !in.eof()) {
    return Error{ErrorCode::not_found, "read deny list " + file, "cannot be read; without it nothing is probed"};
  }
  return text.str();
}

Protocol protocol_of(const std::string& name) {
  if (name == "icmp") return Protocol::icmp;
  return name == "tcp" ? Protocol::tcp : Protocol::udp;
}

void add_probe_options(CLI::App& command, MapOptions& options) {
  command.add_option("--rate", options.rate, "At most so many packets a second")
      ->check(CLI::Range(0.1, 10000000.0))
      ->capture_default_str();
  command
      .add_option("--mode", options.mode,
                  "saving: shares what neighbouring targets show and stops at what is known; all: every TTL of every "
                  "flow; window: the last hops only")
      ->check(CLI::IsMember({"saving", "all", "window"}))
      ->capture_default_str();
  command.add_option("--window", options.window, "TTLs before each target that --mode window probes")
      ->check(CLI::Range(1, 32))
      ->capture_default_str();
  command.add_option("--addresses", options.addresses, "Addresses to probe in each block of a prefix")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command
      .add_option("--flows", options.flows,
                  "Flows to each address, each constant over all hops; 6 unless given, 1 beyond 1,024 addresses")
      ->check(CLI::Range(1, 4096));
  command.add_option("--protocol", options.protocol, "What the probes are")
      ->check(CLI::IsMember({"udp", "icmp", "tcp"}))
      ->capture_default_str();
  command.add_option("--port", options.port, "Destination port; 33434 in UDP and 80 in TCP unless given")
      ->check(CLI::Range(1, 65535));
  command.add_option("--max-ttl", options.max_ttl, "Last hop probed")->check(CLI::Range(1, 63))->capture_default_str();
  command.add_option("--timeout", options.timeout, "When a probe counts as unanswered at the latest")
      ->capture_default_str();
}

void add_way_out_options(CLI::App& command, MapOptions& options) {
  auto* netns = command.add_option("--netns", options.netns, "Network namespace to probe from, as in `ip netns`");
  command.add_option("--interface", options.interface, "Interface to probe from");
  command.add_option("--source", options.source, "Source address of the probes");
  auto* config = command.add_option(
      "--config", options.config, "Configuration that names the vantage point; its deny list and rate limit hold, too");
  command.add_option("--vantage", options.vantage, "Probe as this vantage point of --config")
      ->needs(config)
      ->excludes(netns);
  command.add_option("--io", options.io, "How packets leave and arrive; see README.md of src/net")
      ->check(CLI::IsMember({"automatic", "raw", "packet", "xdp"}))
      ->capture_default_str();
  command.add_option("--deny", options.deny, "File of prefixes that are never probed; may be repeated");
}

}  // namespace

void add_map_options(CLI::App& command, MapOptions& options) {
  command.add_option("targets", options.targets, "Prefixes, addresses, or files with one of those a line")->required();
  add_probe_options(command, options);
  add_way_out_options(command, options);
  add_data_options(command, options.data, Several::by_repeating_it);
  command.add_option("--state", options.state,
                     "File to keep the survey in: the same command goes on where it was interrupted");
  command.add_flag("--json", options.json, "NDJSON, one line a block");
  command.add_flag("--dot{-}", options.dot, "Graphviz graph of upstreams and blocks, to standard output or --dot=FILE");
  command.add_flag("--svg{-}", options.svg, "Picture of the blocks by upstream, to standard output or --svg=FILE");
}

Result<net::Binding> survey_binding(MapOptions& options) {
  net::Binding binding{.netns = options.netns, .interface = options.interface, .source = {}};
  if (!options.config.empty()) {
    const auto config = load_config(options.config);
    if (!config) return config.error();
    options.rate = std::min(options.rate, static_cast<double>(config->probing.rate_limit));
    const auto vantage = std::find_if(config->vantages.begin(), config->vantages.end(),
                                      [&](const config::VantageConfig& v) { return v.name == options.vantage; });
    if (!options.vantage.empty() && vantage == config->vantages.end()) {
      return Error{ErrorCode::not_found, "find vantage point " + options.vantage,
                   options.config + " has none of that name"};
    }
    if (vantage != config->vantages.end()) binding = binding_of(*vantage);
  }
  if (!options.source.empty()) {
    const auto source = IpAddress::parse(options.source);
    if (!source) return source.error();
    binding.source = *source;
  }
  return binding;
}

net::IoOptions survey_io(const MapOptions& options) {
  using Kind = net::IoOptions::Kind;
  static const std::map<std::string, Kind> kinds{
      {"automatic", Kind::automatic}, {"raw", Kind::raw}, {"packet", Kind::packet}, {"xdp", Kind::xdp}};
  net::IoOptions io;
  io.kind = kinds.at(options.io);
  io.tcp.wanted = options.protocol == "tcp";
  return io;
}

Result<probes::SurveySettings> survey_settings(const MapOptions& options) {
  probes::SurveySettings settings;
  using Mode = probes::SurveySettings::Mode;
  settings.mode = options.mode == "all" ? Mode::all : options.mode == "window" ? Mode::window : Mode::saving;
  settings.protocol = protocol_of(options.protocol);
  const std::uint16_t usual = settings.protocol == Protocol::tcp ? 80 : 33434;
  settings.destination_port = options.port != 0 ? options.port : usual;
  settings.flows = options.flows;
  settings.max_ttl = static_cast<Ttl>(options.max_ttl);
  settings.window = static_cast<Ttl>(options.window);
  settings.rate = options.rate;
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return timeout.error();
  settings.timeout = *timeout;
  settings.seed = random_seed();
  if (!options.config.empty()) {
    const auto config = load_config(options.config);
    if (!config) return config.error();
    for (const Prefix& prefix : config->probing.deny) settings.deny.add(prefix);
  }
  for (const std::string& file : options.deny) {
    const auto text = read_text(file);
    if (!text) return text.error();
    const auto list = schedule::DenyList::parse(*text, file);
    if (!list) return list.error();
    settings.deny.add(*list);
  }
  return settings;
}

Result<std::shared_ptr<const ip2as::NetworkData>> survey_names(const MapOptions& options) {
  return load_data(options.data);
}

}  // namespace isthmus::app
