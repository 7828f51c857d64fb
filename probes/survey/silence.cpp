#include "probes/survey/silence.hpp"

#include <array>
#include <optional>

#include "probes/survey/places.hpp"
#include "probes/survey/row.hpp"

namespace isthmus::probes::survey {
namespace {

constexpr double kChance = 0.05;      // how likely chance may be where it is not called the cause
constexpr std::uint32_t kEnough = 2;  // silences of one place: a single one may be a lost packet

// Hops behind this one answered, so it forwards.
SilenceCause cause_of(const Place& place, const Count& nearby) {
  if (place.answered == 0) {
    const bool never = place.asked.lost >= kEnough || (nearby.answered == 0 && nearby.lost >= kEnough);
    return never ? SilenceCause::mute : SilenceCause::unknown;
  }
  // Others answer here, but not those who were silent when they are asked again: one branch of a balancer is mute. Of a
  // single router it would be strange that it answers most paths and never the same ones.
  if (place.silent_again > 0 && place.answered_again == 0) {
    const bool branch = place.answered >= place.silent || (place.several && place.silent_again >= kEnough);
    return branch ? SilenceCause::mute : SilenceCause::unknown;
  }
  if (place.several && place.silent_again > 0) return SilenceCause::unknown;
  // Who was silent answers when asked again: a limit, if it loses more than what lies behind it.
  const bool limited = place.answered_again > 0 && place.chance < kChance;
  return limited ? SilenceCause::icmp_limit : SilenceCause::unknown;
}

// What other flows to the target show where a path is silent from a cell on. They count if they passed the same router
// just before.
struct Ending {
  bool refused{false};
  std::array<Count, kLongestRow> asked{};
  std::optional<std::size_t> destination;
};

class SilenceReader {
 public:
  SilenceReader(const Grid& grid, std::span<const IpAddress> targets, std::uint16_t flows)
      : flows_(flows), places_(grid, targets, flows) {}

  void explain(PathIndex path, const std::function<void(const SilentHop&)>& tell) const {
    const std::span<const Cell> row = places_.path(path);
    std::array<SilenceCause, kLongestRow> causes{};
    causes.fill(SilenceCause::unknown);
    for_each_gap(row, [&](std::size_t first, std::size_t far) {
      for (std::size_t hop = first; hop < far; ++hop) {
        causes[hop] = cause_of(places_.at(path, first, far, hop), places_.nearby(path, first, hop));
      }
    });
    explain_end(path, row, causes);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i].mark() != Mark::silent) continue;
      tell({path / flows_, FlowId{static_cast<std::uint16_t>(path % flows_)}, static_cast<Ttl>(i + 1), causes[i]});
    }
  }

 private:
  // Without any answer the vantage point itself may have been cut off.
  void explain_end(PathIndex path, std::span<const Cell> row, std::span<SilenceCause> causes) const {
    std::size_t silent = row.size();
    while (silent > 0 && row[silent - 1].mark() == Mark::silent) --silent;
    if (silent == 0 || silent == row.size() || !row[silent - 1].is_router()) return;
    const Ending ending = look_beside(path, silent, row[silent - 1].interface());
    const bool cut = is_cut(ending, silent, row.size());
    for (std::size_t i = silent; i < row.size(); ++i) {
      if (ending.refused) causes[i] = SilenceCause::unreachable;
      const bool gone = ending.asked[i].answered > 0 || (ending.destination && i >= *ending.destination);
      if (cut && gone) causes[i] = SilenceCause::forward_loss;
    }
  }

  [[nodiscard]] Ending look_beside(PathIndex path, std::size_t silent, InterfaceId before) const {
    Ending ending;
    const PathIndex first = path - path % flows_;
    for (PathIndex other = first; other < first + flows_; ++other) {
      const std::span<const Cell> row = places_.path(other);
      if (other == path || row.size() <= silent || !row[silent - 1].is_router()) continue;
      if (row[silent - 1].interface() != before) continue;
      bool answered = false;
      for (std::size_t i = silent; i < row.size(); ++i) {
        if (is_settled(row[i])) ending.asked[i].add(questions_of(row[i]));
        if (row[i].is_destination()) ending.destination = std::min(i, ending.destination.value_or(i));
        ending.refused = ending.refused || (!answered && row[i].mark() == Mark::unreachable && row[i].is_router());
        answered = answered || closes_gap(row[i]);
      }
    }
    return ending;
  }

  // That probes did not get there is shown by the destination and one hop more that answer other flows, unless both
  // lose so much that both may have been silent by chance.
  static bool is_cut(const Ending& ending, std::size_t silent, std::size_t end) {
    if (ending.refused || !ending.destination || *ending.destination >= end) return false;
    double chance = 1;
    std::uint32_t known = 0;
    for (std::size_t i = silent; i <= *ending.destination; ++i) {
      const Count& asked = ending.asked[i];
      if (asked.answered == 0) continue;
      ++known;
      chance *= (asked.lost + 1.0) / (double{1} * asked.answered + asked.lost + 2.0);
    }
    return known >= kEnough && chance < kChance;
  }

  std::uint16_t flows_;
  Places places_;
};

}  // namespace

void explain_silence(const Grid& grid, std::span<const IpAddress> targets, std::uint16_t flows,
                     const std::function<void(const SilentHop&)>& tell) {
  const SilenceReader reader(grid, targets, flows);
  for (PathIndex path = 0; path < grid.paths(); ++path) reader.explain(path, tell);
}

}  // namespace isthmus::probes::survey

namespace isthmus::probes {

const char* to_string(SilenceCause cause) {
  switch (cause) {
    case SilenceCause::icmp_limit: return "icmp_limit";
    case SilenceCause::mute: return "mute";
    case SilenceCause::forward_loss: return "forward_loss";
    case SilenceCause::unreachable: return "unreachable";
    case SilenceCause::unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace isthmus::probes
