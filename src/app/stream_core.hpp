#pragma once
// The partitions of one core process as one: readings of the stream in, events and one snapshot out. Sans-I/O. Belongs
// to the core's thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/core_sinks.hpp"
#include "app/partition_core.hpp"
#include "isthmus/fleet/downlink.hpp"

namespace isthmus::app {

class StreamCore {
 public:
  /// Nothing current was read for so long: what is known is of the past.
  static constexpr Duration kBlindAfter = std::chrono::seconds(30);

  /// In any order. `targets`: names in the order of the configuration, of these partitions.
  StreamCore(std::vector<PartitionCore::Start> partitions, std::vector<std::string> targets, Instant now);

  void take(const fleet::Reading& reading, Instant now, Timestamp wall);

  [[nodiscard]] std::vector<Event> poll_events();
  /// Of the partitions that have told something since the last call, for whoever takes them over; with `all`, of those
  /// that were read. To be left at the broker once the events, and the changes that came with them, are stored.
  [[nodiscard]] std::vector<fleet::Handover> handovers(bool all);
  /// What was given away has not arrived: the next time with `all` it is there again, whatever has come meanwhile.
  void hand_over_again();
  void hand_over_wishes(const CoreSinks& sinks);
  /// Whether another core has the partition.
  using Elsewhere = std::function<bool(std::uint32_t partition)>;
  /// States of partitions that are not read are unknown in it, with the reason that `why_unread` gives. What another
  /// core judges is left out: two that speak of one target would contradict each other.
  [[nodiscard]] resilience::Snapshot snapshot(Instant now, const std::string& why_unread,
                                              const Elsewhere& elsewhere = {});
  /// All partitions have been read to their end since the start.
  [[nodiscard]] bool caught_up() const;
  [[nodiscard]] store::Batch changes(bool anew, bool drift);
  void reconfigure(const std::vector<std::pair<std::uint32_t, resilience::CoreSettings>>& settings,
                   std::vector<std::string> targets, const std::shared_ptr<const ip2as::NetworkData>& data);

  struct PartitionState {
    std::uint32_t partition{0};
    Timestamp log_time{};  ///< Of the latest message.
    bool caught_up{false};
    fleet::IntakeStatus intake;
    DelayHistogram delays;
  };
  [[nodiscard]] std::vector<PartitionState> states() const;

 private:
  struct Part {
    explicit Part(PartitionCore::Start start) : core(std::move(start)) {}
    PartitionCore core;
    bool caught_up{false};
    bool has_told{false};        // Since it was handed over,
    fleet::StreamPosition left;  // at that place.
    Instant current{};           // When what was read last was of the present.
    resilience::Snapshot latest;
    bool latest_is_blind{false};
    bool elsewhere{false};
  };

  [[nodiscard]] Part* part_of(std::uint32_t partition);
  void look_at(Part& part, Instant now);
  [[nodiscard]] std::vector<resilience::VantageView> vantages(const std::string& why_unread) const;

  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<std::string> targets_;
};

}  // namespace isthmus::app
