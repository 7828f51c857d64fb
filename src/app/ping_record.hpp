#pragma once
// What a ping found, as lines: one for each outcome while it runs, one for each target at the end. Pure; any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "app/live/ping_board.hpp"
#include "isthmus/model/observation.hpp"

namespace isthmus::app {

/// What is known of one target. An endless ping keeps the figures and lets go of the outcomes.
struct PingRecord {
  PingSeries series;
  std::size_t sent{0};
  std::vector<double> rtts{};  ///< Milliseconds; empty in an endless ping.
  RttStats rtt{};
  Faults faults{};

  [[nodiscard]] std::size_t answered() const { return rtt.count; }
  /// `keep`: the outcome stays for the end.
  void add(const PingSeries& more, bool keep);
};

/// "192.0.2.1  #3  0.045 ms  ttl 64": the outcome that was added last.
[[nodiscard]] std::string ping_line(const PingSeries& series, std::size_t number);

/// "192.0.2.1 (192.0.2.1): 4 sent, 3 answered, 25% lost (1 timeout), rtt min/median/p95/max 0.040/0.045/0.061/0.061
/// ms"; an endless ping has a mean and a standard deviation instead.
[[nodiscard]] std::string ping_summary(const PingRecord& record);

}  // namespace isthmus::app
