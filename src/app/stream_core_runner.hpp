#pragma once
// Cores that read a stream at work: one thread that takes in what the downlink reads, has events stored with the
// baseline that they lead to and the position in the stream, and publishes snapshots. Created, started and stopped by
// the core's service; all but start() and stop() may be called from any thread.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/core_sinks.hpp"
#include "app/store_feed.hpp"
#include "app/stream_core.hpp"
#include "isthmus/fleet/downlink.hpp"

namespace isthmus::app {

class StreamCoreRunner {
 public:
  /// Leaves what is known of a partition to whoever takes it over; called on the store's thread.
  using HandOver = std::function<Result<void>(const fleet::Handover& left)>;

  /// `downlink` and `store` outlive the runner, as does what `hand_over` and `elsewhere` use.
  StreamCoreRunner(StreamCore core, fleet::Downlink& downlink, store::Store& store, CoreSinks sinks, HandOver hand_over,
                   StreamCore::Elsewhere elsewhere);
  ~StreamCoreRunner();
  StreamCoreRunner(const StreamCoreRunner&) = delete;
  StreamCoreRunner& operator=(const StreamCoreRunner&) = delete;

  void start();
  /// Stores what has been taken in, and ends the thread. Safe to call twice.
  void stop();

  /// The latest one; never null after start().
  [[nodiscard]] std::shared_ptr<const resilience::Snapshot> snapshot() const;
  /// Has the thread made a turn lately?
  [[nodiscard]] bool alive(Instant now) const;
  /// Has everything been read once?
  [[nodiscard]] bool caught_up() const { return caught_up_; }
  [[nodiscard]] std::vector<StreamCore::PartitionState> states() const;
  /// When the latest snapshot was made, by our own clock.
  [[nodiscard]] Timestamp published() const;

  struct Reconfiguration {
    std::vector<std::pair<std::uint32_t, resilience::CoreSettings>> settings;
    std::vector<std::string> targets;
    std::shared_ptr<const ip2as::NetworkData> data;
  };
  /// Takes effect at the thread's next turn.
  void reconfigure(Reconfiguration changed);

 private:
  void run();
  void turn();
  void publish();
  [[nodiscard]] store::Batch collect(bool anew, bool last);
  void hand_over_stored(bool in_file);

  StreamCore core_;
  fleet::Downlink& downlink_;
  StoreFeed feed_;
  CoreSinks sinks_;
  HandOver hand_over_;
  StreamCore::Elsewhere elsewhere_;
  Instant next_publish_{};
  Instant next_handover_{};
  std::atomic<Instant::rep> last_turn_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> caught_up_{false};
  mutable std::mutex mutex_;
  std::shared_ptr<const resilience::Snapshot> snapshot_;  // guarded by mutex_, as are those below
  std::vector<StreamCore::PartitionState> states_;
  Timestamp published_{};
  std::optional<Reconfiguration> requested_;
  std::vector<fleet::Handover> handovers_;  // Of what is being stored.
  bool hand_over_again_{false};             // One has failed.
  std::thread thread_;
};

}  // namespace isthmus::app
