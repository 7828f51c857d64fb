#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "app/command.hpp"
#include "app/http_access.hpp"
#include "app/live/terminal.hpp"
#include "app/monitor_api.hpp"
#include "app/status_report.hpp"

namespace isthmus::app {
namespace {

// Of a hundred thousand blocks: tens of megabytes.
constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(30);

struct StatusOptions {
  std::string url{kMonitorUrl};
  telemetry::HttpAccess access;
  std::string target;
  bool json{false};
};

int status(const StatusOptions& options) {
  const std::string query = options.target.empty() ? "" : "?target=" + url_encoded(options.target);
  const auto targets = ask_isthmus(options.url, "/api/v1/targets" + query, kTimeout, options.access);
  if (!targets) return fail(to_string(targets.error()));
  const auto vantages = ask_isthmus(options.url, "/api/v1/vantages", kTimeout, options.access);
  if (!vantages) return fail(to_string(vantages.error()));
  const auto report = read_status(*targets, *vantages);
  if (!report) return fail(to_string(report.error()) + "; is " + options.url + " an isthmus monitor?");
  if (report->targets.empty() && !options.target.empty()) {
    return fail("there is no target '" + options.target + "'; isthmus status names those there are");
  }
  if (options.json) {
    std::cout << *targets << '\n' << *vantages << '\n';
  } else {
    std::cout << status_text(*report, charset_of_locale());
  }
  std::cout << std::flush;
  if (!std::cout) return fail("standard output cannot be written");
  return report->all_up() ? kSuccess : kFailure;
}

constexpr const char* kFooter =
    "Targets, the worst first: since when they are in their state, how many blocks are\n"
    "up, the min cut (how many networks have to fail before all vantage points are cut\n"
    "off), and who carries what share of (vantage AS, block) pairs. Below them the\n"
    "vantage points, those that cannot see first, with their latest observation and how\n"
    "many controls answer. Exit 0 when every target is up, 1 otherwise.\n\n"
    "Example: isthmus status\n"
    "Example: isthmus status --url http://monitor:10176 --target north-korea --json";

}  // namespace

void add_status(CLI::App& root, Run& run) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command = root.add_subcommand(
      "status", "Targets and vantage points of a running isthmus; exit 1 when not all targets are up");
  command->add_option("--url", options->url, "Where isthmus monitor or core listens")
      ->type_name("URL")
      ->capture_default_str();
  command->add_option("--target", options->target, "Only this target")->type_name("NAME");
  command->add_flag("--json", options->json, "Two lines: /api/v1/targets and /api/v1/vantages");
  add_http_access(*command, options->access);
  command->footer(kFooter);
  command->callback([options, &run] { run = [options] { return status(*options); }; });
}

}  // namespace isthmus::app
