#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "app/archive_run.hpp"
#include "app/command.hpp"
#include "app/data_options.hpp"
#include "app/data_report.hpp"
#include "app/event_text.hpp"
#include "app/progress.hpp"
#include "app/replay.hpp"
#include "app/replay_archives.hpp"
#include "app/replay_text.hpp"
#include "app/wiring.hpp"
#include "isthmus/config/load.hpp"
#include "isthmus/formats/event_json.hpp"
#include "isthmus/formats/snapshot_json.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

// Observations between two looks at the clock.
constexpr std::uint64_t kLookEvery = 256;

struct ReplayOptions {
  std::string config;
  std::vector<std::string> observations;
  std::string reorder{"5m"};
  std::string ping_interval;
  std::string trace_interval;
  bool json{false};
  bool strict{false};
};

// The vantage points of an archive stand elsewhere: their namespaces and interfaces need not exist here.
config::Environment elsewhere() {
  config::Environment environment = config::system_environment();
  environment.netns_exists = [](const std::string&) { return true; };
  environment.interface_exists = [](const std::string&) { return true; };
  return environment;
}

struct Interval {
  Duration value{};
  const char* from{""};
};

Result<Interval> interval_of(const std::string& option, std::optional<Duration> archive, Duration configured) {
  if (option.empty()) return archive ? Interval{*archive, "archive"} : Interval{configured, "configuration"};
  const auto given = parse_duration(option);
  if (!given) return given.error();
  if (*given <= Duration::zero()) return Error{ErrorCode::invalid_argument, "read " + option, "it must not be zero"};
  return Interval{*given, "option"};
}

Result<ReplayCadence> cadence_of(const ReplayOptions& options, const resilience::CoreSettings& settings,
                                 const ReplayScope& scope) {
  const auto archive = estimate_cadence(options.observations, scope);
  if (!archive) return archive.error();
  const auto ping = interval_of(options.ping_interval, archive->ping_interval(), settings.ping_interval);
  if (!ping) return ping.error();
  const auto trace = interval_of(options.trace_interval, archive->trace_interval(), settings.trace_interval);
  if (!trace) return trace.error();
  std::cerr << fmt::format("isthmus: pings every {} ({}), traces every {} ({})\n", to_string(ping->value), ping->from,
                           to_string(trace->value), trace->from);
  return ReplayCadence{.ping_interval = ping->value, .trace_interval = trace->value};
}

void print_events(Replay& replay, ProgressBar& bar, bool json) {
  while (const auto event = replay.poll_event()) {
    bar.hide();
    std::cout << (json ? formats::to_json(*event) : event_line(*event)) << '\n';
  }
}

void play(Replay& replay, ArchiveReplay& archives, bool json) {
  ProgressBar bar(net::monotonic_now());
  const auto progress = [&] {
    return Progress{
        .share = archives.share(),
        .counts = fmt::format("{}  {} observations", to_rfc3339(replay.now()), with_commas(replay.taken()))};
  };
  while (const Observation* const observation = archives.next()) {
    replay.take(*observation);
    print_events(replay, bar, json);
    if (replay.taken() % kLookEvery == 0) bar.update(progress, net::monotonic_now());
  }
}

void tell_of_absent(const config::Config& config, const Replay& replay) {
  for (const config::VantageConfig& vantage : config.vantages) {
    const bool present = std::ranges::any_of(replay.vantages(), [&](const auto& v) { return v.name == vantage.name; });
    if (present) continue;
    std::cerr << fmt::format("isthmus: nothing from vantage point {}{}\n", vantage.name,
                             vantage.atlas_probe ? fmt::format(" (RIPE Atlas probe {})", *vantage.atlas_probe) : "");
  }
}

// What could not be used, and whether that is a flaw of the archives.
bool tell_of_skipped(const ReplayReading& reading, const Replay& replay) {
  std::uint64_t bad = reading.order.late + reading.order.future +
                      replay.rejected()[static_cast<std::size_t>(resilience::Rejection::impossible)];
  for (const formats::ArchiveSummary& archive : reading.archives) {
    bad += archive.bad;
    std::cerr << "isthmus: " << summary_text(archive);
  }
  std::cerr << "isthmus: " << replay_summary(replay, reading) << '\n';
  return bad > 0;
}

