#pragma once
// isthmus monitor, assembled: vantage points, bus, core, store and HTTP server of one process. start(), stop() and
// destruction belong to the main thread; reload() may be called from any thread, one call at a time takes effect.

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/core_runner.hpp"
#include "app/service_parts.hpp"
#include "app/vantage_runner.hpp"
#include "app/wiring.hpp"
#include "isthmus/config/config.hpp"
#include "isthmus/fleet/bus.hpp"
#include "isthmus/store/store.hpp"
#include "isthmus/telemetry/http_server.hpp"

namespace isthmus::app {

struct MonitorOptions {
  std::string config;
  std::string listen;  ///< Overrides exporter.listen when not empty.
  std::string store;   ///< Overrides store.path when not empty.
};

class Monitor {
 public:
  /// Loads everything, opens every socket, then starts; all or nothing. The error's detail may have several lines,
  /// one for each problem of the configuration.
  static Result<std::unique_ptr<Monitor>> start(MonitorOptions options);
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  /// Reads the configuration again: all of it takes effect, or nothing and the error says why. Counters, beliefs and
  /// vantage points that stay go on. Changes of the store and of the exporter, but for its web_config, need a restart.
  Result<void> reload();
  /// The end has come: a reload waits for no list of targets any more. Any thread.
  void leave() { sources_.give_up(); }

  [[nodiscard]] std::string url() const { return http_->url(); }

 private:
  struct Vantage {
    config::VantageConfig config;
    std::unique_ptr<VantageRunner> runner;
  };
  explicit Monitor(MonitorOptions options);
  Result<void> open(Loaded loaded);
  Result<void> serve();
  Result<std::unique_ptr<VantageRunner>> open_vantage(const config::Config& config,
                                                      const config::VantageConfig& vantage,
                                                      const resilience::Baseline& baseline);
  Result<void> reload_now();  // under reload_mutex_
  Result<void> take_over(Loaded loaded);
  Result<void> apply(Loaded loaded);
  void watch_targets();
  void change_targets();
  void retrace(const resilience::RetraceRequest& request);
  void ping(const resilience::PingRequest& request);
  void advise(const resilience::UpstreamAdvice& advice);
  [[nodiscard]] telemetry::ProcessStatus status() const;
  [[nodiscard]] telemetry::Handlers handlers();

  MonitorOptions options_;
  wire::KeySeed seed_;
  fleet::InProcessBus bus_;
  std::unique_ptr<store::Store> store_;
  std::mutex reload_mutex_;  // one reload at a time; guards config_
  config::Config config_;
  Basis basis_;                        // guarded by reload_mutex_
  TargetSources sources_;              // its thread waits for reload_mutex_
  mutable std::mutex vantages_mutex_;  // the core's wishes against reloads
  std::vector<Vantage> vantages_;      // guarded by vantages_mutex_
  ProcessNotes notes_;
  EventExplainer explainer_;
  std::unique_ptr<CoreRunner> core_;
  std::unique_ptr<telemetry::HttpServer> http_;
};

}  // namespace isthmus::app
