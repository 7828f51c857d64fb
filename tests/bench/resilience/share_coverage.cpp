// How often the 95 % intervals of shares cover the truth, over simulated targets of known truth, and how often simpler
// intervals would. Deterministic; a few seconds.
//
// A target: 4 to 30 vantage ASes, some with two vantage points and a tenth with eight; 1 to 16 blocks with one or two
// addresses; 1 to 6 flows. Each vantage AS has its own share of an upstream, Beta-distributed around the true one, each
// block of it one around that: from no correlation to "all or nothing" at either level. Traces that tell nothing are
// missing at random, by whole vantage ASes, or only among those that the upstream carries, the worst that could be.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "resilience/shares.hpp"

namespace isthmus::bench {
namespace {

using namespace resilience;

constexpr Asn kUpstream{64500};
constexpr Asn kOther{64501};
constexpr std::uint32_t kFirstVantageAs = 64600;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  double part() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  bool chance(double of) { return part() < of; }
  template <typename T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[std::uniform_int_distribution<std::size_t>(0, choices.size() - 1)(random_)];
  }
  // Beta-distributed with this mean; `correlation` is that of two draws given the same result: 0 always the mean, 1 all
  // or nothing.
  double around(double mean, double correlation) {
    if (correlation <= 0 || mean <= 0 || mean >= 1) return mean;
    if (correlation >= 1) return chance(mean) ? 1 : 0;
    const double size = (1 - correlation) / correlation;
    const double yes = gamma(mean * size);
    const double no = gamma((1 - mean) * size);
    return yes + no > 0 ? yes / (yes + no) : (chance(mean) ? 1 : 0);
  }

 private:
  double gamma(double shape) { return std::gamma_distribution<double>(shape, 1)(random_); }
  std::mt19937_64 random_;
};

enum class Missing { nothing, at_random, vantage_ases, of_the_upstream };

struct World {
  double truth{0};
  std::uint32_t vantage_ases{0};
  std::uint32_t blocks{0};
  std::uint16_t flows{0};
  double between_vantage_ases{0};
  double between_blocks{0};
  Missing missing{Missing::nothing};
  double missing_part{0};
};

World any_world(Dice& dice) {
  World world{
      .truth = 0.02 + 0.96 * dice.part(),
      .vantage_ases = dice.one_of<std::uint32_t>({4, 6, 8, 10, 15, 20, 30}),
      .blocks = dice.one_of<std::uint32_t>({1, 2, 4, 8, 16}),
      .flows = dice.one_of<std::uint16_t>({1, 2, 4, 6}),
      .between_vantage_ases = dice.one_of({0.02, 0.1, 0.3, 0.6, 0.9, 1.0}),
      .between_blocks = dice.one_of({0.02, 0.1, 0.3, 0.6, 0.9, 1.0}),
      .missing = dice.one_of({Missing::nothing, Missing::at_random, Missing::vantage_ases, Missing::of_the_upstream}),
      .missing_part = dice.one_of({0.05, 0.15, 0.3})};
  if (world.missing == Missing::nothing) world.missing_part = 0;
  return world;
}

