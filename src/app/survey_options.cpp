#include "app/survey_options.hpp"

#include <CLI/CLI.hpp>

#include "app/data_options.hpp"
#include "app/wiring.hpp"

namespace isthmus::app {
namespace {

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

}  // namespace

void add_map_options(CLI::App& command, MapOptions& options) {
  command.add_option("targets", options.targets, "Prefixes, addresses, or files with one of those a line")->required();
  add_probe_options(command, options);
  add_way_out_options(command, options.way_out);
  add_data_options(command, options.data, Several::by_repeating_it);
  command.add_option("--state", options.state,
                     "File to keep the survey in: the same command goes on where it was interrupted");
  command.add_flag("--json", options.json, "NDJSON, one line a block");
  command.add_flag("--dot{-}", options.dot, "Graphviz graph of upstreams and blocks, to standard output or --dot=FILE");
  command.add_flag("--svg{-}", options.svg, "Picture of the blocks by upstream, to standard output or --svg=FILE");
}

Result<probes::SurveySettings> survey_settings(const MapOptions& options, const WayOut& way) {
  probes::SurveySettings settings;
  using Mode = probes::SurveySettings::Mode;
  settings.mode = options.mode == "all" ? Mode::all : options.mode == "window" ? Mode::window : Mode::saving;
  settings.protocol = protocol_of(options.protocol);
  const std::uint16_t usual = settings.protocol == Protocol::tcp ? 80 : 33434;
  settings.destination_port = options.port != 0 ? options.port : usual;
  settings.flows = options.flows;
  settings.max_ttl = static_cast<Ttl>(options.max_ttl);
  settings.window = static_cast<Ttl>(options.window);
  settings.rate = way.rate;
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return timeout.error();
  settings.timeout = *timeout;
  settings.seed = random_seed();
  settings.deny = way.deny;
  return settings;
}

Result<std::shared_ptr<const ip2as::NetworkData>> survey_names(const MapOptions& options) {
  return load_data(options.data);
}

}  // namespace isthmus::app
