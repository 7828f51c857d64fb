#pragma once
// Keeps the days: sums up snapshots into one record a day for every target and block. Pure: time comes with the
// snapshots. Owned and used by one thread.
//
// A record holds what has been summed up and what holds since; it is written again only when something becomes
// different. Between two changes the store needs nothing but the moment at which the program was last alive, so that
// neither a large target nor a kill costs more than the last second.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "isthmus/resilience/daily.hpp"
#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::resilience {

class DayBook {
 public:
  /// Longer between two snapshots, and nobody was there to see: that time is covered by no state.
  static constexpr Duration kLongestStep = std::chrono::seconds(60);
  /// Blocks looked at with each snapshot; more take turns.
  static constexpr std::size_t kBlocksAtOnce = 10'000;

  DayBook() = default;
  DayBook(DayBook&&) = default;
  DayBook& operator=(DayBook&&) = default;
  /// Goes on where a program stopped that was last alive at `alive` and left these records.
  DayBook(std::vector<DayRecord> stored, Timestamp alive);

  /// What holds from snapshot.time on. Times never go back.
  void handle_snapshot(const Snapshot& snapshot);
  /// Records to be written over the stored ones, at most about `limit`, which changed since the last poll. After a gap
  /// all of them, whatever the limit: the gap must not be taken for covered time by whoever reads them.
  [[nodiscard]] std::vector<DayRecord> poll_changed(std::size_t limit);
  /// Whatever was polled is lost: the next polls tell everything of the present day.
  void forget_polled();

  /// Time of the latest snapshot: up to then the present conditions hold.
  [[nodiscard]] Timestamp latest() const { return latest_; }

 private:
  struct Entry {
    DayRecord record;
    std::vector<DayRecord> ended;  ///< Days before, not polled yet; written together with the present one.
    bool changed{false};
    std::shared_ptr<const BlockView>
        view;  ///< Of a block, when it was last looked at: a snapshot shares what is the same.
  };
  struct TargetDays {
    Entry whole;
    std::unordered_map<Block, Entry> blocks;
    std::size_t gone{0};  ///< Of those, no longer configured; kept until their day is over.
    std::size_t next{0};  ///< Block of the view that is looked at next.
  };

  void begin_day(Entry& entry, Timestamp time);
  void set(Entry& entry, const Condition& condition, Timestamp since, Timestamp now);
  void end(Entry& entry, Timestamp time);
  void mark(Entry& entry);
  void end_all(Timestamp time);
  void look_at_blocks(TargetDays& days, const TargetView& view, std::size_t count, Timestamp now);
  void end_absent_blocks(TargetDays& days, const TargetView& view, Timestamp now);
  void end_absent_targets(const Snapshot& snapshot);
  void drop_past_days(Timestamp now);

  std::unordered_map<std::string, TargetDays> targets_;
  std::vector<Entry*> changed_;  // Entries stay where they are while they are in the maps.
  Timestamp latest_{};
  std::chrono::sys_days today_{};
  bool urgent_{false};
};

}  // namespace isthmus::resilience
