#pragma once
// Fits the log-odds of rules and clues (src/inference/weights.hpp) to conclusions whose truth is known: logistic
// regression with what all rules have in common, and what each has of its own. Pure; any thread.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "isthmus/inference/last_hop.hpp"

namespace isthmus::bench {

class WeightsFit {
 public:
  /// One conclusion that names an upstream.
  void add(inference::Rule rule, inference::Clues clues, bool correct) {
    Tally& tally = tallies_[{static_cast<std::size_t>(rule), clues.bits()}];
    ++tally.all;
    tally.correct += correct ? 1 : 0;
  }

  struct Weights {
    std::array<double, inference::kRules> rule{};
    std::array<std::array<double, inference::kClues>, inference::kRules> clue{};
  };
  /// Deterministic. Traces of one block err together: `traces_a_case` of them count as one independent case.
  [[nodiscard]] Weights fit(double traces_a_case = 20) const;

 private:
  struct Tally {
    std::uint64_t all{0};
    std::uint64_t correct{0};
  };
  std::map<std::pair<std::size_t, std::uint32_t>, Tally> tallies_;
};

/// The header of these weights.
[[nodiscard]] std::string weights_header(const WeightsFit::Weights& weights);

}  // namespace isthmus::bench
