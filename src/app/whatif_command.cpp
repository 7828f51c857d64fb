#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "app/archive_run.hpp"
#include "app/command.hpp"
#include "app/data_options.hpp"
#include "app/http_access.hpp"
#include "app/infer_report.hpp"
#include "app/monitor_api.hpp"
#include "app/trace_intake.hpp"
#include "app/whatif_text.hpp"
#include "isthmus/formats/whatif_json.hpp"
#include "isthmus/resilience/whatif.hpp"
#include "isthmus/telemetry/http_client.hpp"

namespace isthmus::app {
namespace {

// Of each fate, unless somebody wants to see them all.
constexpr std::size_t kBlocksShown = 20;
constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(30);

struct WhatIfOptions {
  std::string fail;
  std::string url{kMonitorUrl};
  telemetry::HttpAccess access;
  std::string target;
  std::vector<std::string> traces;
  ip2as::DataFiles data;
  bool json{false};
  bool all{false};
};

int print(const resilience::WhatIf& answer, const WhatIfOptions& options) {
  const std::size_t most = options.all ? std::numeric_limits<std::size_t>::max() : kBlocksShown;
  std::cout << (options.json ? formats::whatif_json(answer) + "\n" : whatif_text(answer, most)) << std::flush;
  return std::cout ? kSuccess : fail("standard output cannot be written");
}

int ask_monitor(const resilience::Failure& failure, const WhatIfOptions& options) {
  std::string request = "/api/v1/whatif?fail=" + url_encoded(to_string(failure));
  if (!options.target.empty()) request += "&target=" + url_encoded(options.target);
  const auto body = ask_isthmus(options.url, request, kTimeout, options.access);
  if (!body) {
    const Error& error = body.error();
    if (error.code == ErrorCode::invalid_argument) return fail(error.detail);
    return fail(to_string(error) + ", or read archives with --traces and --ip2as");
  }
  const auto answer = formats::whatif_from_json(*body);
  if (!answer) return fail(to_string(answer.error()) + "; is " + options.url + " an isthmus monitor?");
  return print(*answer, options);
}

Timestamp latest_of(const inference::PathMap& map) {
  Timestamp latest{};
  for (const auto& [target, block] : map.blocks()) {
    for (const inference::Path& path : map.paths_of(target, block)) latest = std::max(latest, path.time);
  }
  return latest;
}

int read_traces(const resilience::Failure& failure, const WhatIfOptions& options) {
  IntakeSettings settings;
  if (!options.target.empty()) {
    auto target = parse_target(options.target);
    if (!target) return fail(to_string(target.error()));
    settings.targets.push_back(std::move(*target));
  }
  const auto data = load_data(options.data);
  if (!data) return fail(to_string(data.error()));
  TraceIntake intake(*data, std::move(settings));
  const ArchiveTotals totals = read_archives(options.traces, [&](const Trace& trace) { intake.take(trace); });
  if (intake.map().path_count() == 0) return fail("there is no trace to read ways from");
  intake.settle();
  InferReport report(intake.map(), **data);
  const auto answer = resilience::what_if(report.watched(), failure, latest_of(intake.map()));
  if (!answer) return fail(to_string(answer.error()));
  const int status = print(*answer, options);
  return totals.unread > 0 ? kFailure : status;
}

int whatif(const WhatIfOptions& options) {
  const auto failure = resilience::parse_failure(options.fail);
  if (!failure) {
    fail(to_string(failure.error()));
    return kUsage;
  }
  return options.traces.empty() ? ask_monitor(*failure, options) : read_traces(*failure, options);
}

constexpr const char* kFooter =
    "Asks a running isthmus monitor, or reads archived traces like isthmus infer. A block is dark when every way to "
    "it\n"
    "that is known needs what fails; not known when no way is known, or those that are say too little. Shares are of\n"
    "(vantage AS, block) pairs that keep a way, never of traffic. A backup that never carried a probe is not seen.\n\n"
    "Example: isthmus whatif --fail AS4837\n"
    "Example: isthmus whatif --fail AS4837,AS20485 --url http://127.0.0.1:10176 --target north-korea --json\n"
    "Example: isthmus whatif --fail 219.158.3.2 --traces traces.json.bz2 --ip2as pfx2as.txt.gz --as-rel as-rel.txt.bz2";

}  // namespace

void add_whatif(CLI::App& root, Run& run) {
  auto options = std::make_shared<WhatIfOptions>();
  CLI::App* command = root.add_subcommand(
      "whatif",
      "Which blocks would go dark if a network or a router failed, and who would carry the rest; sends nothing");
  command->add_option("--fail", options->fail, "AS numbers and addresses of routers that fail together")
      ->required()
      ->type_name("AS,AS,ADDRESS");
  auto* url = command->add_option("--url", options->url, "Where isthmus monitor listens")->capture_default_str();
  auto* traces = command->add_option("--traces", options->traces, "Archives to read instead; - is standard input")
                     ->type_name("FILE")
                     ->excludes(url);
  add_http_access(*command, options->access);
  add_data_options(*command, options->data, Several::after_one_option);
  traces->needs(command->get_option("--ip2as"));
  command->get_option("--ip2as")->needs(traces);
  command->add_option("--target", options->target,
                      "Only this one: its name, or with --traces NAME=ASN:PREFIX,PREFIX; otherwise all");
  auto* json = command->add_flag("--json", options->json, "One JSON document, as of /api/v1/whatif");
  command->add_flag("--all", options->all, "Every block, not only the first 20 of each fate")->excludes(json);
  command->footer(kFooter);
  command->callback([options, &run] { run = [options] { return whatif(*options); }; });
}

}  // namespace isthmus::app
