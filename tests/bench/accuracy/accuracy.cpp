// How often path inference is right: over simulated internets whose truth is known, beside the rules of thumb.
//   build/tests/accuracy                 the table of README.md: 20 internets that were never used for tuning
//   build/tests/accuracy --seeds 3       fewer of them
//   build/tests/accuracy --fit FILE      fits the weights of rules and clues on the tuning internets
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "bench/accuracy/judged_campaign.hpp"
#include "bench/accuracy/weights_fit.hpp"
#include "support/internet/naive.hpp"

namespace isthmus::bench {
namespace {

namespace sim = testing::internet;

// Seeds 1 to 99 judge, 100 to 199 tune.
constexpr std::uint64_t kFirstJudged = 1;
constexpr std::uint64_t kFirstTuned = 100;
constexpr std::uint64_t kTuned = 40;
constexpr std::uint64_t kTunedPrefixesOnly = 8;

using Say = std::function<sim::Answer(std::size_t trace)>;

sim::Score score_units(const JudgedCampaign& judged, const Say& say) {
  sim::Score score(judged.internet());
  for (const sim::Unit& unit : judged.units()) {
    std::vector<sim::Answer> answers;
    for (const std::uint32_t trace : unit.traces) answers.push_back(say(trace));
    score.add(unit, answers);
  }
  return score;
}

sim::Answer our_answer(const JudgedCampaign& judged, std::size_t trace) {
  const inference::LastHop& hop = judged.last_hop(trace);
  return {hop.conclusive() ? hop.upstream : std::nullopt, to_string(hop.confidence)};
}

struct ClassTally {
  double named{0};
  double correct{0};
  [[nodiscard]] double accuracy() const { return named == 0 ? 0 : correct / named; }
};

// Of one internet; shares and accuracies in percent.
struct Figures {
  double decided, accuracy, naive, naive_without_exchanges, rate;
  std::array<ClassTally, 3> classes{};
  std::uint64_t exchanges_named{0};
};

Figures measure(const JudgedCampaign& judged) {
  const sim::Campaign& campaign = judged.campaign();
  const auto target_of = [&](std::size_t trace) {
    return judged.internet().targets()[campaign.truth[trace].target].asn;
  };
  const sim::Score ours = score_units(judged, [&](std::size_t trace) { return our_answer(judged, trace); });
  const sim::Score naive = score_units(judged, [&](std::size_t trace) {
    return sim::Answer{sim::naive_upstream(campaign.traces[trace], target_of(trace), judged.data()), ""};
  });
  const sim::Score filtered = score_units(judged, [&](std::size_t trace) {
    return sim::Answer{sim::naive_upstream_without_exchanges(campaign.traces[trace], target_of(trace), judged.data()),
                       ""};
  });
  Figures figures{.decided = ours.all().decided_share() * 100,
                  .accuracy = ours.all().accuracy() * 100,
                  .naive = naive.all().accuracy() * 100,
                  .naive_without_exchanges = filtered.all().accuracy() * 100,
                  .rate = judged.traces_per_second()};
  std::set<Asn> exchanges;
  for (const sim::Exchange& exchange : judged.internet().graph().exchanges) exchanges.insert(exchange.asn);
  for (std::size_t i = 0; i < campaign.traces.size(); ++i) {
    const inference::LastHop& hop = judged.last_hop(i);
    // Where the network had no route, or the vantage point sits inside the target, there is nothing to be right about.
    if (!hop.upstream || !campaign.truth[i].arrives || campaign.truth[i].upstream.is_none()) continue;
    ClassTally& tally = figures.classes[static_cast<std::size_t>(hop.confidence)];
    ++tally.named;
    tally.correct += *hop.upstream == campaign.truth[i].upstream ? 1 : 0;
    figures.exchanges_named += hop.conclusive() && exchanges.contains(*hop.upstream) ? 1 : 0;
  }
  return figures;
}

template <typename Get>
std::string spread(const std::vector<Figures>& all, Get get, const char* format) {
  std::vector<double> values;
  for (const Figures& figures : all) values.push_back(get(figures));
  std::ranges::sort(values);
  const auto text = [&](double value) { return fmt::format(fmt::runtime(format), value); };
  return fmt::format("{} [{}–{}]", text(values[values.size() / 2]), text(values.front()), text(values.back()));
}

void print_table(const std::vector<Figures>& all) {
  const auto row = [](const std::string& what, const std::string& figure) {
    fmt::print("| {} | {} |\n", what, figure);
  };
  fmt::print("| of (block, vantage point) units, medians of {} internets [worst–best] | % |\n|---|---|\n", all.size());
  row("decided", spread(
                     all, [](const Figures& f) { return f.decided; }, "{:.1f}"));
  row("right among decided", spread(
                                 all, [](const Figures& f) { return f.accuracy; }, "{:.1f}"));
  row("naive: last foreign AS", spread(
                                    all, [](const Figures& f) { return f.naive; }, "{:.1f}"));
  row("naive without listed exchanges", spread(
                                            all, [](const Figures& f) { return f.naive_without_exchanges; }, "{:.1f}"));
  for (std::size_t c = 0; c < 3; ++c) {
    row(fmt::format("right among traces of class {}", to_string(static_cast<Confidence>(c))),
        spread(
            all, [c](const Figures& f) { return f.classes[c].accuracy() * 100; }, "{:.1f}"));
  }
  std::uint64_t exchanges = 0;
  for (const Figures& figures : all) exchanges += figures.exchanges_named;
  row("exchanges named as an upstream (traces)", fmt::format("{}", exchanges));
  row("traces a second", spread(
                             all, [](const Figures& f) { return f.rate; }, "{:.0f}"));
}

int judge(std::uint64_t first, std::uint64_t seeds, Knowledge knowledge) {
  std::vector<Figures> all;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    all.push_back(measure(JudgedCampaign(seed, knowledge)));
    std::cerr << fmt::format("internet {}: {:.1f} % decided, {:.1f} % of these right\n", seed, all.back().decided,
                             all.back().accuracy);
  }
  print_table(all);
  return 0;
}

void learn(WeightsFit& fit, std::uint64_t seed, Knowledge knowledge) {
  const JudgedCampaign judged(seed, knowledge);
  for (std::size_t i = 0; i < judged.campaign().traces.size(); ++i) {
    const inference::LastHop& hop = judged.last_hop(i);
    const sim::TruthOfTrace& truth = judged.campaign().truth[i];
    if (!hop.upstream || !truth.arrives || truth.upstream.is_none()) continue;
    fit.add(hop.rule, hop.clues, *hop.upstream == truth.upstream);
  }
  std::cerr << fmt::format("internet {} learned from\n", seed);
}

int fit(const std::string& file) {
  WeightsFit fit;
  for (std::uint64_t i = 0; i < kTuned; ++i) learn(fit, kFirstTuned + i, Knowledge::full);
  for (std::uint64_t i = 0; i < kTunedPrefixesOnly; ++i) learn(fit, kFirstTuned + kTuned + i, Knowledge::prefixes_only);
  std::ofstream out(file);
  out << weights_header(fit.fit()) << std::flush;
  if (out) return 0;
  std::cerr << "accuracy: cannot write " << file << '\n';
  return 1;
}

}  // namespace
}  // namespace isthmus::bench

int main(int argc, char** argv) {
  CLI::App app{"How often path inference is right, on simulated internets"};
  std::uint64_t first = isthmus::bench::kFirstJudged;
  std::uint64_t seeds = 20;
  bool prefixes_only = false;
  std::string file;
  app.add_option("--first", first, "First internet (default 1)");
  app.add_option("--seeds", seeds, "How many (default 20)")->check(CLI::Range(1, 99));
  app.add_flag("--prefixes-only", prefixes_only, "Without relationships, organisations, exchanges and registries");
  app.add_option("--fit", file, "Fit the weights on the tuning internets (100 and up) and write them to FILE");
  CLI11_PARSE(app, argc, argv);
  if (!file.empty()) return isthmus::bench::fit(file);
  return isthmus::bench::judge(
      first, seeds, prefixes_only ? isthmus::bench::Knowledge::prefixes_only : isthmus::bench::Knowledge::full);
}
