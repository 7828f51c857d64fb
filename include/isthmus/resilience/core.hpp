#pragma once
// The core: observations in, events and snapshots out. Pure and deterministic: the same calls with the same
// arguments give the same events. Owned and called by one thread; snapshots may go anywhere.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isthmus/base/time.hpp"
#include "isthmus/model/event.hpp"
#include "isthmus/model/observation.hpp"
#include "isthmus/resilience/baseline.hpp"
#include "isthmus/resilience/late.hpp"
#include "isthmus/resilience/path_change.hpp"
#include "isthmus/resilience/rejection.hpp"
#include "isthmus/resilience/settings.hpp"
#include "isthmus/resilience/snapshot.hpp"

namespace isthmus::ip2as {
struct NetworkData;
}

namespace isthmus::resilience {

/// A path that deserves a trace at once, because something about it has just changed.
struct RetraceRequest {
  std::string target;
  IpAddress address;
  std::string vantage;       ///< Empty: every vantage point.
  bool path_changed{false};  ///< Asked because a path is another one: where paths are watched, a look is enough.
  friend bool operator==(const RetraceRequest&, const RetraceRequest&) = default;
};

/// A block that every vantage point should ping at once: some found it silent, or it answers one again.
struct PingRequest {
  std::string target;
  Block block;
  std::optional<IpAddress> answers{};  ///< The one that just answered: the others of the block may be away.
  friend bool operator==(const PingRequest&, const PingRequest&) = default;
};

/// How much a snapshot may cost. Only the diversity of blocks whose ways changed costs more than a look: with little
/// effort many of them at once keep the one they had, and get theirs with one of the next snapshots.
enum class Effort : std::uint8_t { little, whatever_it_takes };

/// The router that carries a flow on its last hop before the target's network: where a sentinel should stand.
struct UpstreamAdvice {
  std::string vantage;
  std::string target;
  IpAddress address;
  FlowId flow;
  IpAddress router;
  friend bool operator==(const UpstreamAdvice&, const UpstreamAdvice&) = default;
};

class Core {
 public:
  /// `data` must not be null. A default Baseline starts from nothing.
  Core(CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data, Baseline restored);
  ~Core();
  Core(Core&&) noexcept;
  Core& operator=(Core&&) noexcept;

  /// `now` never goes back between calls. What cannot be believed or tells nothing about the present changes nothing
  /// and is counted: see Rejection.
  void handle_observation(const Observation& observation, Timestamp now);
  void handle_report(const ProberReport& report, Timestamp now);
  void handle_tick(Timestamp now);

  /// Nobody could tell anything between the last call and `now`, as when a broker was away: silence of that time is
  /// nobody's fault. Longer pauses between calls are noticed without being told.
  void handle_pause(Timestamp now);

  /// While it is on, the past is told once more so that beliefs are formed anew: what comes of it was told before, so
  /// that there are no events, requests, path changes or late tallies, and nothing is counted twice.
  void set_rehearsal(bool on);

  [[nodiscard]] const RejectionCounts& rejected() const;

  /// When handle_tick is next needed; Timestamp::max() when nothing waits.
  [[nodiscard]] Timestamp next_deadline() const;

  /// Oldest first; ids are 0, whoever stores events assigns them.
  [[nodiscard]] std::optional<Event> poll_event();
  [[nodiscard]] std::optional<RetraceRequest> poll_retrace();
  /// Only where rounds ask one address of a block.
  [[nodiscard]] std::optional<PingRequest> poll_ping_request();
  /// After every conclusive trace, when there are sentinels.
  [[nodiscard]] std::optional<UpstreamAdvice> poll_advice();

  /// Paths that have lastingly become others since the last poll.
  [[nodiscard]] PathChanges poll_path_changes();

  /// Observations that came too late to count, since the last poll.
  [[nodiscard]] std::vector<LateTally> poll_late();

  /// Costs what changed since the last one.
  [[nodiscard]] Snapshot snapshot(Timestamp now, Effort effort = Effort::whatever_it_takes);
  [[nodiscard]] Baseline baseline() const;

  /// What of baseline() has become different since the last poll or, the first time, since `restored`. Facts come at
  /// once; what drifts with every observation (answer rates, when an upstream was last seen) within a quarter of an
  /// hour, or at once with `drift`. Costs as much as was observed in between, not as much as there is.
  [[nodiscard]] BaselineChanges poll_baseline(Timestamp now, bool drift = false);
  /// Whatever was polled is lost: the next poll tells everything.
  void forget_polled_baseline();

  /// Targets, blocks and vantage points that stay keep all that is known of them; new ones start from
  /// nothing. Events and requests not yet polled are kept.
  void reconfigure(CoreSettings settings, std::shared_ptr<const ip2as::NetworkData> data);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace isthmus::resilience
