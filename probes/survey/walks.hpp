#pragma once
// Which probes are worth sending: finds each target's distance with one probe, or takes over a neighbour's, walks back
// from there until what comes next is known, and forward until the destination or silence. With a window it walks back
// a fixed number of TTLs instead. No I/O and no time: silence is reported to it. Owned by one thread.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "isthmus/schedule/random_order.hpp"
#include "probes/survey/grid.hpp"
#include "probes/survey/ring.hpp"
#include "probes/survey/topology.hpp"

namespace isthmus::probes::survey {

struct WalkSettings {
  std::uint16_t flows{1};
  Ttl window{0};               ///< 0: stop at what is known; otherwise this many TTLs before the destination.
  int gap_limit{5};            ///< Silent hops that end a walk forward where nobody knows how far the target is.
  int inherited_gap_limit{2};  ///< The same where a neighbour's distance says where it should be.
  std::uint64_t key{0};
};

/// How far the walk along one path has come.
struct PathState {
  InterfaceId expected{kNoInterface};  ///< Who should answer where the walk has jumped to.
  Ttl back{0};                         ///< TTL asked on the way back; 0: none.
  Ttl forward{0};                      ///< TTL asked on the way forward; 0: none.
  Ttl distance{0};                     ///< Where the destination stands, by its own word; 0: unknown.
  Ttl split{0};                        ///< Where the walk began; 0: it has not.
  std::uint8_t gap{0};                 ///< Silent hops at its far end.
  bool measuring{false};               ///< The probe that tells the distance is on its way.
  bool inherited{false};               ///< The split is a neighbour's distance.
  bool ended{false};                   ///< Nothing is left to find forward.
};
static_assert(sizeof(PathState) == 12);

class Walks {
 public:
  /// The targets are sorted and outlive the walks; so does the grid, which has targets x flows paths.
  Walks(const WalkSettings& settings, std::span<const IpAddress> targets, Grid& grid);

  /// The next probe; nothing while answers or silence have to come first, or when all is done.
  std::optional<Ask> next();
  /// Whether next() has something.
  [[nodiscard]] bool may_send() const {
    return !ready_.empty() || position_ < targets_.size() || (stage_ == Stage::measuring && measuring_ == 0);
  }
  /// The grid has taken the answer in.
  void answered(const Answer& answer);
  /// Nobody answered, or the probe never left.
  void silent(PathIndex path, Ttl ttl);
  /// Nothing is left to send or to wait for.
  [[nodiscard]] bool finished() const { return stage_ == Stage::walking && open_ == 0; }
  /// How much is done, 0 to 1.
  [[nodiscard]] double share() const;

  [[nodiscard]] Topology::Upward predecessor(InterfaceId id) const { return topology_.predecessor(id); }
  [[nodiscard]] std::span<const PathState> states() const { return paths_; }
  [[nodiscard]] std::uint64_t position() const { return position_; }
  /// Whether walks may have left such states behind when they were interrupted. Others would never come to an end.
  [[nodiscard]] bool can_restore(std::span<const PathState> states, std::uint64_t position) const;
  /// Goes on from the states and the grid of an interrupted survey: what was on its way is asked again. Precondition:
  /// can_restore().
  void restore(std::span<const PathState> states, std::uint64_t position);

 private:
  enum class Stage : std::uint8_t { measuring, walking };

  std::optional<Ask> next_measurement();
  void settle_distance(PathIndex path, const Answer& answer);
  void start(std::size_t target, Ttl split, bool known, bool inherited);
  void inherit_distances();
  [[nodiscard]] Ttl predicted(std::size_t target) const;
  [[nodiscard]] Ttl known_distance(std::size_t target) const { return paths_[target * settings_.flows].distance; }

  void note_nearer(const Answer& answer);
  void note_farther(const Answer& answer);
  void note_end(PathIndex path, const Answer& answer);
  void step_back(PathIndex path, Ttl ttl, const Cell& cell);
  [[nodiscard]] Ttl next_back(PathState& state, Ttl ttl, const Cell& cell);
  [[nodiscard]] Ttl next_back_in_window(const PathState& state, Ttl ttl) const;
  void step_forward(PathIndex path, Ttl ttl, const Cell& cell);
  void advance(PathIndex path, Ttl ttl, const Cell& cell);
  void count_in_vain(PathIndex path, Ttl ttl);
  void replay_topology();
  [[nodiscard]] bool open(const PathState& state) const {
    return state.measuring || state.back != 0 || state.forward != 0;
  }

  WalkSettings settings_;
  std::span<const IpAddress> targets_;
  Grid& grid_;
  schedule::RandomOrder order_;
  Topology topology_;
  std::vector<PathState> paths_;
  Ring<Ask> ready_;
  std::uint64_t position_{0};
  std::size_t measuring_{0};
  std::size_t open_{0};     // paths with something queued or on its way
  std::size_t started_{0};  // paths
  Stage stage_{Stage::measuring};
};

}  // namespace isthmus::probes::survey
