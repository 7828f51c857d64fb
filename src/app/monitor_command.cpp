#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/command.hpp"
#include "app/daemon.hpp"
#include "app/monitor.hpp"

namespace isthmus::app {
namespace {

struct MonitorCommandOptions {
  MonitorOptions monitor;
  std::string log_level{"info"};
};

int monitor(const MonitorCommandOptions& options) {
  set_up_logging(options.log_level);
  block_signals();
  auto monitor = Monitor::start(options.monitor);
  if (!monitor) return fail(to_string(monitor.error()));
  spdlog::info("event=started url={}/", (*monitor)->url());
  run_until_stopped([&] { static_cast<void>((*monitor)->reload()); }, [&] { (*monitor)->leave(); });
  monitor->reset();
  spdlog::info("event=stopped");
  return kSuccess;
}

}  // namespace

void add_monitor(CLI::App& root, Run& run) {
  auto options = std::make_shared<MonitorCommandOptions>();
  CLI::App* command = root.add_subcommand("monitor", "Probe, infer, export and alert: the main job, in one process");
  command->add_option("--config", options->monitor.config, "Configuration file")->required();
  command->add_option("--listen", options->monitor.listen,
                      "ADDRESS:PORT of the HTTP server instead of exporter.listen");
  command->add_option("--store", options->monitor.store, "SQLite file instead of store.path");
  add_log_level(*command, options->log_level);
  command->footer(
      "SIGHUP reads the configuration again, all or nothing; SIGTERM and Ctrl-C stop.\n"
      "Example: isthmus monitor --config isthmus.yaml");
  command->callback([options, &run] { run = [options] { return monitor(*options); }; });
}

}  // namespace isthmus::app
