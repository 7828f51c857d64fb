#pragma once
// One vantage point of an agent: probes what it is assigned as far as its own file allows, and sends what it observes.
// Created, started and stopped by the agent on its main thread; tend() and status() may be called from any thread, and
// the fleet calls from its own.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/vantage_runner.hpp"
#include "isthmus/config/config.hpp"
#include "isthmus/fleet/assignment.hpp"
#include "isthmus/fleet/membership.hpp"
#include "isthmus/fleet/uplink.hpp"
#include "isthmus/telemetry/agent_metrics.hpp"

namespace isthmus::app {

struct AgentVantageOptions {
  config::VantageConfig vantage;
  std::shared_ptr<fleet::Broker> broker;
  fleet::Claim claim;
  wire::KeySeed seed{};
};

class AgentVantage {
 public:
  using OpenIo = std::function<Result<std::unique_ptr<net::PacketIo>>()>;

  /// Opens sockets and spool, and takes up what was assigned last. `open_io`: again after the name was another agent's.
  static Result<std::unique_ptr<AgentVantage>> create(AgentVantageOptions options, const config::AgentConfig& limits,
                                                      OpenIo open_io);
  ~AgentVantage();
  AgentVantage(const AgentVantage&) = delete;
  AgentVantage& operator=(const AgentVantage&) = delete;

  void start();
  /// The last observations are then on their way.
  void stop_probing();
  /// Sends what waits, for so long at most, and gives the name back.
  void leave(Duration longest);

  /// Other limits, at once.
  void limit(const config::AgentConfig& limits);
  /// To be called every second or so: logs what has become wrong or right, and tries again what failed.
  void tend(Instant now);

  [[nodiscard]] const config::VantageConfig& config() const { return options_.vantage; }
  [[nodiscard]] telemetry::AgentVantageStatus status() const;
  /// Whether its threads still turn.
  [[nodiscard]] bool alive(Instant now) const;

 private:
  AgentVantage(AgentVantageOptions options, const config::AgentConfig& limits, OpenIo open_io);

  Result<void> open(const config::AgentConfig& limits);
  void take_limits(const config::AgentConfig& limits);
  void restore();
  void take_standing(fleet::Standing standing);
  void take_assignment(const std::string& bytes);
  void take_request(const fleet::Request& request);
  void apply();
  Result<void> probe(const fleet::Assignment& assignment);
  void log_refusals(const std::vector<std::string>& before) const;
  [[nodiscard]] std::string problem() const;

  AgentVantageOptions options_;
  OpenIo open_io_;
  fleet::InProcessBus bus_;
  mutable std::mutex mutex_;
  std::string folder_;  // guarded by mutex_, as are those below
  fleet::AssignmentLimits limits_;
  std::vector<Prefix> deny_;
  std::optional<fleet::Assignment> assigned_;  // as it came
  fleet::Confined confined_;                   // what of it may be done
  bool taken_{false};
  bool stopping_{false};
  std::uint64_t assignments_bad_{0};
  std::string failure_;  // why it does not probe what it should; empty while it does
  std::unique_ptr<net::PacketIo> spare_io_;
  std::unique_ptr<VantageRunner> runner_;
  std::string logged_problem_;
  Instant next_warning_{Instant::min()};
  Instant waits_until_{Instant::max()};  // for the broker to say whose the name is; then it probes without that
  std::unique_ptr<fleet::Membership> membership_;
  std::unique_ptr<fleet::Uplink> uplink_;  // asks the membership
};

}  // namespace isthmus::app
