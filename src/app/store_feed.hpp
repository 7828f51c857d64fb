#pragma once
// What a core's thread has for the store: events, which wait until the disk has taken the batch before, and batches
// that are made when it has. Belongs to the core's thread.

#include <functional>
#include <utility>
#include <vector>

#include "app/store_writer.hpp"
#include "isthmus/store/store.hpp"

namespace isthmus::app {

class StoreFeed {
 public:
  /// Makes what has changed into a batch, without the events. With `anew` the file has lost what was written to it.
  using Collect = std::function<store::Batch(bool anew)>;

  /// As the writer's.
  explicit StoreFeed(store::Store& store, std::function<void()> done, StoreWriter::Written written = {})
      : writer_(store, std::move(done), std::move(written)) {}

  void start() { writer_.start(); }
  /// Writes what there is, and ends the writer's thread.
  void stop() { writer_.stop(); }

  void add(std::vector<Event> events);
  /// At most once a second, at once when there are events, and only while the writer is idle.
  void turn(Timestamp now, const Collect& collect);
  /// The last one: waits for the writer.
  void finish(const Collect& collect);

 private:
  void submit(const Collect& collect);

  StoreWriter writer_;
  std::vector<Event> events_;  // Not handed to the writer yet.
  Timestamp next_{};
};

}  // namespace isthmus::app
