#pragma once
// The core at work: one thread that takes messages from the bus, feeds resilience::Core, stores its events, and
// publishes snapshots. Created, started and stopped by the monitor; snapshot(), alive() and reconfigure() may be
// called from any thread.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "isthmus/fleet/bus.hpp"
#include "isthmus/resilience/core.hpp"
#include "isthmus/store/store.hpp"

namespace isthmus::app {

class CoreRunner {
 public:
  using RetraceSink = std::function<void(const resilience::RetraceRequest&)>;

  /// `bus` and `store` outlive the runner; `retrace` is called on the core thread.
  CoreRunner(resilience::Core core, fleet::InProcessBus& bus, store::Store& store, RetraceSink retrace);
  ~CoreRunner();
  CoreRunner(const CoreRunner&) = delete;
  CoreRunner& operator=(const CoreRunner&) = delete;

  void start();
  /// Takes in what is still in the bus, stores the baseline, and ends the thread. Safe to call twice.
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
  [[nodiscard]] bool drain_events();
  void publish(Timestamp now);
  void save_baseline();
  void keep_house(Timestamp now);
  [[nodiscard]] Timestamp advance();

  resilience::Core core_;
  fleet::InProcessBus& bus_;
  store::Store& store_;
  RetraceSink retrace_;
  Timestamp now_{};
  Timestamp next_expiry_{};
  Timestamp next_flush_{};
  std::atomic<Instant::rep> last_turn_{0};
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::shared_ptr<const resilience::Snapshot> snapshot_;  // guarded by mutex_
  std::optional<Reconfiguration> requested_;              // guarded by mutex_
  std::thread thread_;
};

}  // namespace isthmus::app