// What is seen of a world, as the core sees it.
ShareTally look_at(const World& world, Dice& dice) {
  std::vector<Asn> asns;
  std::vector<Asn> owner;  // Of each vantage point.
  std::vector<std::vector<inference::Path>> paths(world.blocks);
  for (std::uint32_t as = 0; as < world.vantage_ases; ++as) {
    asns.push_back(Asn{kFirstVantageAs + as});
    const int points = dice.one_of({1, 1, 1, 1, 1, 1, 1, 2, 2, 8});
    const double here = dice.around(world.truth, world.between_vantage_ases);
    const bool dark = world.missing == Missing::vantage_ases && dice.chance(world.missing_part);
    for (std::uint32_t b = 0; b < world.blocks; ++b) {
      const double share = dice.around(here, world.between_blocks);
      for (int point = 0; point < points; ++point) {
        for (std::uint32_t host = 1; host <= 1 + b % 2; ++host) {
          for (std::uint16_t flow = 0; flow < world.flows; ++flow) {
            inference::Path& path = paths[b].emplace_back();
            path.key = {.vantage = static_cast<inference::VantageId>(owner.size()) + static_cast<unsigned>(point),
                        .address = IpAddress::v4((b << 8) + host),
                        .flow = FlowId{flow}};
            const bool carried = dice.chance(share);
            const bool hidden =
                dark || (world.missing == Missing::at_random && dice.chance(world.missing_part)) ||
                (world.missing == Missing::of_the_upstream && carried && dice.chance(2 * world.missing_part));
            if (hidden) continue;
            path.last_hop.upstream = carried ? kUpstream : kOther;
            path.last_hop.confidence = Confidence::a;
          }
        }
      }
    }
    owner.insert(owner.end(), static_cast<std::size_t>(points), asns.back());
  }
  ShareTally tally;
  for (const auto& block : paths) {
    tally.add(tally_block(
        block, [&](inference::VantageId id) { return std::optional(owner[id]); }, asns, [](Asn) { return true; }));
  }
  return tally;
}

struct Sum {
  double units{0};
  double carried{0};
  double unknown{0};
  double witnesses{0};
};

Sum sum_of(const std::vector<WitnessShare>& witnesses) {
  Sum sum;
  for (const WitnessShare& witness : witnesses) {
    sum.units += witness.units;
    sum.carried += witness.carried;
    sum.unknown += witness.unknown;
    sum.witnesses += 1;
  }
  return sum;
}

using Witnesses = std::vector<WitnessShare>;

// Every unit a witness: what ignores that they stand and fall together.
ShareEstimate naive(const Witnesses& witnesses, Dice&) {
  const Sum sum = sum_of(witnesses);
  return estimate_share(sum.carried, sum.unknown, sum.units);
}

// Every vantage AS one trial, however finely it tells.
ShareEstimate wilson_of_ases(const Witnesses& witnesses, Dice&) {
  const Sum sum = sum_of(witnesses);
  const double scale = sum.witnesses / sum.units;
  return estimate_share(sum.carried * scale, sum.unknown * scale, sum.witnesses);
}

// The wider one of a Dirichlet(1/2) posterior over units and a bootstrap of vantage ASes, each as if everything unknown
// went by another upstream for the lower end, and by this one for the upper.
ShareEstimate dirichlet_and_bootstrap(const Witnesses& witnesses, Dice& dice) {
  constexpr int kDraws = 400;
  const Sum sum = sum_of(witnesses);
  const auto ends = [&](double unknown_part) {
    std::vector<double> posterior;
    std::vector<double> bootstrap;
    const double carried = sum.carried + unknown_part * sum.unknown;
    const double size = sum.units + 1;
    for (int i = 0; i < kDraws; ++i) {
      posterior.push_back(dice.around((carried + 0.5) / size, 1 / (size + 1)));
      double units = 0;
      double drawn = 0;
      for (std::size_t j = 0; j < witnesses.size(); ++j) {
        const auto at = static_cast<std::size_t>(dice.part() * static_cast<double>(witnesses.size()));
        const WitnessShare& witness = witnesses[std::min(at, witnesses.size() - 1)];
        units += witness.units;
        drawn += witness.carried + unknown_part * witness.unknown;
      }
      bootstrap.push_back(drawn / units);
    }
    std::ranges::sort(posterior);
    std::ranges::sort(bootstrap);
    const auto low = static_cast<std::size_t>(0.025 * kDraws);
    const auto high = static_cast<std::size_t>(0.975 * kDraws) - 1;
    return std::pair(std::min(posterior[low], bootstrap[low]), std::max(posterior[high], bootstrap[high]));
  };
  return {.estimate = sum.carried / sum.units, .low = ends(0).first, .high = ends(1).second};
}

ShareEstimate ours(const Witnesses& witnesses, Dice&) { return estimate_share(std::span(witnesses)); }

