#include "app/daemon.hpp"

#include <pthread.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <utility>

namespace isthmus::app {
namespace {

sigset_t our_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

void set_up_logging(const std::string& level) {
  auto logger = spdlog::stderr_logger_mt("isthmus");
  logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void add_log_level(CLI::App& command, std::string& level) {
  command.add_option("--log-level", level, "What goes to standard error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
}

void block_signals() {
  const sigset_t signals = our_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A client that closes its connection must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
}

void run_until_stopped(const std::function<void()>& reload) {
  const sigset_t signals = our_signals();
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) {
      spdlog::info("event=stopping signal={}", signal);
      return;
    }
    // The outcome is logged and a metric; the old configuration stays in force when it failed.
    reload();
  }
}

}  // namespace isthmus::app
