#pragma once
// isthmus agent, assembled: its vantage points, the connection to the broker, and a small HTTP server. start(), stop by
// destruction and reload() from SIGHUP belong to the main thread.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/agent_vantage.hpp"
#include "isthmus/telemetry/http_server.hpp"

namespace isthmus::app {

struct AgentOptions {
  std::string config;
  std::string listen;  ///< Overrides exporter.listen when not empty.
};

class Agent {
 public:
  /// Opens every socket and spool, then starts; all or nothing. A broker that is away is no reason not to. The error's
  /// detail has a line for each problem of the file.
  static Result<std::unique_ptr<Agent>> start(AgentOptions options);
  /// Stops probing, sends what waits for ten seconds at most, and gives its names back.
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Reads the file again: limits, broker and credentials take effect at once, or nothing does and the error says why.
  Result<void> reload();

  [[nodiscard]] std::string url() const { return http_->url(); }

 private:
  explicit Agent(AgentOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Result<config::AgentConfig> load() const;
  Result<void> open(config::AgentConfig config);
  Result<void> serve();
  Result<void> reload_now();  // under reload_mutex_
  Result<void> apply(config::AgentConfig config);
  void tend();
  [[nodiscard]] fleet::BrokerSettings broker_settings_of(const config::AgentConfig& config) const;
  [[nodiscard]] telemetry::AgentStatus status() const;
  [[nodiscard]] telemetry::Handlers handlers();

  AgentOptions options_;
  std::mutex reload_mutex_;  // one reload at a time; guards config_
  config::AgentConfig config_;
  std::shared_ptr<fleet::Broker> broker_;
  std::vector<std::unique_ptr<AgentVantage>> vantages_;
  mutable std::mutex status_mutex_;
  bool reload_successful_{true};  // guarded by status_mutex_, as is the one below
  Timestamp reload_success_{};
  std::string logged_problem_;  // of the tending thread
  std::unique_ptr<telemetry::HttpServer> http_;
  std::jthread tending_;
};

}  // namespace isthmus::app
