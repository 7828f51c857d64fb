#pragma once
// One partition of the stream and the core that judges its targets. Its time is the log's: the same messages lead to
// the same events, whenever they are read. Where the log stands still, so does the core; whoever shows its snapshot
// says so. Sans-I/O. Belongs to the core's thread.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "isthmus/fleet/handover.hpp"
#include "isthmus/fleet/intake.hpp"
#include "isthmus/fleet/stream.hpp"
#include "isthmus/resilience/core.hpp"
#include "isthmus/resilience/day_book.hpp"
#include "isthmus/store/store.hpp"
#include "isthmus/telemetry/metrics.hpp"

namespace isthmus::app {

/// How long after what was observed the core knew of it. Not cumulative: one count a bucket, the last without a bound.
struct DelayHistogram {
  std::array<std::uint64_t, telemetry::kDelayBucketsSeconds.size() + 1> buckets{};
  double sum_seconds{0};

  void add(Duration delay);
};

class PartitionCore {
 public:
  /// Nobody has said anything for so long: the broker was away, or we were. Vantage points report every second.
  static constexpr Duration kLogPause = std::chrono::seconds(5);

  struct Start {
    std::uint32_t partition{0};
    resilience::CoreSettings settings;  ///< With the targets of this partition.
    std::shared_ptr<const ip2as::NetworkData> data;
    resilience::Baseline baseline;
    resilience::DayBook days;
    std::optional<store::StreamProgress> progress;  ///< What the store holds has become of the stream up to here.
    /// Of all the partitions of a fleet one tells of the vantage points, or everything about them would be told by
    /// each.
    bool speaks_for_vantages{false};
    /// Of all the partitions of a process one remembers them.
    bool remembers_vantages{false};
  };

  explicit PartitionCore(Start start);

  [[nodiscard]] std::uint32_t partition() const { return partition_; }
  /// Up to where it had come when it started, to read on from.
  [[nodiscard]] fleet::StreamPosition position() const { return position_; }

  /// Begins anew from where another core has left the partition: reads on behind it, after a rehearsal.
  void take_over(const fleet::Handover& left);
  /// What the next one needs, without the host; nothing while it rehearses, or before the first message.
  [[nodiscard]] std::optional<fleet::Handover> handover() const;

  void reconfigure(resilience::CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data);

  /// Messages come in the order of the stream; what was taken in before is a rehearsal. `wall` is of our own clock, and
  /// only measures delays.
  void take(const fleet::StreamMessage& message, Timestamp created, Timestamp wall);
  /// There was nothing more to read for now.
  void end_rehearsal();
  [[nodiscard]] bool rehearses() const { return rehearses_; }

  /// Of the latest message; the epoch before the first.
  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] resilience::Core& core() { return core_; }
  [[nodiscard]] const fleet::IntakeStatus& intake() const { return intake_.status(); }
  [[nodiscard]] const DelayHistogram& delays() const { return delays_; }

  /// Events since the last poll that are this partition's to tell.
  [[nodiscard]] std::vector<Event> poll_events();
  /// Keeps the days.
  [[nodiscard]] resilience::Snapshot snapshot();
  /// Adds all but the events to what is to be written; nothing while it rehearses.
  void store_changes(store::Batch& batch, bool drift);
  [[nodiscard]] Timestamp days_until() const { return days_.latest(); }
  /// The store holds nothing of it any more: the next changes tell all.
  void forget_stored();

 private:
  void feed(const std::vector<fleet::Message>& messages);
  void move_to(Timestamp stored);

  std::uint32_t partition_;
  bool speaks_for_vantages_;
  bool remembers_vantages_;
  resilience::CoreSettings settings_;
  std::shared_ptr<const ip2as::NetworkData> data_;
  resilience::Core core_;
  resilience::DayBook days_;
  fleet::Intake intake_;
  fleet::Intake rehearsed_;  // Of what was taken in before the start; nobody remembers it.
  DelayHistogram delays_;
  fleet::StreamPosition position_;
  bool rehearses_{false};
  bool moved_{false};  // Since the position was stored.
  Timestamp now_{};
};

}  // namespace isthmus::app
