#pragma once
// What is known of the path of one flow: its hops, each with the time it was measured, and how far the destination is.
// Value type; belongs to whoever holds it.

#include <cstddef>
#include <optional>
#include <vector>

#include "isthmus/model/observation.hpp"

namespace isthmus::probes {

class KnownPath {
 public:
  /// Takes in a newer trace of the flow. What it left out before its first hop stays as it was.
  void take(const Trace& trace);

  [[nodiscard]] bool empty() const { return hops_.empty(); }
  /// Preconditions of both: not empty.
  [[nodiscard]] int first_ttl() const { return hops_.front().ttl; }
  [[nodiscard]] int last_ttl() const { return hops_.back().ttl; }
  /// Nothing outside of the path.
  [[nodiscard]] const Hop* hop(int ttl) const;
  /// The first answer at this TTL, if there was one.
  [[nodiscard]] const Reply* answer(int ttl) const;
  /// The lowest TTL at which this address answered.
  [[nodiscard]] std::optional<int> position_of(const IpAddress& address) const;
  /// The highest TTL from `below - 1` down at which somebody answered.
  [[nodiscard]] std::optional<int> last_answer_below(int below) const;
  /// Where the destination answered.
  [[nodiscard]] const std::optional<int>& distance() const { return distance_; }
  [[nodiscard]] StopReason stop() const { return stop_; }

 private:
  std::vector<Hop> hops_;  // ascending, without holes; all with their time
  std::optional<int> distance_;
  StopReason stop_{StopReason::gap_limit};
};

}  // namespace isthmus::probes
