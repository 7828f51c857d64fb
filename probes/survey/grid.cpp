#include "probes/survey/grid.hpp"

namespace isthmus::probes::survey {
namespace {

// Clocks of two cores or of a virtual machine may differ by this much; half the range tells "before" from "after".
constexpr Tick kHalf = 1U << 31;

}  // namespace

Grid::Taken Grid::take(Answer& answer, const IpAddress& destination, bool retry, Tick now) {
  Cell& cell = at(answer.path, answer.ttl);
  if (cell.answered()) return Taken::duplicate;
  if (cell.mark() != Mark::waiting && cell.mark() != Mark::silent) return Taken::impossible;
  if (((cell.attempt() & 1) != 0) != retry) return Taken::too_late;
  const Tick round_trip = now - cell.time();
  if (round_trip >= kHalf || answer.icmp_code > 15) return Taken::impossible;
  answer.id = kDestination;
  if (answer.from != destination) {
    answer.id = interfaces_.intern(answer.from);
    if (answer.id >= kDestination) return Taken::impossible;
  }
  cell.answer(answer.kind, answer.icmp_code, answer.id, round_trip, answer.weak);
  return Taken::counted;
}

}  // namespace isthmus::probes::survey
