#include "app/daemon.hpp"

#include <pthread.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

namespace isthmus::app {
namespace {

sigset_t our_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// Reloads one after the other, while signals are heard: one may wait for servers that do not answer.
class Reloads {
 public:
  explicit Reloads(const std::function<void()>& reload) : reload_(reload), thread_([this] { run(); }) {}
  ~Reloads() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  Reloads(const Reloads&) = delete;
  Reloads& operator=(const Reloads&) = delete;

  void ask() {
    {
      const std::lock_guard lock(mutex_);
      wanted_ = true;
    }
    changed_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return wanted_ || ending_; });
      if (ending_) return;
      wanted_ = false;
      lock.unlock();
      // The outcome is logged and a metric; the old configuration stays in force when it failed.
      reload_();
      lock.lock();
    }
  }

  const std::function<void()>& reload_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_{false};  // guarded by mutex_, as is the one below
  bool ending_{false};
  std::thread thread_;
};

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

void run_until_stopped(const std::function<void()>& reload, const std::function<void()>& leave) {
  const sigset_t signals = our_signals();
  Reloads reloads(reload);
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal == SIGHUP) {
      reloads.ask();
      continue;
    }
    spdlog::info("event=stopping signal={}", signal);
    leave();
    return;
  }
}

}  // namespace isthmus::app