int replay(const ReplayOptions& options) {
  const auto reorder = parse_duration(options.reorder);
  if (!reorder) return fail(to_string(reorder.error()));
  const config::LoadResult loaded = config::load(options.config, elsewhere());
  for (const config::Problem& problem : loaded.problems) std::cerr << to_string(problem) << '\n';
  if (!loaded.config) return kFailure;
  const auto data = load_data(data_files(loaded.config->ip2as));
  if (!data) return fail(to_string(data.error()));
  const resilience::CoreSettings settings = core_settings(*loaded.config, {});
  const ReplayScope scope(*loaded.config, settings.targets);
  const auto cadence = cadence_of(options, settings, scope);
  if (!cadence) return fail(to_string(cadence.error()));
  const auto archives = ArchiveReplay::open(options.observations, scope, {.window = *reorder});
  if (!archives) return fail(to_string(archives.error()));

  Replay replay(*loaded.config, *data, *cadence);
  play(replay, **archives, options.json);
  const bool flawed = tell_of_skipped((*archives)->reading(), replay);
  tell_of_absent(*loaded.config, replay);
  if (replay.taken() == 0) {
    return fail("the archives hold nothing about a target or control of " + options.config +
                "; check its prefixes and controls");
  }
  const resilience::Snapshot snapshot = replay.snapshot();
  std::cout << (options.json ? formats::snapshot_line(snapshot) + "\n" : "\n" + replay_table(snapshot)) << std::flush;
  if (!std::cout) return fail("standard output cannot be written");
  return options.strict && flawed ? kFailure : kSuccess;
}

constexpr const char* kFooter =
    "The core that `isthmus monitor` runs, in virtual time over archived RIPE Atlas results: what would it have said,\n"
    "and when? Sends nothing, writes nothing; the same archives always give the same lines, in whatever order they "
    "are\n"
    "listed. Archives may be plain, gzip or bzip2, overlap in time, and be out of order by up to --reorder.\n"
    "A result counts at the moment at which it was complete. Its target is that of the block of its destination;\n"
    "pings to controls tell whether a vantage point can see. Probe N is the vantage point with `atlas_probe: N`,\n"
    "otherwise it is atlas-N in the AS of its `from` address. Intervals come from the archives, because the\n"
    "configuration's are those of your own probes; what an archive does not show, and standard input, from the\n"
    "configuration.\n\n"
    "Example: isthmus replay --config isthmus.yaml --observations pings.json.bz2 traces.json.bz2\n"
    "Example: isthmus replay --config isthmus.yaml --observations 2017-10-01.json.gz --json | grep redundancy_lost\n"
    "Example: zcat *.gz | isthmus replay --config isthmus.yaml --observations - --ping-interval 4m --trace-interval "
    "15m";

}  // namespace

void add_replay(CLI::App& root, Run& run) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* command = root.add_subcommand(
      "replay", "What isthmus would have said of archived RIPE Atlas pings and traces: events, then how it all ended");
  command->add_option("--config", options->config, "Configuration: targets, controls, ip2as, vantage points by probe")
      ->required()
      ->type_name("FILE");
  command->add_option("--observations", options->observations, "Archives; - is standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("--reorder", options->reorder, "How far an archive may be out of order; older results are late")
      ->type_name("DURATION")
      ->capture_default_str();
  command->add_option("--ping-interval", options->ping_interval, "Instead of what the archives show")
      ->type_name("DURATION");
  command->add_option("--trace-interval", options->trace_interval, "Instead of what the archives show")
      ->type_name("DURATION");
  command->add_flag("--json", options->json, "NDJSON: an event a line, with its evidence, and last the snapshot");
  command->add_flag("--strict", options->strict, "Exit 1 when any record was bad, late, from the future or impossible");
  command->footer(kFooter);
  command->callback([options, &run] { run = [options] { return replay(*options); }; });
}

}  // namespace isthmus::app
