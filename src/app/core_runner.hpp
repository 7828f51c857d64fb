#pragma once
// The core at work: one thread that takes messages from the bus, feeds resilience::Core, has its events stored with the
// baseline that they lead to, keeps the history, and publishes snapshots. Created, started and stopped by the monitor;
// snapshot(), alive() and reconfigure() may be called from any thread.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "app/core_sinks.hpp"
#include "app/store_feed.hpp"
#include "isthmus/fleet/bus.hpp"
#include "isthmus/resilience/core.hpp"
#include "isthmus/resilience/day_book.hpp"
#include "isthmus/store/store.hpp"

namespace isthmus::app {

class CoreRunner {
 public:
  /// `days` goes on from what the store holds. `bus` and `store` outlive the runner.
  CoreRunner(resilience::Core core, resilience::DayBook days, fleet::InProcessBus& bus, store::Store& store,
             CoreSinks sinks);
  ~CoreRunner();
  CoreRunner(const CoreRunner&) = delete;
  CoreRunner& operator=(const CoreRunner&) = delete;

  void start();
  /// Takes in what is still in the bus, stores it, and ends the thread. Safe to call twice.
  void stop();

  /// The latest one; never null after start().
  [[nodiscard]] std::shared_ptr<const resilience::Snapshot> snapshot() const;
  /// Has the thread made a turn lately?
  [[nodiscard]] bool alive(Instant now) const;
  /// Takes effect at the thread's next turn.
  void reconfigure(resilience::CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data);

 private:
  struct Reconfiguration {
    resilience::CoreSettings settings;
    std::shared_ptr<const ip2as::NetworkData> data;
  };

  void run();
  void take_reconfiguration();
  void handle(const fleet::Message& message);
  [[nodiscard]] bool take_events();
  [[nodiscard]] store::Batch changes(bool anew, bool drift);
  void publish(Timestamp now);
  [[nodiscard]] Timestamp advance();

  resilience::Core core_;
  resilience::DayBook days_;
  fleet::InProcessBus& bus_;
  StoreFeed feed_;
  CoreSinks sinks_;
  Timestamp now_{};
  std::atomic<Instant::rep> last_turn_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::shared_ptr<const resilience::Snapshot> snapshot_;  // guarded by mutex_
  std::optional<Reconfiguration> requested_;              // guarded by mutex_
  std::thread thread_;
};

}  // namespace isthmus::app
