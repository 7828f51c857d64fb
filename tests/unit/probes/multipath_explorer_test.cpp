// The explorer against networks whose truth is known. Seeds are fixed, so every figure here is reproducible; bounds are
// those of the binomial distribution around the exact failure probability.

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "unit/probes/multipath_world.hpp"

namespace isthmus::probes {
namespace {

std::string names(const std::string& stem, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += " " + stem + std::to_string(i);
  return text;
}

std::string diamond(int width) {
  const std::string sides = names("a", width);
  return "vp -> r1\nr1 ->" + sides + "\n" + sides + " -> r2\nr2 -> dst\n";
}

const std::string kMeshed = "vp -> r1\nr1 -> a b\na b -> c d\nc d -> e f\ne f -> r2\nr2 -> dst\n";
const std::string kNested = "vp -> r1\nr1 -> a b\na -> c d\nb -> e f\nc d -> g\ne f -> h\ng h -> r2\nr2 -> dst\n";
const std::string kAsymmetric = "vp -> r1\nr1 -> a b\na -> c\nb -> d e f g\nc d e f g -> r2\nr2 -> dst\n";
const std::string kUnequal = "vp -> r1\nr1 -> a b\na -> c\nb c -> r2\nr2 -> dst\n";
const std::string kSilentSibling = "vp -> r1\nr1 -> a b\na -> c\nb -> d e\nc d e -> r2\nr2 -> dst\nsilent b\n";
const std::string kSilentHop = "vp -> r1\nr1 -> a b\na b -> s\ns -> c d\nc d -> r2\nr2 -> dst\nsilent s\n";

struct Runs {
  int found_all{0};
  int switched{0};
  int complete{0};
  std::size_t wrong{0};
  std::size_t probes{0};
};

Runs run(const std::string& topology, const ExplorerSettings& settings, int count = 200) {
  Runs runs;
  for (int seed = 1; seed <= count; ++seed) {
    const Exploration found = explore(topology, settings, static_cast<std::uint64_t>(seed));
    runs.found_all += found.found_all() ? 1 : 0;
    runs.switched += found.switched ? 1 : 0;
    runs.complete += found.complete ? 1 : 0;
    runs.wrong += found.wrong;
    runs.probes += found.probes;
  }
  return runs;
}

ExplorerSettings settings_for(bool lite, double bound) {
  ExplorerSettings settings;
  settings.lite = lite;
  settings.failure_bound = bound;
  return settings;
}

struct Case {
  const char* name;
  std::string topology;
};

class MultipathDiscovery : public testing::TestWithParam<Case> {};

TEST_P(MultipathDiscovery, FindsAllInAtLeast95PercentOfRunsAndNothingElse) {
  for (const bool lite : {false, true}) {
    const Runs runs = run(GetParam().topology, settings_for(lite, 0.05));
    EXPECT_GE(runs.found_all, 190) << (lite ? "MDA-Lite" : "MDA");
    EXPECT_EQ(runs.wrong, 0U);
    EXPECT_EQ(runs.complete, 200);
  }
}

TEST_P(MultipathDiscovery, FindsAllInAtLeast99PercentOfRunsAtThatSetting) {
  for (const bool lite : {false, true}) {
    const Runs runs = run(GetParam().topology, settings_for(lite, 0.01));
    EXPECT_GE(runs.found_all, 198) << (lite ? "MDA-Lite" : "MDA");
    EXPECT_EQ(runs.wrong, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Topologies, MultipathDiscovery,
                         testing::Values(Case{"line", "vp -> r1\nr1 -> r2\nr2 -> r3\nr3 -> dst\n"},
                                         Case{"two", diamond(2)}, Case{"four", diamond(4)},
                                         Case{"sixteen", diamond(16)}, Case{"meshed", kMeshed}, Case{"nested", kNested},
                                         Case{"asymmetric", kAsymmetric}, Case{"unequal_lengths", kUnequal},
                                         Case{"silent_sibling", kSilentSibling}, Case{"silent_hop", kSilentHop},
                                         Case{"loss", diamond(4) + "loss 0.05\n"},
                                         Case{"limited", diamond(2) + "limited r1 2\nlimited a1 3\n"},
                                         Case{"destination_silent", diamond(2) + "silent dst\n"}),
                         [](const auto& test) { return std::string(test.param.name); });

// One branch and the bound of each vertex: the failure probability is known exactly, and a table that is one flow
// short anywhere falls out of its binomial bounds (5 standard deviations).
TEST(MultipathExplorer, FailsExactlyAsOftenAsItsStoppingPointsSay) {
  constexpr int kRuns = 4000;
  for (const int width : {2, 3, 4}) {
    ExplorerSettings settings = settings_for(false, 0.05);
    settings.scope = StoppingRule::Scope::vertex;
    StoppingPoints points(0.05);
    // Stopping early with fewer seen adds a little, hardly ever for more than two next hops.
    const auto k = static_cast<std::size_t>(width);
    const double expected = chance_of_unseen(k, points.flows_for(k - 1));
    const double one_short = chance_of_unseen(k, points.flows_for(k - 1) - 1);
    const double deviation = std::sqrt(kRuns * expected * (1 - expected));
    ASSERT_GT(kRuns * (one_short - expected), 3 * deviation) << "the test could not tell";
    const int failed = kRuns - run(diamond(width), settings, kRuns).found_all;
    EXPECT_NEAR(failed, kRuns * expected, 3 * deviation) << width << " next hops";
  }
}

TEST(MultipathExplorer, ABoundForEachVertexIsNotEnoughForAGraph) {
  ExplorerSettings settings = settings_for(false, 0.05);
  settings.scope = StoppingRule::Scope::vertex;
  EXPECT_LT(run(kMeshed, settings, 1000).found_all, 950);
  settings.scope = StoppingRule::Scope::graph;
  EXPECT_GE(run(kMeshed, settings, 1000).found_all, 950);
}

TEST(MultipathExplorer, LiteSavesProbesWhereHopsAreUniformAndUnmeshed) {
  for (const auto& [topology, ratio] : {std::pair{diamond(2), 0.75}, std::pair{diamond(4), 0.55},
                                        std::pair{diamond(16), 0.42}, std::pair{kNested, 0.65}}) {
    const Runs full = run(topology, settings_for(false, 0.05));
    const Runs lite = run(topology, settings_for(true, 0.05));
    EXPECT_LT(static_cast<double>(lite.probes), ratio * static_cast<double>(full.probes)) << topology;
    EXPECT_LE(lite.switched, 5) << topology;
  }
}

TEST(MultipathExplorer, LiteSwitchesWhereItsTestsFail) {
  EXPECT_GE(run(kMeshed, settings_for(true, 0.05)).switched, 190);
  EXPECT_GE(run(kAsymmetric, settings_for(true, 0.05)).switched, 190);
  EXPECT_GE(run(kUnequal, settings_for(true, 0.05)).switched, 190);
  EXPECT_EQ(run(kMeshed, settings_for(false, 0.05)).switched, 0);
}

// A hop of sixteen beside one of two is covered by one flow a router, which shows no second link whatever there is.
TEST(MultipathExplorer, LiteTestsEachRouterOfTheWiderHopForMeshing) {
  std::string forward = "vp -> r1\nr1 ->" + names("a", 16) + "\n";
  std::string backward = "vp -> r1\nr1 -> x y\nx ->" + names("b", 8) + "\ny ->" + names("c", 8) + "\n";
  for (int i = 0; i < 16; ++i) forward += "a" + std::to_string(i) + (i < 8 ? " -> x\n" : " -> y\n");
  forward += "x y -> r2\nr2 -> dst\n";
  backward += names("b", 8) + names("c", 8) + " -> r2\nr2 -> dst\n";
  int tested = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Exploration narrowing = explore(forward, settings_for(true, 0.05), seed);
    if (!narrowing.switched) {
      EXPECT_GE(narrowing.least_followed.at(2), 2U);
    }
    const Exploration widening = explore(backward, settings_for(true, 0.05), seed);
    if (!widening.switched) {
      EXPECT_GE(widening.least_traced.at(3), 2U);
    }
    tested += narrowing.switched || widening.switched ? 0 : 1;
  }
  EXPECT_GE(tested, 15) << "unmeshed and symmetric, hardly ever a reason to switch";
}

// Everything above assumes that shares are even. Where they are not, the failure is what the shares make it, and still
// nothing false is found.
TEST(MultipathExplorer, AnUnevenHashFailsAsOftenAsItsSharesSay) {
  constexpr int kRuns = 2000;
  ExplorerSettings settings = settings_for(false, 0.05);
  settings.scope = StoppingRule::Scope::vertex;
  const Runs runs = run("vp -> r1\nr1 -> a b*3\na b -> r2\nr2 -> dst\n", settings, kRuns);
  const double expected = std::pow(0.75, 6) + std::pow(0.25, 6);
  EXPECT_NEAR(kRuns - runs.found_all, kRuns * expected, 4 * std::sqrt(kRuns * expected * (1 - expected)));
  EXPECT_EQ(runs.wrong, 0U);
}

TEST(MultipathExplorer, SaysWhenFlowsRanOut) {
  ExplorerSettings settings = settings_for(false, 0.05);
  settings.max_flows = 40;
  const Exploration found = explore(diamond(16), settings, 1);
  EXPECT_FALSE(found.complete);
  EXPECT_EQ(found.flows, 40U);
  EXPECT_EQ(found.wrong, 0U);
}

TEST(MultipathExplorer, ALossyNetworkCostsLittleMore) {
  const Runs clean = run(diamond(4), settings_for(true, 0.05));
  const Runs lossy = run(diamond(4) + "loss 0.05\n", settings_for(true, 0.05));
  EXPECT_LT(static_cast<double>(lossy.probes), 1.15 * static_cast<double>(clean.probes));
}

}  // namespace
}  // namespace isthmus::probes
