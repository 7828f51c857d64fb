#pragma once
// A folder of its own for every test, removed afterwards, and samples to put into a store.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <string>

#include "isthmus/resilience/baseline.hpp"
#include "isthmus/store/store.hpp"
#include "support/temporary_folder.hpp"
#include "unit/formats/sample.hpp"

namespace isthmus::store {

class StoreTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_ / "isthmus.db"; }

  /// Tries again at once after a failure, and never waits for a lock.
  [[nodiscard]] StoreOptions options() const {
    StoreOptions options;
    options.path = path();
    options.busy_timeout = Duration::zero();
    options.retry_interval = Duration::zero();
    return options;
  }

  support::TemporaryFolder folder_;
};

inline Timestamp at_second(std::int64_t second) { return Timestamp(std::chrono::seconds(1'506'848'871 + second)); }

inline Event event_at(std::int64_t second, EventKind kind = EventKind::block_down, std::string target = "peninsula") {
  Event event = test::sample_event();
  event.id = 0;
  event.time = at_second(second);
  event.kind = kind;
  event.target = std::move(target);
  return event;
}

/// Writes one event; it gets its id.
inline Result<void> append(Store& store, Event& event) {
  Batch batch;
  batch.events = {event};
  const auto written = store.write(batch);
  event = batch.events.front();
  if (!written) return written.error();
  return {};
}

/// Writes whatever waits.
inline Result<void> flush(Store& store) {
  Batch nothing;
  const auto written = store.write(nothing);
  if (!written) return written.error();
  return {};
}

/// All of a baseline as changes to an empty one.
inline resilience::BaselineChanges all_of(const resilience::Baseline& baseline) {
  resilience::BaselineChanges changes;
  changes.targets = baseline.targets;
  changes.vantages = baseline.vantages;
  return changes;
}

inline Result<void> write_changes(Store& store, const resilience::BaselineChanges& changes) {
  Batch batch;
  batch.baseline = changes;
  const auto written = store.write(batch);
  if (!written) return written.error();
  return {};
}

inline Result<void> save(Store& store, const resilience::Baseline& baseline) {
  return write_changes(store, all_of(baseline));
}

inline resilience::Baseline sample_baseline() {
  using namespace resilience;
  const auto block = [](std::string_view prefix, State state) {
    BlockMemory memory;
    memory.block = Block{Prefix(test::ip(prefix), 24)};
    memory.state = state;
    memory.since = at_second(5);
    memory.announced_down = state == State::down;
    memory.learned = true;
    memory.redundancy = Redundancy::lost;
    memory.upstreams = {{Asn{64496}, false, at_second(1), at_second(9)}, {Asn{4294967295}, true, at_second(2), {}}};
    return memory;
  };
  TargetMemory target;
  target.name = "peninsula \"quoted\" \xEC\xA1\xB0";
  target.state = State::degraded;
  target.since = at_second(3);
  target.redundancy = Redundancy::held;
  target.blocks = {block("198.51.100.0", State::down), block("203.0.113.0", State::up)};
  target.blocks[1].addresses = {{"frankfurt", test::ip("203.0.113.71"), 0.1},
                                {"tokyo", test::ip("203.0.113.9"), 1.0 / 3}};
  target.blocks[1].hosts = {{test::ip("203.0.113.9"), at_second(8), 1.0 / 7, 0, false},
                            {test::ip("203.0.113.71"), at_second(4), 12.5, 3, true}};
  target.events = {{EventKind::block_down, 3}, {EventKind::target_up, 0}};
  Baseline baseline;
  baseline.targets = {target, TargetMemory{}};
  baseline.vantages = {{"frankfurt", VantageState::valid, at_second(1), {{EventKind::vantage_valid, 2}}},
                       {"tokyo", VantageState::invalid, at_second(2), {}}};
  return baseline;
}

}  // namespace isthmus::store
