#include "inference/clues.hpp"

#include <bit>
#include <cmath>

#include "inference/weights.hpp"

namespace isthmus::inference {

float probability_of(Rule rule, Clues clues) {
  float log_odds = kRuleLogOdds[static_cast<std::size_t>(rule)];
  const auto& of_clue = kClueLogOdds[static_cast<std::size_t>(rule)];
  for (std::uint32_t bits = clues.bits(); bits != 0; bits &= bits - 1) {
    log_odds += of_clue[static_cast<std::size_t>(std::countr_zero(bits))];
  }
  return 1.0F / (1.0F + std::exp(-log_odds));
}

Confidence confidence_of(float probability) {
  constexpr float kSure = 0.95F;
  constexpr float kLikely = 0.8F;
  return probability >= kSure ? Confidence::a : probability >= kLikely ? Confidence::b : Confidence::c;
}

}  // namespace isthmus::inference
