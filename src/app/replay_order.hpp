#pragma once
// Observations of several archives in the order of their times. One thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "app/reorder_window.hpp"

namespace isthmus::app {

/// Observations that were not handed out, by reason.
struct OrderCounts {
  std::uint64_t late{0};       ///< Older than what had already been handed out.
  std::uint64_t future{0};     ///< So far ahead of those around them that their clock must have been wrong.
  std::uint64_t duplicate{0};  ///< The same again, in every respect.
};

/// All archives together.
class ReplayOrder {
 public:
  ReplayOrder(std::vector<ObservationSource> archives, const OrderSettings& settings);

  /// Swaps the next observation into `into`; false when there is none left. Times never go back.
  bool next(WaitingObservation& into);
  [[nodiscard]] OrderCounts counts() const;

 private:
  [[nodiscard]] const WaitingObservation* front();
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
