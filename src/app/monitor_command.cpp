#include <pthread.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <memory>

#include "app/command.hpp"
#include "app/monitor.hpp"

namespace isthmus::app {
namespace {

struct MonitorCommandOptions {
  MonitorOptions monitor;
  std::string log_level{"info"};
};

// logfmt on standard error: one line an event, `key=value`, UTC.
void set_up_logging(const std::string& level) {
  auto logger = spdlog::stderr_logger_mt("isthmus");
  logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

// Blocked before any thread starts, so that all inherit it and only the main thread ever takes one.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A client that closes its connection must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

int monitor(const MonitorCommandOptions& options) {
  set_up_logging(options.log_level);
  const sigset_t signals = block_signals();
  auto monitor = Monitor::start(options.monitor);
  if (!monitor) return fail(to_string(monitor.error()));
  spdlog::info("event=started url={}/", (*monitor)->url());
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal == SIGHUP) {
      // The outcome is logged and a metric; the old configuration stays in force when it failed.
      static_cast<void>((*monitor)->reload());
      continue;
    }
    spdlog::info("event=stopping signal={}", signal);
    monitor->reset();
    spdlog::info("event=stopped");
    return kSuccess;
  }
}

}  // namespace

void add_monitor(CLI::App& root, Run& run) {
  auto options = std::make_shared<MonitorCommandOptions>();
  CLI::App* command = root.add_subcommand("monitor", "Probe, infer, export and alert: the main job, in one process");
  command->add_option("--config", options->monitor.config, "Configuration file")->required();
  command->add_option("--listen", options->monitor.listen,
                      "ADDRESS:PORT of the HTTP server instead of exporter.listen");
  command->add_option("--store", options->monitor.store, "SQLite file instead of store.path");
  command->add_option("--log-level", options->log_level, "What goes to standard error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  command->footer(
      "SIGHUP reads the configuration again, all or nothing; SIGTERM and Ctrl-C stop.\n"
      "Example: isthmus monitor --config isthmus.yaml");
  command->callback([options, &run] { run = [options] { return monitor(*options); }; });
}

}  // namespace isthmus::app
