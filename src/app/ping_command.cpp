#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>

#include "app/command.hpp"
#include "app/ping_run.hpp"
#include "app/target_list.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

const std::map<std::string, Protocol> kProtocols{
    {"icmp", Protocol::icmp}, {"udp", Protocol::udp}, {"tcp", Protocol::tcp}};

Result<probes::ProberSettings> settings_of(const PingOptions& options, const WayOut& way,
                                           const std::vector<NamedAddress>& targets) {
  const auto interval = parse_duration(options.interval);
  if (!interval) return interval.error();
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return timeout.error();
  auto settings = one_shot_settings(options.common, way, targets);
  if (!settings) return settings.error();
  settings->ping = {.enabled = true,
                    .interval = *interval,
                    .timeout = *timeout,
                    .protocol = kProtocols.at(options.protocol),
                    .destination_port = options.port};
  return settings;
}

// Rounds that take longer than the interval are what --rate makes of many targets; whoever wonders should know.
void warn_of_rate(const PingOptions& options, const probes::ProberSettings& settings) {
  const double wanted = static_cast<double>(settings.targets.size()) / to_seconds(settings.ping.interval);
  if (wanted <= settings.rate_limit || options.common.json) return;
  std::cerr << fmt::format(
      "isthmus: {} targets every {} are {:.0f} packets a second, and the rate is {:.6g}: rounds will take {:.1f} s; "
      "raise --rate if the network bears it\n",
      settings.targets.size(), options.interval, wanted, settings.rate_limit,
      static_cast<double>(settings.targets.size()) / settings.rate_limit);
}

// Several targets on a terminal are a table, unless lines are wanted; a terminal that can show none gets lines, too.
bool wants_view(const PingOptions& options, std::size_t targets) {
  if (options.live) return true;
  return targets > 1 && is_terminal() && !options.lines && !options.quiet && !options.common.json;
}

int ping(PingOptions& options) {
  if (!options.file.empty()) {
    if (const auto read = read_target_list(options.file, options.common.targets); !read) {
      return fail(to_string(read.error()));
    }
    if (options.common.targets.empty()) return fail(options.file + " lists no target");
  }
  const auto resolve_interval = parse_duration(options.resolve_interval);
  if (!resolve_interval) return fail(to_string(resolve_interval.error()));
  OneShotTargets resolved = resolve_targets(options.common, "ping");
  if (resolved.found.empty() && !options.is_endless()) return kFailure;  // each one's reason is told
  const auto way = way_out_of(options.common.way_out, options.common.rate);
  if (!way) return fail(to_string(way.error()));
  auto settings = settings_of(options, *way, resolved.found);
  if (!settings) return fail(to_string(settings.error()));
  warn_of_rate(options, *settings);
  auto io = net::open_packet_io(way->binding, way->io);
  if (!io) return fail(to_string(io.error()));
  auto prober = probes::Prober::create(*settings, [&](const IpAddress& to) { return (*io)->source_for(to); });
  if (!prober) return fail(to_string(prober.error()));
  std::unique_ptr<PingLive> live;
  if (wants_view(options, resolved.found.size())) {
    auto opened = PingLive::open(fmt::format("by {}, every {}", options.protocol, options.interval),
                                 color_of(options.color), net::monotonic_now());
    if (!opened && options.live) return fail(to_string(opened.error()) + "; leave out --live for lines, or say --json");
    if (opened) live = std::move(*opened);
  }
  return run_ping(options, std::move(resolved), std::move(*settings), **io, *prober, std::move(live));
}

constexpr const char* kFooter =
    "Several targets on a terminal are shown as a table that follows; one target, and\n"
    "anything else than a terminal, gets a line for each probe.\n\n"
    "Example: isthmus ping 175.45.176.71 --netns quickstart.vp-germany -c 3\n"
    "Example: isthmus ping --live --file routers.txt --rate 500\n"
    "Example: isthmus ping -q -c 10 -i 200ms -f - < routers.txt";

}  // namespace

void add_ping(CLI::App& root, Run& run) {
  auto options = std::make_shared<PingOptions>();
  CLI::App* command = root.add_subcommand("ping", "Ping addresses; exit 1 when one of them never answered");
  command->add_option("targets", options->common.targets, "Addresses or names")->type_name("TARGET");
  command->add_option("-f,--file", options->file, "File of targets, one a line; - is standard input")
      ->type_name("FILE");
  command
      ->add_option("--protocol", options->protocol,
                   "What the probes are: echo requests, UDP to a port that should "
                   "be closed, or TCP SYN to any port")
      ->check(CLI::IsMember(kProtocols))
      ->capture_default_str();
  command->add_option("--port", options->port, "Destination port; 33434 in UDP and 80 in TCP unless given")
      ->check(CLI::Range(1, 65535));
  command
      ->add_option("-c,--count", options->count,
                   "Probes to each address, 4 unless given; 0, and --live without it: until Ctrl-C")
      ->check(CLI::Range(std::size_t{0}, std::size_t{1000000}));
  command->add_option("-i,--interval", options->interval, "Between two probes to one address")
      ->type_name("DURATION")
      ->capture_default_str();
  command->add_option("--timeout", options->timeout, "When a probe counts as unanswered")
      ->type_name("DURATION")
      ->capture_default_str();
  command->add_option("--resolve-interval", options->resolve_interval, "How often names are looked up again")
      ->type_name("DURATION")
      ->capture_default_str();
  add_one_shot_options(*command, options->common);
  auto* live = command->add_flag("--live", options->live, "A table that follows, until q, Ctrl-C or --count");
  auto* lines = command->add_flag("--lines", options->lines, "Lines, also of several targets on a terminal");
  auto* quiet = command->add_flag("-q,--quiet", options->quiet, "The summary only");
  auto* json = command->get_option("--json");
  live->excludes(json)->excludes(lines)->excludes(quiet);
  lines->excludes(json)->excludes(quiet);
  quiet->excludes(json);
  add_color_choice(*command, options->color);
  command->footer(kFooter);
  command->callback([options, &run] {
    if (options->common.targets.empty() && options->file.empty()) throw CLI::RequiredError("a target, or --file,");
    run = [options] { return ping(*options); };
  });
}

}  // namespace isthmus::app
