#pragma once
// The small world of a scenario: who carries what, who is cut off, which host answers. Makes the observations that a
// prober in it would make, each hop looking at the routes of its own moment, so that a trace under way during a
// change is as mixed as a real one. Deterministic for a seed; one thread.

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "isthmus/model/observation.hpp"
#include "scenario/scenario_file.hpp"

namespace isthmus::scenario {

class World {
 public:
  World(const Scenario& scenario, unsigned seed);

  /// Applies `carry`, `cut`, `blind`, `sight`, `host-off`, `host-on` or `loss`. A route changes at each vantage point
  /// after a delay of its own, as BGP converges; `at_once` does without.
  void apply(const Words& action, Timestamp now, bool at_once);

  /// What comes of a probe sent now, and when it is known. `target` is empty for a control address.
  struct Measured {
    Observation observation;
    Timestamp known{};
  };
  Measured ping(const VantageSpec& vantage, const std::string& target, const IpAddress& address, Timestamp now);
  Measured trace(const VantageSpec& vantage, const BlockSpec& block, const IpAddress& address, FlowId flow,
                 Timestamp now);

  double random();

 private:
  using Route = std::optional<Asn>;
  struct RouteHistory {
    std::map<Timestamp, Route> changes;
    [[nodiscard]] Route at(Timestamp time) const;
  };
  struct Seen {
    Outcome outcome;
    bool final{false};
    StopReason stop{StopReason::gap_limit};
  };

  bool lost();
  Outcome echo(const VantageSpec& vantage, const IpAddress& address, const Route& route);
  Seen look(const VantageSpec& vantage, const BlockSpec& block, const IpAddress& address, Ttl ttl, Timestamp when);
  Seen look_behind_transit(const BlockSpec& block, const IpAddress& address, std::size_t index, const Route& route,
                           const VantageSpec& vantage);
  [[nodiscard]] static Reply reply(const IpAddress& from, ReplyKind kind);

  const Scenario& scenario_;
  std::mt19937 random_;
  double loss_;
  std::map<std::pair<std::string, Block>, RouteHistory> routes_;
  std::set<std::string> blind_;
  std::set<IpAddress> off_;
};

}  // namespace isthmus::scenario
