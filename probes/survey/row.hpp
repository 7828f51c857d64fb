#pragma once
// How to read the cells of one path. Pure functions; any thread.

#include <cstddef>
#include <span>

#include "probes/chance.hpp"
#include "probes/survey/cell.hpp"

namespace isthmus::probes::survey {

inline constexpr std::size_t kLongestRow = 63;

/// The longest run of silence between two answers that is looked into: more is no router that stays silent.
inline constexpr std::size_t kLongestGap = 5;

/// Where silence before it ends: somebody stands here for certain.
[[nodiscard]] inline bool closes_gap(const Cell& cell) { return cell.answered() || cell.mark() == Mark::derived; }

/// Whether it is known if somebody answers here.
[[nodiscard]] inline bool is_settled(const Cell& cell) { return closes_gap(cell) || cell.mark() == Mark::silent; }

/// Each question before the last one was in vain. Precondition: is_settled(cell).
[[nodiscard]] inline Count questions_of(const Cell& cell) {
  const bool silent = cell.mark() == Mark::silent;
  return {.answered = silent ? 0U : 1U, .lost = cell.attempt() + (silent ? 1U : 0U)};
}

/// Index of the cell where the path ends: the nearest answer of the destination or of a refusing router, or the last
/// TTL asked on the way; row.size() when nothing was asked.
[[nodiscard]] inline std::size_t end_of_path(std::span<const Cell> row) {
  std::size_t last = row.size();
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i].is_destination() || row[i].mark() == Mark::unreachable) return i;
    // The probe that measures the distance stands alone behind the path; its silence is no hop.
    const bool alone = i + 1 == row.size() && i > 0 && row[i - 1].mark() == Mark::unsent;
    if (row[i].mark() != Mark::unsent && !(alone && !row[i].answered())) last = i;
  }
  return last;
}

/// Calls on_gap(first, far) for each run of silence between two answers, every hop of which was asked: the cells from
/// `first` to before `far`. The vantage point stands before the first cell.
template <typename OnGap>
void for_each_gap(std::span<const Cell> row, OnGap&& on_gap) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i].mark() != Mark::silent || (i > 0 && !row[i - 1].answered())) continue;
    std::size_t far = i;
    while (far < row.size() && row[far].mark() == Mark::silent) ++far;
    if (far < row.size() && closes_gap(row[far]) && far - i <= kLongestGap) on_gap(i, far);
    i = far;
  }
}

}  // namespace isthmus::probes::survey
