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
  static constexpr std::uint8_t kMost = 15;     ///< Probes of a doubt.
  static constexpr std::uint8_t kLeast = 6;     ///< However much each tells: bursts of loss last seconds.
  static constexpr std::uint8_t kRecovery = 3;  ///< Probes of a round of a block that is known to be silent.
  static constexpr float kEnough = 9.2F;        ///< One in ten thousand, as a natural logarithm.

  /// Starts anew with so many groups. `moved`: the new index of each old group; those beyond `groups` are gone.
  void change_groups(std::size_t groups, const std::vector<std::uint32_t>& moved);

  /// A round of the group begins.
  void handle_round(std::uint32_t group);
  void handle_answer(std::uint32_t group);
  /// `evidence`: how little to be expected the miss was of a block that is up: minus the logarithm of its chance.
  /// `over`: when the probe's time was up, or will be: an error of a router comes sooner and is no reason to hurry.
  /// True when this was the last that was needed to call the group silent.
  bool handle_miss(std::uint32_t group, float evidence, Instant over);

  /// A group whose next probe is due.
  std::optional<std::uint32_t> take_due(Instant now);
  /// Instant::max() when none is planned.
  [[nodiscard]] Instant next_due() const { return planned_.empty() ? Instant::max() : planned_.front().first; }
  /// Whether the group is being asked until somebody answers.
  [[nodiscard]] bool is_in_doubt(std::uint32_t group) const {
    return groups_[group].misses > 0 && !is_decided(groups_[group]);
  }
  /// Whether nobody answered the last time.
  [[nodiscard]] bool is_silent(std::uint32_t group) const { return groups_[group].silent; }

 private:
  struct Group {
    float evidence{0};       // of the misses
    std::uint8_t misses{0};  // in a row
    bool silent{false};      // nobody answered the last time
    bool planned{false};
  };

  [[nodiscard]] static bool is_decided(const Group& group);
  void plan(std::uint32_t group, Instant at);

  std::vector<Group> groups_;
  std::vector<std::pair<Instant, std::uint32_t>> planned_;  // a heap, the soonest first
};

}  // namespace isthmus::probes
