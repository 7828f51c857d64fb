#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>
#include <memory>

#include "app/command.hpp"
#include "app/fleet_wiring.hpp"
#include "app/target_sources.hpp"
#include "app/wiring.hpp"
#include "isthmus/config/load.hpp"
#include "isthmus/fleet/assign.hpp"
#include "isthmus/net/clock.hpp"

namespace isthmus::app {
namespace {

using fleet::Assigned;

struct AssignCommandOptions {
  std::string config;
  bool dry_run{false};
  bool withdraw{false};
  bool json{false};
};

void print_json(const Assigned& one, bool dry_run) {
  std::cout << boost::json::serialize(boost::json::object{{"vantage", one.vantage},
                                                          {"outcome", fleet::to_string(one.outcome)},
                                                          {"serial", one.serial},
                                                          {"dry_run", dry_run}})
            << '\n';
}

std::string describe(const Assigned& one, bool dry_run) {
  const char* would = dry_run ? "would be " : "";
  switch (one.outcome) {
    case Assigned::Outcome::unchanged: return fmt::format("{}: unchanged, assignment {}", one.vantage, one.serial);
    case Assigned::Outcome::created:
    case Assigned::Outcome::changed:
      return fmt::format("{}: {}{}, assignment {}", one.vantage, would, fleet::to_string(one.outcome), one.serial);
    case Assigned::Outcome::left_over:
      return fmt::format("{}: not in this file, keeps assignment {}; --withdraw gives it nothing to do", one.vantage,
                         one.serial);
    case Assigned::Outcome::withdrawn:
      return fmt::format("{}: not in this file, {}given nothing to do, assignment {}", one.vantage, would, one.serial);
  }
  return one.vantage;
}

int assign(const AssignCommandOptions& options) {
  const config::LoadResult loaded = config::load(options.config, fetching_environment());
  for (const config::Problem& problem : loaded.problems) std::cerr << to_string(problem) << '\n';
  if (!loaded.config) return kFailure;
  const config::Config& config = *loaded.config;
  if (!config.fleet) {
    return fail(options.config +
                ": there is no section fleet; add fleet: {servers: "
                "[\"tls://broker.example.net:4222\"], credentials: core.creds, partition: 0-7 of 8}");
  }
  std::vector<fleet::Assignment> wanted;
  for (const config::VantageConfig& vantage : config.vantages) wanted.push_back(assignment_of(config, vantage));
  const auto broker = fleet::connect(broker_settings(config.fleet->broker, "isthmus assign"));
  if (!broker) return fail(to_string(broker.error()));
  const auto done = fleet::assign(**broker, stream_settings(*config.fleet), std::move(wanted),
                                  {.dry_run = options.dry_run, .withdraw = options.withdraw, .now = net::wall_now()});
  if (!done) return fail(to_string(done.error()));
  for (const Assigned& one : *done) {
    if (options.json) {
      print_json(one, options.dry_run);
    } else {
      std::cout << describe(one, options.dry_run) << '\n';
    }
  }
  return kSuccess;
}

}  // namespace

void add_assign(CLI::App& root, Run& run) {
  auto options = std::make_shared<AssignCommandOptions>();
  CLI::App* command = root.add_subcommand("assign", "Tell the agents of a fleet what to probe");
  command->add_option("--config", options->config, "Configuration file, with a section fleet")->required();
  command->add_flag("--dry-run", options->dry_run, "Only say what would be done");
  command->add_flag("--withdraw", options->withdraw, "Give vantage points that are not in the file nothing to do");
  command->add_flag("--json", options->json, "One JSON object a vantage point");
  command->footer(
      "Writes each vantage point's part of the file into the broker's bucket ISTHMUS_ASSIGNMENTS, only where it "
      "changed;\n"
      "agents take it up at once. Creates the stream and the buckets where they are missing.\n"
      "Example: isthmus assign --config fleet.yaml --dry-run");
  command->callback([options, &run] { run = [options] { return assign(*options); }; });
}

}  // namespace isthmus::app
