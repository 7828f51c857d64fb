#pragma once
// Core processes in virtual time over the stream of a small fleet: what is killed leaves what it has stored.

#include <gmock/gmock.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/stream_core.hpp"
#include "support/temporary_folder.hpp"
#include "unit/app/fleet_world.hpp"

namespace isthmus::app {

using namespace std::chrono_literals;

// A core process as it would run: what is killed leaves what it has stored.
class Process {
 public:
  Process(const FleetWorld& world, const std::string& store, std::vector<std::uint32_t> partitions,
          Duration rehearsal = 10min)
      : world_(world), store_({.path = store, .retry_interval = Duration::zero()}) {
    EXPECT_TRUE(store_.open());
    const auto progress = store_.progress().value();
    std::vector<PartitionCore::Start> starts;
    for (const std::uint32_t partition : partitions) {
      PartitionCore::Start start;
      start.partition = partition;
      start.settings = FleetWorld::settings(partition);
      start.data = FleetWorld::data();
      start.baseline = baseline_of(partition);
      start.speaks_for_vantages = partition == 0;
      start.remembers_vantages = partition == partitions.front();
      for (const auto& one : progress) {
        if (one.partition != partition) continue;
        start.progress = one;
        read_[partition] = 0;
        for (const auto& [of, message] : world.stream) {
          if (of == partition && message.stored < one.stored - rehearsal) read_[partition] = message.sequence;
        }
      }
      starts.push_back(std::move(start));
    }
    core_.emplace(std::move(starts), FleetWorld::kTargets, now());
  }

  /// Reads what there is, in pieces, storing after each.
  void read(std::size_t piece = 7) {
    for (const std::uint32_t partition : {0U, 1U}) {
      const auto all = world_.behind(partition, read_[partition]);
      for (std::size_t at = 0; at < all.messages.size(); at += piece) {
        fleet::Reading some{.partition = partition, .created = all.created, .messages = {}};
        for (std::size_t i = at; i < std::min(at + piece, all.messages.size()); ++i) {
          some.messages.push_back(all.messages[i]);
        }
        read_[partition] = some.messages.back().sequence;
        core_->take(some, now(), world_.now);
        store();
      }
      core_->take({.partition = partition, .created = all.created, .messages = {}}, now(), world_.now);
    }
    store();
  }
  /// Reads, but is killed before it has stored what came of it.
  void read_in_vain() {
    for (const std::uint32_t partition : {0U, 1U})
      core_->take(world_.behind(partition, read_[partition]), now(), world_.now);
  }

  /// What it has left at the broker: all of it at a stop, otherwise what belongs to the events.
  void hand_over(std::map<std::uint32_t, fleet::Handover>& shelf, bool all) {
    for (fleet::Handover& left : core_->handovers(all)) shelf[left.partition] = std::move(left);
  }
  void take_over(const fleet::Handover& left, Duration rehearsal = 10min) {
    read_[left.partition] = 0;
    for (const auto& [of, message] : world_.stream) {
      if (of == left.partition && message.stored < left.position.stored - rehearsal) {
        read_[left.partition] = message.sequence;
      }
    }
    core_->take({.partition = left.partition,
                 .created = left.position.created,
                 .messages = {},
                 .taken_over = std::make_shared<const fleet::Handover>(left)},
                now(), world_.now);
  }

  resilience::Snapshot snapshot() { return core_->snapshot(now(), "the broker is away"); }
  std::vector<Event> events() { return store_.events(everything()).value(); }
  StreamCore& core() { return *core_; }

 private:
  static EventQuery everything() {
    EventQuery query;
    query.limit = 10'000;
    return query;
  }
  [[nodiscard]] Instant now() const { return Instant(world_.now.time_since_epoch()); }
  resilience::Baseline baseline_of(std::uint32_t partition) {
    resilience::Baseline baseline = store_.load().value();
    std::erase_if(baseline.targets, [&](const auto& target) {
      return fleet::partition_of(target.name, FleetWorld::kPartitions) != partition;
    });
    return baseline;
  }
  void store() {
    store::Batch batch = core_->changes(false, false);
    batch.events = core_->poll_events();
    ASSERT_TRUE(store_.write(batch));
  }

  const FleetWorld& world_;
  store::Store store_;
  std::map<std::uint32_t, std::uint64_t> read_;
  std::optional<StreamCore> core_;
};

class StreamCoreTest : public testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& name = "core.db") const { return folder_ / name; }
  static std::vector<std::string> told(const std::vector<Event>& events) {
    std::vector<std::string> lines;
    for (const Event& event : events) {
      lines.push_back(std::to_string(event.time.time_since_epoch().count()) + " " + to_string(event.kind) + " " +
                      event.target + event.vantage);
    }
    return lines;
  }
  static std::vector<std::string> kinds(const std::vector<Event>& events) {
    std::vector<std::string> kinds;
    for (const Event& event : events)
      kinds.push_back(std::string(to_string(event.kind)) + " " + event.target + event.vantage);
    return kinds;
  }
  /// Two outages of the island, an upstream of the north-korea that appears, a vantage point that goes and comes.
  void tell_the_story(const std::function<void()>& between) {
    const auto rounds = [&](int count) {
      for (; count > 0; --count) {
        world_.round();
        between();
      }
    };
    rounds(200);
    world_.targets["island"].reachable = false;
    rounds(6);
    world_.targets["north-korea"].upstream = 1;
    rounds(10);
    world_.targets["island"].reachable = true;
    world_.silent = {2};
    rounds(12);
    world_.silent = {};
    rounds(12);
    world_.targets["island"].reachable = false;
    rounds(5);
  }

  FleetWorld world_;
  support::TemporaryFolder folder_;
};

}  // namespace isthmus::app
