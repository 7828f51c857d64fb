#include "bench/accuracy/weights_fit.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <vector>

namespace isthmus::bench {
namespace {

using inference::kClues;
using inference::kRules;

constexpr int kSteps = 4000;
// Ridge penalties: a rule's own weight for a clue must earn its place beside the common one.
constexpr double kRulePenalty = 0.02;
constexpr double kCommonPenalty = 0.05;
constexpr double kOwnPenalty = 0.5;

struct Parameter {
  double value{0};
  double mean{0};
  double square{0};
  double gradient{0};

  // Adam (Kingma and Ba, ICLR 2015, algorithm 1).
  void step(int number, double rate, double penalty) {
    gradient += penalty * value;
    mean = 0.9 * mean + 0.1 * gradient;
    square = 0.999 * square + 0.001 * gradient * gradient;
    value -= rate * (mean / (1 - std::pow(0.9, number))) / (std::sqrt(square / (1 - std::pow(0.999, number))) + 1e-8);
    gradient = 0;
  }
};

struct Row {
  std::size_t rule;
  std::uint32_t clues;
  double all;
  double correct;
};

template <typename Visit>
void for_each_clue(std::uint32_t bits, Visit visit) {
  for (; bits != 0; bits &= bits - 1) visit(static_cast<std::size_t>(std::countr_zero(bits)));
}

class Model {
 public:
  void step(const std::vector<Row>& rows, int number) {
    for (const Row& row : rows) {
      double log_odds = rule_[row.rule].value;
      for_each_clue(row.clues, [&](std::size_t c) { log_odds += common_[c].value + own_[row.rule][c].value; });
      const double error = row.all / (1 + std::exp(-log_odds)) - row.correct;
      rule_[row.rule].gradient += error;
      for_each_clue(row.clues, [&](std::size_t c) {
        common_[c].gradient += error;
        own_[row.rule][c].gradient += error;
      });
    }
    const double rate = 0.05 * std::pow(0.999, number) + 0.002;
    for (Parameter& parameter : rule_) parameter.step(number, rate, kRulePenalty);
    for (Parameter& parameter : common_) parameter.step(number, rate, kCommonPenalty);
    for (auto& row : own_) {
      for (Parameter& parameter : row) parameter.step(number, rate, kOwnPenalty);
    }
  }

  [[nodiscard]] WeightsFit::Weights weights() const {
    WeightsFit::Weights result;
    for (std::size_t r = 0; r < kRules; ++r) {
      result.rule[r] = rule_[r].value;
      for (std::size_t c = 0; c < kClues; ++c) result.clue[r][c] = common_[c].value + own_[r][c].value;
    }
    return result;
  }

 private:
  std::array<Parameter, kRules> rule_{};
  std::array<Parameter, kClues> common_{};
  std::array<std::array<Parameter, kClues>, kRules> own_{};
};

template <typename Range>
std::string numbers(const Range& range) {
  std::string text;
  for (const double value : range) text += fmt::format("{}{:.2f}F", text.empty() ? "" : ", ", value + 0.0);
  return text;
}

}  // namespace

WeightsFit::Weights WeightsFit::fit(double traces_a_case) const {
  std::vector<Row> rows;
  for (const auto& [key, tally] : tallies_) {
    rows.push_back({key.first, key.second, static_cast<double>(tally.all) / traces_a_case,
                    static_cast<double>(tally.correct) / traces_a_case});
  }
  Model model;
  for (int number = 1; number <= kSteps; ++number) model.step(rows, number);
  return model.weights();
}

std::string weights_header(const WeightsFit::Weights& weights) {
  std::string text =
      "#pragma once\n"
      "// Log-odds of each rule, and of each clue under it. Written by `build/tests/accuracy --fit`, see\n"
      "// tests/bench/accuracy/README.md; not to be edited by hand.\n\n"
      "#include <array>\n\n"
      "#include \"inference/clues.hpp\"\n\n"
      "namespace isthmus::inference {\n\n"
      "inline constexpr std::array<float, kRules> kRuleLogOdds{{\n    " +
      numbers(weights.rule) +
      "}};\n\n"
      "inline constexpr std::array<std::array<float, kClues>, kRules> kClueLogOdds{{\n";
  for (std::size_t r = 0; r < kRules; ++r) {
    text += fmt::format("    // {}\n    {{{{{}}}}},\n", to_string(static_cast<inference::Rule>(r)),
                        numbers(weights.clue[r]));
  }
  return text + "}};\n\n}  // namespace isthmus::inference\n";
}

}  // namespace isthmus::bench
