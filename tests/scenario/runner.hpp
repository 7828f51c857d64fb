#pragma once
// Plays a scenario through a Core in virtual time. One thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "isthmus/ip2as/network_data.hpp"
#include "isthmus/resilience/core.hpp"
#include "scenario/scenario_file.hpp"
#include "scenario/world.hpp"

namespace isthmus::scenario {

class Runner {
 public:
  Runner(const Scenario& scenario, unsigned seed);

  /// Everything that did not go as the scenario says, one line each; empty when all is well.
  std::vector<std::string> run();

  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  [[nodiscard]] std::uint64_t observations() const { return observations_; }
  /// Longest time from a cause to one of its events.
  [[nodiscard]] Duration slowest() const { return slowest_; }

 private:
  struct Job {
    Timestamp at;
    std::uint64_t number;
    std::function<void(Timestamp)> run;
    bool operator>(const Job& other) const { return std::tie(at, number) > std::tie(other.at, other.number); }
  };

  void plan(Timestamp at, std::function<void(Timestamp)> run);
  void plan_pings();
  void plan_traces();
  void repeat(Timestamp at, Duration interval, const std::function<void(Timestamp)>& run);
  void measure_trace(const VantageSpec& vantage, const BlockSpec& block, const IpAddress& address, Timestamp now);
  void deliver(World::Measured measured);
  void with_core(Timestamp now, const std::function<void()>& use);
  void take_events(Timestamp now);
  void take_retraces(Timestamp now);
  void begin(std::size_t cause, Timestamp now);
  void act(const Words& action, Timestamp now);
  void check(Timestamp now);
  void check_state(const Words& wanted, const resilience::Snapshot& snapshot);
  void complain(int line, const std::string& what);

  const Scenario& scenario_;
  World world_;
  std::shared_ptr<const ip2as::NetworkData> data_;
  resilience::CoreSettings settings_;
  std::unique_ptr<resilience::Core> core_;
  resilience::Baseline saved_;
  std::priority_queue<Job, std::vector<Job>, std::greater<>> jobs_;
  std::uint64_t planned_{0};
  std::uint64_t observations_{0};
  Timestamp asleep_until_{};
  std::set<std::string> silent_;
  std::vector<Event> events_;
  std::size_t checked_{0};
  const Cause* cause_{nullptr};
  Timestamp cause_at_{};
  Duration slowest_{};
  std::vector<std::string> complaints_;
};

/// "upstream_lost 175.45.176.0/24 20485": kind, block, upstream and vantage point, as far as there are any.
std::string event_key(const Event& event);

}  // namespace isthmus::scenario
