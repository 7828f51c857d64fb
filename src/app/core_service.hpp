#pragma once
// isthmus core, assembled: the way from the stream, the cores of its partitions, store and HTTP server of one process.
// start() and destruction belong to the main thread; reload() may be called from any thread, one call at a time takes
// effect.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "app/partition_claims.hpp"
#include "app/service_parts.hpp"
#include "app/stream_core_runner.hpp"
#include "isthmus/fleet/connection.hpp"
#include "isthmus/fleet/downlink.hpp"
#include "isthmus/fleet/handover.hpp"
#include "isthmus/telemetry/http_server.hpp"

namespace isthmus::app {

struct CoreOptions {
  std::string config;
  std::string listen;  ///< Overrides exporter.listen when not empty.
  std::string store;   ///< Overrides store.path when not empty.
};

class CoreService {
 public:
  /// Loads everything, opens store and pages, then reads; all or nothing, but for the broker, which may come later.
  static Result<std::unique_ptr<CoreService>> start(CoreOptions options);
  ~CoreService();
  CoreService(const CoreService&) = delete;
  CoreService& operator=(const CoreService&) = delete;

  /// As the monitor's: all of the configuration takes effect, or nothing. Changes of the exporter, but for its
  /// web_config, the store and the fleet need a restart.
  Result<void> reload();
  /// The end has come: a reload waits for no list of targets any more. Any thread.
  void leave() { sources_.give_up(); }

  [[nodiscard]] std::string url() const { return http_->url(); }

 private:
  explicit CoreService(CoreOptions options) : options_(std::move(options)) {}
  Result<void> open(Loaded loaded);
  Result<void> serve();
  Result<void> reload_now();  // under reload_mutex_
  Result<void> apply(Loaded loaded);
  [[nodiscard]] CoreSinks sinks();
  [[nodiscard]] Result<std::optional<fleet::Handover>> take_over(const fleet::PartitionStart& own);
  Result<void> hand_over(fleet::Handover left);
  void ask(const std::string& vantage, const fleet::Request& request);
  [[nodiscard]] telemetry::Handlers handlers();
  [[nodiscard]] telemetry::Health readiness() const;
  [[nodiscard]] telemetry::ProcessStatus status() const;

  const CoreOptions options_;
  ProcessNotes notes_;
  TargetSources sources_;  // Read at the start and at each reload, as `isthmus assign` reads them.
  EventExplainer explainer_;
  std::mutex reload_mutex_;  // one reload at a time; guards config_
  config::Config config_;
  std::mutex vantages_mutex_;
  std::vector<std::string> vantages_;  // guarded by vantages_mutex_
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> requests_failed_{0};
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<fleet::Broker> broker_;
  std::unique_ptr<PartitionClaims> claims_;
  std::unique_ptr<fleet::HandoverShelf> handovers_;
  std::string handover_problem_;  // As it was logged last; the store's thread has it.
  std::unique_ptr<fleet::Downlink> downlink_;
  std::unique_ptr<StreamCoreRunner> core_;
  std::unique_ptr<telemetry::HttpServer> http_;
};

}  // namespace isthmus::app
