#pragma once
// Which blocks get more than their one probe a round, and when. A miss is followed by a probe of the next address, and
// so on until somebody answers or fifteen have been silent, as many as Trinocular allows itself (Quan et al.,
// "Trinocular: Understanding Internet Reliability Through Adaptive Probing", SIGCOMM 2013, section 4.2). A block that
// was silent then gets three probes in each of its rounds, so that one lost packet does not hide that it is back.
// Sans-I/O; belongs to one watch list, on its thread.

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "isthmus/base/time.hpp"

namespace isthmus::probes {

class FollowUps {
 public:
  static constexpr std::uint8_t kInDoubt = 14;  ///< Probes after the first miss.
  static constexpr std::uint8_t kRecovery = 2;  ///< The same for a block that is known to be silent.

  /// Starts anew with so many groups. `moved`: the new index of each old group; those beyond `groups` are gone.
  void change_groups(std::size_t groups, const std::vector<std::uint32_t>& moved);

  /// A round of the group begins.
  void handle_round(std::uint32_t group);
  void handle_answer(std::uint32_t group);
  /// `over`: when the probe's time was up, or will be: an error of a router comes sooner and is no reason to hurry.
  /// True when this was the last that was needed to call the group silent.
  bool handle_miss(std::uint32_t group, Instant over);

  /// A group whose next probe is due.
  std::optional<std::uint32_t> take_due(Instant now);
  /// Instant::max() when none is planned.
  [[nodiscard]] Instant next_due() const { return planned_.empty() ? Instant::max() : planned_.front().first; }
  /// Whether the group is being asked until somebody answers.
  [[nodiscard]] bool is_in_doubt(std::uint32_t group) const {
    return groups_[group].misses > 0 && groups_[group].misses <= most(groups_[group]);
  }

 private:
  struct Group {
    std::uint8_t misses{0};  // in a row
    bool silent{false};      // nobody answered the last time
    bool planned{false};
  };

  static std::uint8_t most(const Group& group) { return group.silent ? kRecovery : kInDoubt; }
  void plan(std::uint32_t group, Instant at);

  std::vector<Group> groups_;
  std::vector<std::pair<Instant, std::uint32_t>> planned_;  // a heap, the soonest first
};

}  // namespace isthmus::probes
