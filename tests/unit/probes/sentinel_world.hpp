#pragma once
// A prober that sends single probes between whole traces, against a path that can be changed, in virtual time.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "unit/probes/story.hpp"

namespace isthmus::support {

/// Whole traces once in two hours, looks once a minute.
inline probes::ProberSettings watching(std::uint16_t flows = 1) {
  auto settings = only_traces(flows);
  settings.trace.interval = std::chrono::hours(2);
  settings.trace.sentinel = probes::SentinelSettings{std::chrono::seconds(60)};
  return settings;
}

/// Past the whole traces that a new path gets.
inline constexpr Duration kLearnt = std::chrono::minutes(5);

inline std::vector<std::optional<IpAddress>> answers_of(const Trace& trace) {
  std::vector<std::optional<IpAddress>> answers;
  for (const Hop& hop : trace.hops) {
    const Reply* reply = hop.answer();
    answers.push_back(reply == nullptr ? std::nullopt : std::optional(reply->from));
  }
  return answers;
}

/// What a whole trace of a flow would see at present.
inline std::vector<std::optional<IpAddress>> truth_of(const SimPath& path) {
  std::vector<std::optional<IpAddress>> truth;
  for (const SimRouter& router : path.routers) {
    truth.push_back(router.silent ? std::nullopt : std::optional(router.interfaces.front()));
  }
  truth.emplace_back(kHost);
  return truth;
}

/// The routers of another provider at these places: 198.51.100.101, .102, ...
inline void replace(SimPath& path, std::size_t from, std::size_t to, int first_number = 101) {
  for (std::size_t i = from; i <= to; ++i) {
    path.routers[i - 1].interfaces = {address("198.51.100." + std::to_string(first_number++))};
  }
}

class Sentinels : public testing::Test {
 protected:
  void begin(const probes::ProberSettings& settings, SimPath path = plain_path()) {
    network_.add_path(std::move(path));
    world_ = std::make_unique<ProberWorld>(settings, network_);
    world_->run_for(kLearnt);
    forget();
  }
  void forget() {
    network_.forget_sent();
    world_->observations.clear();
  }
  SimPath& path() { return network_.path(kBlock); }
  std::vector<Trace> traces() { return only<Trace>(world_->observations); }
  /// Without those that say that a look found a path as it was: all but one hop taken over.
  std::vector<Trace> news() {
    auto all = traces();
    std::erase_if(all, [](const Trace& trace) {
      return std::count_if(trace.hops.begin(), trace.hops.end(), [](const Hop& hop) { return !hop.measured; }) <= 1;
    });
    return all;
  }
  std::map<Ttl, int> asked() {
    std::map<Ttl, int> asked;
    for (const auto& [at, packet] : network_.sent()) ++asked[static_cast<Ttl>(packet.ttl)];
    return asked;
  }

  PathSimulator network_;
  std::unique_ptr<ProberWorld> world_;
};

}  // namespace isthmus::support
