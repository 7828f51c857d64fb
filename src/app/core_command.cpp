#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/command.hpp"
#include "app/core_service.hpp"
#include "app/daemon.hpp"

namespace isthmus::app {
namespace {

struct CoreCommandOptions {
  CoreOptions core;
  std::string log_level{"info"};
};

int core(const CoreCommandOptions& options) {
  set_up_logging(options.log_level);
  block_signals();
  auto core = CoreService::start(options.core);
  if (!core) return fail(to_string(core.error()));
  spdlog::info("event=started url={}/", (*core)->url());
  run_until_stopped([&] { static_cast<void>((*core)->reload()); }, [&] { (*core)->leave(); });
  core->reset();
  spdlog::info("event=stopped");
  return kSuccess;
}

}  // namespace

void add_core(CLI::App& root, Run& run) {
  auto options = std::make_shared<CoreCommandOptions>();
  CLI::App* command =
      root.add_subcommand("core", "Infer, export and alert from what the agents of a fleet put into the stream");
  command->add_option("--config", options->core.config, "Configuration file, with a section fleet")->required();
  command->add_option("--listen", options->core.listen, "ADDRESS:PORT of the HTTP server instead of exporter.listen");
  command->add_option("--store", options->core.store, "SQLite file instead of store.path");
  add_log_level(*command, options->log_level);
  command->footer(
      "Judges the targets of its partitions, fleet.partition; other cores have the others. It goes on where it "
      "stopped,\n"
      "and may be killed at any time: nothing is lost, nothing told twice.\n"
      "SIGHUP reads the configuration again, all or nothing; SIGTERM and Ctrl-C stop.\n"
      "Example: isthmus core --config fleet.yaml");
  command->callback([options, &run] { run = [options] { return core(*options); }; });
}

}  // namespace isthmus::app
