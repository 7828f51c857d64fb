#pragma once
// Whether one hop loses more than others do, or only by chance. Pure function; any thread.

#include <cstdint>

namespace isthmus::probes {

/// What became of questions.
struct Count {
  std::uint32_t answered{0};
  std::uint32_t lost{0};
  void add(const Count& more) {
    answered += more.answered;
    lost += more.lost;
  }
};

/// Fisher's exact test, one-sided: how likely the hop would have lost at least so many of all that were lost, if it
/// lost as often as the others.
[[nodiscard]] double chance_of(const Count& hop, const Count& others);

}  // namespace isthmus::probes
