#pragma once
// Who is pinged: the addresses of all groups, flat, and when each group's next round is due. A group is all addresses
// of a target, which a round asks together, or those of one of its blocks, of which a round asks one and more after a
// miss. About 130 bytes for an address that is alone in its group, and 50 for one among others. Belongs to one engine,
// on its thread.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/address.hpp"
#include "isthmus/probes/settings.hpp"
#include "probes/ping/follow_ups.hpp"
#include "probes/ping/ring.hpp"

namespace isthmus::probes {

/// The addresses of one target; the target without a name is the control addresses.
struct PingGroup {
  std::string target;
  std::vector<IpAddress> addresses;
};

class WatchList {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  /// `stagger`: another one for each vantage point, so that they do not ask a block in the same moment where rounds are
  /// long.
  explicit WatchList(std::uint64_t stagger = 0) : stagger_(stagger) {}

  struct Watch {
    IpAddress address;
    bool in_line{false};  ///< Has not had its turn in the round that is due.
    bool answering{false};
    std::uint8_t silent_in_row{0};
    std::uint16_t answer_rate{59'000};  ///< Of 65,535, learned; that of a new one is a guess.
    std::uint32_t group{0};
    Instant last_answer{Instant::min()};
    std::uint64_t latest{0};  ///< The number of the latest probe; meaningless before the first.
  };

  /// Replaces what is pinged; a group that stays keeps its phase and an address what is known of it. Gives the new
  /// index of each old watch, kNone for those that are gone. Indices are valid until the next call.
  std::vector<std::uint32_t> replace(const std::vector<PingGroup>& groups, const PingSettings& settings, Instant now);

  [[nodiscard]] std::size_t size() const { return watches_.size(); }
  [[nodiscard]] Watch& operator[](std::uint32_t index) { return watches_[index]; }
  [[nodiscard]] const Watch& operator[](std::uint32_t index) const { return watches_[index]; }
  [[nodiscard]] const std::string& target_of(std::uint32_t index) const {
    return targets_[groups_[watches_[index].group].target].name;
  }
  /// The watch of an address in a group, or kNone.
  [[nodiscard]] std::uint32_t find(const std::string& target, const IpAddress& address) const;
  /// Calls `use` with the index of each watch of the address; more than one when targets share it.
  template <typename Use>
  void for_each(const IpAddress& address, Use use) const;

  /// Lines up the groups whose round or next probe is due, control addresses before them.
  void start_rounds(Instant now);
  /// Before silent_in_row is set back.
  void handle_answer(std::uint32_t watch);
  /// The probe that was sent then got none, or an error of a router.
  void handle_miss(std::uint32_t watch, Instant sent, Instant now);
  /// Asks a block ahead of its round, this address first if it is known. Ignored unless rounds ask one address of a
  /// block.
  void ask_now(const std::string& target, const Block& block, const std::optional<IpAddress>& first, Instant now);
  /// Takes the next watch in line, or kNone.
  std::uint32_t take_next();
  /// Since when (or from when on) a watch is due; Instant::max() when none is planned.
  [[nodiscard]] Instant next_due() const;

 private:
  struct Target {
    std::string name;
    std::uint32_t first{0};  // of its groups
    std::uint32_t count{0};
  };
  struct Group {
    Instant next{};  // when its next round is due
    Instant due{};   // of the round that it is in line with
    std::uint32_t target{0};
    std::uint32_t first{0};
    std::uint32_t count{0};
    std::uint32_t asked{0};  // how many of the round had their turn; where rounds ask one, whose turn it is
    bool waiting{false};
    bool missed{false};  // a round fell due while the last one was still in line
  };

  void add_target(const PingGroup& target);
  void add_watch(const IpAddress& address, std::uint32_t group);
  void index_names();
  std::vector<std::uint32_t> take_over_watches(const WatchList& before);
  void take_over_rounds(WatchList& before, Instant now);
  void take_over_line(WatchList& before, const std::vector<std::uint32_t>& moved);
  [[nodiscard]] std::vector<std::uint32_t> moved_groups(const WatchList& before) const;
  [[nodiscard]] const Target* find_target(const std::string& name) const;
  /// The group of a block whose rounds ask one address, or kNone.
  [[nodiscard]] std::uint32_t find_group(const std::string& target, const Block& block) const;
  [[nodiscard]] Block block_of(const Group& group) const { return Block::of(watches_[group.first].address); }
  [[nodiscard]] bool asks_one(std::uint32_t group) const { return one_of_block_ && group != controls_; }
  void plan(std::uint32_t group, Instant at);
  void line_up(std::uint32_t group, Instant due);
  void line_up_controls(Instant due);
  bool skip_to_in_line(Group& group) const;  // false at the end of the round
  [[nodiscard]] bool later(std::uint32_t a, std::uint32_t b) const;
  [[nodiscard]] std::size_t slot_of(const IpAddress& address) const;

  std::vector<Watch> watches_;
  std::vector<Target> targets_;
  std::vector<std::uint32_t> by_name_;  // targets_, ascending by name
  std::vector<Group> groups_;           // those of one target side by side, ascending by block
  std::vector<std::uint32_t> slots_;    // open addressing by address, a power of two of them
  std::vector<std::uint32_t> heap_;     // groups with rounds of their own, the next one first
  Ring<std::uint32_t> line_;            // groups whose round is due
  FollowUps follow_ups_;                // empty where rounds ask all addresses
  bool one_of_block_{false};
  std::uint32_t controls_{kNone};  // their group
  Instant controls_asked_{Instant::min()};
  Duration interval_{};
  Duration timeout_{};
  std::uint64_t stagger_;
  std::uint64_t joined_{0};  // groups ever planned
};

template <typename Use>
void WatchList::for_each(const IpAddress& address, Use use) const {
  if (slots_.empty()) return;
  for (std::size_t slot = slot_of(address); slots_[slot] != kNone; slot = (slot + 1) & (slots_.size() - 1)) {
    if (watches_[slots_[slot]].address == address) use(slots_[slot]);
  }
}

}  // namespace isthmus::probes
