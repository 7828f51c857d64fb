#pragma once
// One archive in the order of its times. It may be a little out of order itself (results wait on their probe until it
// can report them): a bounded window puts that right. Knows no files: whoever calls hands over where the observations
// come from. One thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "app/waiting_observation.hpp"

namespace isthmus::app {

/// Overwrites its argument with the next observation; false at the end. Keeps giving false then.
using ObservationSource = std::function<bool(WaitingObservation&)>;

struct OrderSettings {
  /// How much later in its archive an observation may stand than one that came after it.
  Duration window{std::chrono::minutes(5)};
  /// Most observations held per archive, whatever the window: bounds the memory.
  std::size_t most_held{1U << 17U};
};

/// One archive, put into order as far as the window reaches.
class ReorderWindow {
 public:
  ReorderWindow(ObservationSource source, const OrderSettings& settings);

  /// The earliest observation held, or nullptr at the end. Lives until take() or drop().
  [[nodiscard]] const WaitingObservation* front();
  /// Swaps it into `into`.
  void take(WaitingObservation& into);
  void drop();

  [[nodiscard]] std::uint64_t late() const { return late_; }
  [[nodiscard]] std::uint64_t future() const { return future_; }

 private:
  using Slot = std::uint32_t;
  struct Held {
    OrderKey key;
    Slot slot;
  };
  /// Of one second; the earliest on top.
  using Heap = std::vector<Held>;

  bool read();
  Slot pop();
  void admit(Slot slot);
  void settle_strays();
  void give_up_strays();
  [[nodiscard]] bool must_wait() const;
  [[nodiscard]] bool is_later(const Held& a, const Held& b) const;
  [[nodiscard]] const Held& earliest() const { return seconds_.begin()->second.front(); }
  Slot free_slot();

  ObservationSource source_;
  OrderSettings settings_;
  std::deque<WaitingObservation> slots_;  // Their memory is used again.
  std::vector<Slot> free_;
  // Most come nearly in order: a small heap for each second stays in the first-level cache, one for all would not.
  std::map<std::int64_t, Heap> seconds_;
  std::size_t held_{0};          // In all of them.
  std::vector<Slot> strays_;     // Far ahead of the others: time went on, or one clock is wrong.
  std::size_t after_strays_{0};  // Others that were read since.
  std::optional<Timestamp> newest_;
  bool ended_{false};
  std::uint64_t late_{0};
  std::uint64_t future_{0};
};

}  // namespace isthmus::app
