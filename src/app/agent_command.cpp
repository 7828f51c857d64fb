#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/agent.hpp"
#include "app/command.hpp"
#include "app/daemon.hpp"

namespace isthmus::app {
namespace {

struct AgentCommandOptions {
  AgentOptions agent;
  std::string log_level{"info"};
};

int agent(const AgentCommandOptions& options) {
  set_up_logging(options.log_level);
  block_signals();
  auto agent = Agent::start(options.agent);
  if (!agent) return fail(to_string(agent.error()));
  spdlog::info("event=started url={}/", (*agent)->url());
  run_until_stopped([&] { static_cast<void>((*agent)->reload()); }, [] {});
  agent->reset();
  spdlog::info("event=stopped");
  return kSuccess;
}

}  // namespace

void add_agent(CLI::App& root, Run& run) {
  auto options = std::make_shared<AgentCommandOptions>();
  CLI::App* command =
      root.add_subcommand("agent", "Probe what a fleet assigns, and send what is observed to its broker");
  command->add_option("--config", options->agent.config, "The agent's own file: vantage points, limits, broker")
      ->required();
  command->add_option("--listen", options->agent.listen, "ADDRESS:PORT of the HTTP server instead of exporter.listen");
  add_log_level(*command, options->log_level);
  command->footer(
      "Does of what it is assigned only what probing.allow, rate_limit, router_limit and deny of its own file allow.\n"
      "Goes on without the broker, days if need be; what it observes waits in the folder fleet.spool.\n"
      "SIGHUP reads the file again; SIGTERM and Ctrl-C send what waits, ten seconds at most, and stop.\n"
      "`isthmus check --agent --config FILE` says what an agent with that file may do.\n"
      "Example: isthmus agent --config agent.yaml");
  command->callback([options, &run] { run = [options] { return agent(*options); }; });
}

}  // namespace isthmus::app
