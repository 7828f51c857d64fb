#pragma once
// The whole core in virtual time: archived observations in, in the order of their times, events and a snapshot out. An
// observation counts at the moment at which it was complete, and between two of them the core gets the ticks that it
// asks for, so that silence is noticed when it would have been. Pure and deterministic; one thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "isthmus/config/config.hpp"
#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/resilience/core.hpp"

namespace isthmus::app {

/// How often the archives measure.
struct ReplayCadence {
  Duration ping_interval{};
  Duration trace_interval{};
};

/// What the core is told: the configuration's targets and controls, and the cadence of the archives.
[[nodiscard]] resilience::CoreSettings replay_settings(const config::Config& config, const ReplayCadence& cadence);

class Replay {
 public:
  Replay(const config::Config& config, std::shared_ptr<const ip2as::NetworkData> data, const ReplayCadence& cadence);

  /// The next one by time, in the names that ReplayScope gives. A vantage point takes part from its first observation
  /// on.
  void take(const Observation& observation);

  /// With ids from 1.
  [[nodiscard]] std::optional<Event> poll_event();
  /// At the moment of the last observation.
  [[nodiscard]] resilience::Snapshot snapshot() { return core_.snapshot(now_); }
  /// Observations given to the core,
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  /// and what it turned away of them. Nothing in time order is late or from the future.
  [[nodiscard]] const resilience::RejectionCounts& rejected() const { return core_.rejected(); }
  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] const std::vector<resilience::VantageSettings>& vantages() const { return settings_.vantages; }

 private:
  void advance(Timestamp to);
  void admit_vantage(const Observation& observation);
  [[nodiscard]] Asn asn_of(const std::string& vantage, const Observation& observation) const;

  std::shared_ptr<const ip2as::NetworkData> data_;
  resilience::CoreSettings settings_;
  std::unordered_map<std::string, Asn> configured_;
  std::unordered_map<std::string, std::size_t> known_;  // Index into the settings' vantage points.
  resilience::Core core_;
  Timestamp now_{};
  std::uint64_t events_{0};
  std::uint64_t taken_{0};
};

}  // namespace isthmus::app
