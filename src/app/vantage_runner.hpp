#pragma once
// One vantage point at work: a thread that owns its prober and sockets and sends what it observes to the core.
// Created, started and stopped by the monitor; trace_now(), ping_now(), advise(), reconfigure() and latest_report()
// may be called from any thread.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "isthmus/fleet/bus.hpp"
#include "isthmus/net/packet_io.hpp"
#include "isthmus/probes/prober.hpp"

namespace isthmus::app {

class VantageRunner {
 public:
  /// `bus` outlives the runner. Fails when the settings are not valid.
  static Result<std::unique_ptr<VantageRunner>> create(std::unique_ptr<net::PacketIo> io,
                                                       probes::ProberSettings settings, fleet::InProcessBus& bus);
  ~VantageRunner();
  VantageRunner(const VantageRunner&) = delete;
  VantageRunner& operator=(const VantageRunner&) = delete;

  void start();
  /// Ends the thread; sends a last report. Safe to call twice.
  void stop();

  /// Traces the address as soon as the limits allow; with `look`, looks whether its paths are still the known ones.
  void trace_now(std::string target, const IpAddress& address, bool look);
  /// Pings the block as soon as the limits allow, that address first.
  void ping_now(std::string target, const Block& block, const std::optional<IpAddress>& first);
  /// Where a sentinel should stand.
  void advise(probes::UpstreamAdvice advice);
  /// Takes effect at the thread's next turn. The settings must have been accepted by Prober::create before.
  void reconfigure(probes::ProberSettings settings);
  /// What the thread said of itself last, every second or so; nothing before that. Any thread.
  [[nodiscard]] std::optional<ProberReport> latest_report() const;

 private:
  struct PingRequest {
    std::string target;
    Block block;
    std::optional<IpAddress> first;
  };
  struct TraceRequest {
    std::string target;
    IpAddress address;
    bool look{false};
  };

  VantageRunner(std::unique_ptr<net::PacketIo> io, probes::Prober prober, fleet::InProcessBus& bus);
  void run();
  void take_requests();
  void publish(fleet::Message message);
  void report();

  std::unique_ptr<net::PacketIo> io_;
  probes::Prober prober_;
  fleet::InProcessBus& bus_;
  std::uint64_t observations_dropped_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex report_mutex_;
  std::optional<ProberReport> latest_report_;  // guarded by report_mutex_
  std::mutex requests_mutex_;
  std::vector<PingRequest> ping_requests_;                    // guarded by requests_mutex_
  std::vector<TraceRequest> trace_requests_;                  // guarded by requests_mutex_
  std::vector<probes::UpstreamAdvice> advice_;                // guarded by requests_mutex_
  std::optional<probes::ProberSettings> requested_settings_;  // guarded by requests_mutex_
  std::thread thread_;
};

}  // namespace isthmus::app
