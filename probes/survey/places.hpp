#pragma once
// Who stands where silence was met: the same two neighbours with as many hops between them are the same place, on
// whatever path. What all paths have seen there tells whether the one who stands there ever answers. Memory grows with
// the places where somebody was silent, not with probes. Owned by one thread.

#include <span>
#include <unordered_map>
#include <vector>

#include "probes/chance.hpp"
#include "probes/survey/grid.hpp"

namespace isthmus::probes::survey {

/// What was seen of one place over all paths that are known to go through it.
struct Place {
  std::uint32_t answered{0};        ///< Paths on which somebody answered,
  std::uint32_t answered_again{0};  ///< and of those, only when asked again.
  std::uint32_t silent{0};          ///< Paths on which nobody did,
  std::uint32_t silent_again{0};    ///< and of those, not when asked again either.
  InterfaceId seen{kNoInterface};   ///< One that answered,
  bool several{false};              ///< and not the only one: paths part here.
  Count asked;                      ///< What became of each question that was put here,
  Count behind;                     ///< and to the hops behind it on the same paths, as far as they ever answer.
  double chance{1};                 ///< That it lost so much more than those behind it by chance alone.
};

class Places {
 public:
  /// The targets are sorted; they and the grid outlive the places.
  Places(const Grid& grid, std::span<const IpAddress> targets, std::uint16_t flows);

  /// The cells of a path up to where it ends.
  [[nodiscard]] std::span<const Cell> path(PathIndex path) const;
  /// What became of the questions to all hops that stand as far behind the same neighbour, on the way to targets
  /// nearby.
  [[nodiscard]] Count nearby(PathIndex path, std::size_t first, std::size_t hop) const {
    return nearby_.at(nearby_key_of(path, first, hop));
  }
  /// What is known of cell `hop` of a gap that for_each_gap() has found on this path.
  [[nodiscard]] const Place& at(PathIndex path, std::size_t first, std::size_t far, std::size_t hop) const {
    return places_[first_of_.at(key_of(path, first, far)) + (hop - first)];
  }

 private:
  void collect();
  void count(PathIndex path);
  void count_behind(PathIndex path);
  [[nodiscard]] std::uint64_t key_of(PathIndex path, std::size_t first, std::size_t far) const;
  [[nodiscard]] std::uint64_t nearby_key_of(PathIndex path, std::size_t first, std::size_t hop) const;
  void count_nearby(PathIndex path);
  template <typename OnGap>
  void for_each_known(PathIndex path, OnGap&& on_gap);

  const Grid& grid_;
  std::span<const IpAddress> targets_;
  std::uint16_t flows_;
  std::unordered_map<std::uint64_t, std::size_t> first_of_;  // the places between two neighbours are in a row
  std::vector<Place> places_;
  std::unordered_map<std::uint64_t, Count> nearby_;
  std::uint32_t lengths_{0};  // bit n: there are gaps of n hops
};

}  // namespace isthmus::probes::survey
