#pragma once
// Observations of several archives in the order of their times. An archive may be a little out of order itself (results
// wait on their probe until it can report them): a bounded window per archive puts that right. Knows no files: whoever
// calls hands over where the observations come from. One thread.
//
// The order depends on the observations alone: the same archives give the same one, however they are listed or split.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "isthmus/model/observation.hpp"

namespace isthmus::app {

/// Overwrites its argument with the next observation; false at the end. Keeps giving false then.
using ObservationSource = std::function<bool(Observation&)>;

struct OrderSettings {
  /// How much later in its archive an observation may stand than one that came after it.
  Duration window{std::chrono::minutes(5)};
  /// Most observations held per archive, whatever the window: bounds the memory.
  std::size_t most_held{1U << 17U};
};

/// Observations that were not handed out, by reason.
struct OrderCounts {
  std::uint64_t late{0};       ///< Older than what had already been handed out.
  std::uint64_t future{0};     ///< So far ahead of those around them that their clock must have been wrong.
  std::uint64_t duplicate{0};  ///< The same again, in every respect.
};

/// Where an observation stands among others, as far as a few bytes can tell: by time, pings first, and then by what
/// identifies it, in an order without meaning. Computed once: what is held does not fit into any cache.
struct OrderKey {
  Timestamp time{};
  std::uint64_t tie{0};
  friend auto operator<=>(const OrderKey&, const OrderKey&) = default;
};
[[nodiscard]] OrderKey order_key_of(const Observation& observation);

/// One archive, put into order as far as the window reaches.
class ReorderWindow {
 public:
  ReorderWindow(ObservationSource source, const OrderSettings& settings);

  /// The earliest observation held, or nullptr at the end. Lives until take() or drop().
  [[nodiscard]] const Observation* front();
  /// Of front().
  [[nodiscard]] const OrderKey& key() const { return heap_.front().key; }
  /// Swaps it into `into`.
  void take(Observation& into);
  void drop();

  [[nodiscard]] std::uint64_t late() const { return late_; }
  [[nodiscard]] std::uint64_t future() const { return future_; }

 private:
  using Slot = std::uint32_t;
  struct Held {
    OrderKey key;
    Slot slot;
  };

  bool read();
  Slot pop();
  void admit(Slot slot);
  void settle_strays();
  void give_up_strays();
  [[nodiscard]] bool must_wait() const;
  [[nodiscard]] bool is_later(const Held& a, const Held& b) const;
  Slot free_slot();

  ObservationSource source_;
  OrderSettings settings_;
  std::deque<Observation> slots_;  // Their memory is used again.
  std::vector<Slot> free_;
  std::vector<Held> heap_;       // The earliest on top.
  std::vector<Slot> strays_;     // Far ahead of the others: time went on, or one clock is wrong.
  std::size_t after_strays_{0};  // Others that were read since.
  std::optional<Timestamp> newest_;
  bool ended_{false};
  std::uint64_t late_{0};
  std::uint64_t future_{0};
};

/// All archives together.
class ReplayOrder {
 public:
  ReplayOrder(std::vector<ObservationSource> archives, const OrderSettings& settings);

  /// Swaps the next observation into `into`; false when there is none left. Times never go back.
  bool next(Observation& into);
  [[nodiscard]] OrderCounts counts() const;

 private:
  [[nodiscard]] const Observation* front();
  [[nodiscard]] bool is_later(std::size_t a, std::size_t b);
  std::size_t pop();
  void advance(std::size_t archive);
  void drop();

  std::vector<ReorderWindow> archives_;
  std::vector<std::size_t> heap_;  // Of archives that are not at their end, the earliest on top.
  std::optional<OrderKey> last_;
  std::uint64_t late_{0};
  std::uint64_t duplicate_{0};
  bool started_{false};
};

}  // namespace isthmus::app