struct Coverage {
  int targets{0};
  int covered{0};
  double width{0};
  void add(const ShareEstimate& share, double truth) {
    ++targets;
    covered += share.low <= truth && truth <= share.high ? 1 : 0;
    width += share.high - share.low;
  }
  [[nodiscard]] std::string text() const {
    return fmt::format("{:.1f} % | {:.2f} | {}", 100.0 * covered / targets, width / targets, targets);
  }
};

const char* name_of(Estimand estimand) {
  return std::array{"vantage", "address", "flow"}[static_cast<std::size_t>(estimand)];
}
const char* name_of(Missing missing) {
  return std::array{"nothing", "at random", "whole vantage ASes",
                    "only of the upstream"}[static_cast<std::size_t>(missing)];
}

// False when an estimand is outside of the bar.
bool run(int targets, std::uint64_t seed) {
  Dice dice(seed);
  const std::array<std::pair<const char*, ShareEstimate (*)(const Witnesses&, Dice&)>, 4> methods{
      {{"isthmus", ours},
       {"Wilson, every unit a trial", naive},
       {"Wilson, every vantage AS a trial", wilson_of_ases},
       {"Dirichlet(1/2) or bootstrap, the wider", dirichlet_and_bootstrap}}};
  std::map<std::string, Coverage> by_method;
  std::map<std::string, Coverage> by_kind;
  std::array<Coverage, kEstimands> by_estimand;
  for (int i = 0; i < targets; ++i) {
    const World world = any_world(dice);
    const ShareTally tally = look_at(world, dice);
    for (const Estimand estimand : {Estimand::vantage, Estimand::address, Estimand::flow}) {
      const Witnesses witnesses = tally.witnesses(estimand, kUpstream);
      for (const auto& [name, method] : methods) by_method[name].add(method(witnesses, dice), world.truth);
      const ShareEstimate share = estimate_share(witnesses);
      by_estimand[static_cast<std::size_t>(estimand)].add(share, world.truth);
      const double fifth = std::min(4.0, std::floor(world.truth * 5)) / 5;
      for (const std::string& kind :
           {fmt::format("vantage ASes: {:2}", world.vantage_ases), fmt::format("blocks: {:2}", world.blocks),
            fmt::format("flows: {}", world.flows), fmt::format("share: {:.1f} to {:.1f}", fifth, fifth + 0.2),
            fmt::format("correlation within a vantage AS: {:.2f}", world.between_vantage_ases),
            fmt::format("correlation within a block: {:.2f}", world.between_blocks),
            fmt::format("unknown: {}", name_of(world.missing))}) {
        by_kind[kind].add(share, world.truth);
      }
    }
  }
  fmt::print("| interval | covers the truth | mean width | intervals |\n|---|---|---|---|\n");
  for (const auto& [name, method] : methods) fmt::print("| {} | {} |\n", name, by_method[name].text());
  fmt::print("\n| of isthmus, by | covers the truth | mean width | intervals |\n|---|---|---|---|\n");
  bool within = true;
  for (const Estimand estimand : {Estimand::vantage, Estimand::address, Estimand::flow}) {
    const Coverage& coverage = by_estimand[static_cast<std::size_t>(estimand)];
    fmt::print("| estimand: {} | {} |\n", name_of(estimand), coverage.text());
    const double part = static_cast<double>(coverage.covered) / coverage.targets;
    within = within && part >= 0.93 && part <= 0.97;
  }
  for (const auto& [kind, coverage] : by_kind) fmt::print("| {} | {} |\n", kind, coverage.text());
  return within;
}

}  // namespace
}  // namespace isthmus::bench

int main(int argc, char** argv) {
  CLI::App app{
      "How often the 95 % intervals of shares cover the truth; fails outside of 93 to 97 %.\n"
      "Example: share_coverage --targets 20000 --seed 7"};
  int targets = 2000;
  std::uint64_t seed = 1;
  app.add_option("--targets", targets, "simulated targets")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--seed", seed, "of the simulation")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return isthmus::bench::run(targets, seed) ? 0 : 1;
}
