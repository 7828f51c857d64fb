#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/command.hpp"
#include "app/progress.hpp"
#include "app/trace_multipath.hpp"
#include "app/trace_options.hpp"
#include "app/trace_rounds.hpp"
#include "app/trace_text.hpp"
#include "isthmus/formats/atlas.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// Often enough for a line of progress.
constexpr Duration kTurn = std::chrono::milliseconds(200);

Result<probes::ProberSettings> settings_of(const TraceOptions& options, const WayOut& way,
                                           const std::vector<NamedAddress>& targets) {
  const auto timeout = parse_duration(options.timeout);
  if (!timeout) return timeout.error();
  auto settings = one_shot_settings(options.common, way, targets);
  if (!settings) return settings.error();
  settings->trace.enabled = true;
  const auto interval = parse_duration(options.interval);
  if (!interval) return interval.error();
  // Where one round is all that is wanted the run ends long before the next.
  settings->trace.interval = options.is_lasting() ? *interval : Duration(std::chrono::hours(24));
  settings->trace.protocol = options.probe_protocol();
  settings->trace.destination_port = options.probe_port();
  settings->trace.flows = options.flow_count();
  settings->trace.timeout = *timeout;
  settings->trace.attempts = options.attempt_count();
  settings->trace.gap_limit = options.gap_limit;
  settings->trace.max_ttl = static_cast<Ttl>(options.max_ttl);
  return settings;
}

// Once every flow to every target.
int trace_once(const TraceOptions& options, const std::vector<NamedAddress>& targets, net::PacketIo& io,
               probes::Prober& prober, const ip2as::PrefixTable& names) {
  for (const NamedAddress& target : targets) prober.trace_now(target.name, target.address, net::monotonic_now());
  const std::size_t wanted = targets.size() * options.flow_count();
  std::size_t missing = wanted;
  bool reached = true;
  ProgressBar bar(net::monotonic_now());
  const auto take = [&](const Observation& observation) {
    const auto* result = std::get_if<Trace>(&observation);
    if (result == nullptr || missing == 0) return missing != 0;
    reached &= result->stop == StopReason::reached;
    bar.hide();
    if (options.common.json) {
      std::cout << formats::to_atlas_json(*result) << std::endl;
    } else {
      std::cout << trace_text(*result, names) << std::flush;
    }
    return --missing != 0;
  };
  const auto progress = [&] {
    std::uint64_t sent = 0;
    for (const auto& by : prober.report(net::monotonic_now(), net::wall_now()).sent) sent += by.probes;
    return Progress{.share = {}, .counts = fmt::format("{} probes  {} of {} flows", sent, wanted - missing, wanted)};
  };
  const bool whole = run_one_shot(
      io, prober, {.limit = std::chrono::minutes(5), .longest_turn = kTurn, .on_observation = take, .on_turn = [&] {
                     bar.update(progress, net::monotonic_now());
                   }});
  return whole && reached ? kSuccess : kFailure;
}

std::string title_of(const TraceOptions& options, const NamedAddress& target) {
  const std::string address = to_string(target.address);
  const std::string whom = target.name == address ? address : fmt::format("{} ({})", target.name, address);
  const std::uint16_t flows = options.flow_count();
  return fmt::format("{} by {}, {} flow{}, every {}", whom, options.protocol, flows, flows == 1 ? "" : "s",
                     options.interval);
}

int trace(const TraceOptions& options) {
  const auto [targets, complete] = resolve_targets(options.common, "traceroute");
  if (targets.empty()) return kFailure;  // each one's reason is told
  if (options.is_lasting() && options.common.targets.size() > 1) {
    fail("--live and --rounds follow one target; give one, or leave them out");
    return kUsage;
  }
  const auto way = way_out_of(options.common.way_out, options.common.rate);
  if (!way) return fail(to_string(way.error()));
  const auto settings = settings_of(options, *way, targets);
  if (!settings) return fail(to_string(settings.error()));
  const auto names = load_names(options.common);
  if (!names) return fail(to_string(names.error()));
  auto io = net::open_packet_io(way->binding, way->io);
  if (!io) return fail(to_string(io.error()));
  auto prober = probes::Prober::create(*settings, [&](const IpAddress& to) { return (*io)->source_for(to); });
  if (!prober) return fail(to_string(prober.error()));
  if (options.is_lasting()) {
    return run_trace_rounds({.title = title_of(options, targets.front()),
                             .rounds = options.rounds.value_or(0),
                             .live = options.live,
                             .json = options.common.json,
                             .color = color_of(options.color),
                             .host_names = !options.no_names,
                             .networks = options.common.ip2as.empty() ? nullptr : &*names},
                            **io, *prober, *settings);
  }
  const int status = trace_once(options, targets, **io, *prober, *names);
  return complete ? status : kFailure;
}

constexpr const char* kFooter =
    "Example: isthmus trace 175.45.176.71 --netns quickstart.vp-us --flows 6\n"
    "Example: isthmus trace example.net --live --ip2as asn-ipv4.csv\n"
    "Example: isthmus trace example.net --rounds 10 --protocol tcp --port 443\n"
    "Example: isthmus trace example.net --mda --confidence 99 --dot";

}  // namespace

void add_trace(CLI::App& root, Run& run) {
  auto options = std::make_shared<TraceOptions>();
  CLI::App* command = root.add_subcommand(
      "trace", "Paris traceroute, once or round after round; exit 1 when a flow did not reach its destination");
  add_trace_options(*command, *options);
  command->footer(kFooter);
  command->callback(
      [options, &run] { run = [options] { return options->mda ? trace_multipath(*options) : trace(*options); }; });
}

}  // namespace isthmus::app
