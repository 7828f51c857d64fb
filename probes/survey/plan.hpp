#pragma once
// What a survey asks next, without packets: the main pass (every probe, or walks that save some), a wait for late
// answers, the gaps once more, the end. No I/O: time comes as ticks. Owned by one thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "isthmus/schedule/random_order.hpp"
#include "probes/survey/grid.hpp"
#include "probes/survey/ring.hpp"
#include "probes/survey/walks.hpp"

namespace isthmus::probes::survey {

struct PlanSettings {
  bool all{false};  ///< Every TTL of every path in random order; otherwise walks.
  WalkSettings walks;
  Ttl max_ttl{32};
  Tick timeout{1'000'000};
  int retry_rounds{1};
};

class Plan {
 public:
  enum class Phase : std::uint8_t { main, settling, retrying, done };

  /// The targets are sorted and outlive the plan.
  Plan(const PlanSettings& settings, std::span<const IpAddress> targets);

  /// Fills in the next probes, which count as sent at `now`; how many there were. Fewer than there is room for: the
  /// others have to wait for answers or silence.
  std::size_t next(Tick now, std::span<Ask> asks);
  /// A verified answer. `retry` is the parity of the attempt that it answers.
  Grid::Taken answer(Answer& answer, bool retry, Tick now);
  /// Soon the answers of this interface, or of this probe, will come.
  void prefetch(const IpAddress& interface) const { grid_.interfaces().prefetch(interface); }
  void prefetch(PathIndex path, Ttl ttl) const { __builtin_prefetch(&grid_.at(path, ttl), 1); }
  /// The probe could not be sent.
  void failed(const Ask& ask);
  /// Turns what has waited too long into silence, and moves on to the next phase when one is complete.
  void expire(Tick now);
  /// When expire() should be called at the latest; nothing when nothing waits.
  [[nodiscard]] std::optional<Tick> next_expiry() const;

  /// Whether next() may have something. In walks only answers and silence tell.
  [[nodiscard]] bool may_send() const;

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] double share() const;
  [[nodiscard]] const Grid& grid() const { return grid_; }
  /// Who precedes an interface on some path, and how many TTLs lie between; known to walks only.
  [[nodiscard]] Topology::Upward predecessor(InterfaceId id) const;

  /// What a file has to hold of a plan, besides its settings and targets.
  struct Saved {
    std::vector<IpAddress> interfaces;
    std::vector<std::uint64_t> cells;
    std::vector<PathState> states;
    std::uint64_t position{0};
    std::uint8_t rounds{0};
    Phase phase{Phase::main};
  };
  [[nodiscard]] Saved save(Tick now) const;
  /// Whether a plan with the same settings and targets may have left this behind.
  [[nodiscard]] bool can_restore(const Saved& saved) const;
  /// Into a plan that has not begun, with the same settings and targets. Precondition: can_restore().
  void restore(const Saved& saved);

 private:
  std::optional<Ask> choose();
  std::optional<Ask> next_of_sweep();
  void expire_walks(Tick now);
  void settle();
  [[nodiscard]] bool main_sent() const;
  [[nodiscard]] Tick patience() const;

  PlanSettings settings_;
  std::span<const IpAddress> targets_;
  Grid grid_;
  schedule::RandomOrder order_;
  std::uint64_t position_{0};  // of a sweep
  std::vector<Ask> again_;     // of a sweep that was interrupted: asked, and not known to be answered
  std::optional<Walks> walks_;
  Ring<Ask> waiting_;  // in the order sent; of walks only
  std::vector<Ask> retries_;
  std::size_t retried_{0};
  int rounds_{0};
  Phase phase_{Phase::main};
  Tick last_sent_{0};
  Tick slowest_answer_{0};
};

}  // namespace isthmus::probes::survey
