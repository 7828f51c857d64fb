#pragma once
// The ways that the flows to one block show now. A flow whose trace dies holds its way for some rounds: a lost trace is
// no lost bridge. Belongs to the core's thread; no I/O.

#include <cstdint>
#include <memory>
#include <vector>

#include "isthmus/inference/path_map.hpp"
#include "isthmus/resilience/diversity.hpp"
#include "resilience/diversity.hpp"

namespace isthmus::resilience {

class SeenWays {
 public:
  /// Traces in a row without a conclusion that do not change a flow's way yet.
  static constexpr std::uint32_t kHeld = 3;

  [[nodiscard]] bool has(const inference::PathKey& key) const;
  /// What the latest trace of a flow shows. True when that changes the ways of the block.
  bool note(const inference::PathKey& key, std::shared_ptr<const Way> way);
  /// A flow that is traced no more. True when it had a way.
  bool forget(const inference::PathKey& key);
  void clear();
  [[nodiscard]] bool empty() const { return flows_.empty(); }

  /// What they amount to; null while no flow was traced.
  const std::shared_ptr<const BlockWays>& measure(DiversityCache& cache);
  /// As of the last measure().
  [[nodiscard]] const std::shared_ptr<const BlockWays>& measured() const { return measured_; }
  [[nodiscard]] bool stale() const { return stale_; }

 private:
  struct Flow {
    inference::PathKey key;
    std::shared_ptr<const Way> way;
    std::uint32_t missed{0};
  };
  [[nodiscard]] std::vector<Flow>::const_iterator find(const inference::PathKey& key) const;

  std::vector<Flow> flows_;                    // Ascending key.
  std::shared_ptr<const BlockWays> measured_;  // Null before the first time.
  bool stale_{true};                           // The flows have changed since.
};

}  // namespace isthmus::resilience
