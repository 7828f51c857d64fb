#include "resilience/way_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>
#include <sstream>

namespace isthmus::resilience {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "1 2 ? 3": a question mark stands for hops that nobody can name.
std::vector<NodePath> paths(std::initializer_list<const char*> texts) {
  std::vector<NodePath> result;
  for (const char* text : texts) {
    NodePath& path = result.emplace_back();
    std::istringstream words(text);
    bool gap = false;
    for (std::string word; words >> word;) {
      if (word != "?") path.push_back({static_cast<Node>(std::stoul(word)), gap});
      gap = word == "?";
    }
  }
  return result;
}

std::uint32_t cut(std::initializer_list<const char*> texts) {
  const auto seen = paths(texts);
  return WayGraph(seen).min_cut();
}
std::vector<Node> chokepoints(std::initializer_list<const char*> texts) {
  const auto seen = paths(texts);
  return WayGraph(seen).chokepoints();
}
std::uint32_t disjoint(std::initializer_list<const char*> texts) {
  const auto seen = paths(texts);
  return WayGraph(seen).disjoint_paths();
}
std::vector<bool> cut_by(const std::set<Node>& failed, std::initializer_list<const char*> texts) {
  const auto seen = paths(texts);
  return WayGraph(seen).cut_by(failed);
}

TEST(WayGraph, WithoutPathsNothingIsKnown) {
  EXPECT_EQ(cut({}), 0u);
  EXPECT_EQ(disjoint({}), 0u);
  EXPECT_THAT(chokepoints({}), IsEmpty());
}

TEST(WayGraph, OneProviderIsOneBridge) {
  EXPECT_EQ(cut({"10", "10"}), 1u);
  EXPECT_THAT(chokepoints({"10", "10"}), ElementsAre(10));
}

TEST(WayGraph, TwoProvidersAreTwoBridges) {
  EXPECT_EQ(cut({"10", "20"}), 2u);
  EXPECT_EQ(disjoint({"10", "20"}), 2u);
  EXPECT_THAT(chokepoints({"10", "20"}), IsEmpty());
}

TEST(WayGraph, TwoProvidersBehindOneCarrierAreOneBridge) {
  EXPECT_EQ(cut({"99 10", "99 20"}), 1u);
  EXPECT_EQ(disjoint({"99 10", "99 20"}), 1u);
  EXPECT_THAT(chokepoints({"99 10", "99 20"}), ElementsAre(99));
}

TEST(WayGraph, WhatIsNearerToTheBlockIsNamedFirst) {
  EXPECT_THAT(chokepoints({"5 99 10", "6 99 10"}), ElementsAre(10, 99));
}

TEST(WayGraph, LinksOfDifferentPathsAreOneGraph) {
  // Cutting 1 leaves 2-3-5; cutting 3 leaves 1-4.
  EXPECT_EQ(cut({"1 3 5", "2 3 5", "1 4"}), 2u);
}

TEST(WayGraph, AWayAroundThatNobodySawIsNone) {
  // 1 -> 2 of the first and 2 -> 6 of the second would pass 3 by.
  EXPECT_EQ(cut({"1 2 3 4", "5 3 2 6", "7 3 8"}), 1u);
  EXPECT_THAT(chokepoints({"1 2 3 4", "5 3 2 6", "7 3 8"}), ElementsAre(3));
}

TEST(WayGraph, SeveralCarriersIntoTwoUpstreamsAreTwo) {
  EXPECT_EQ(cut({"1 10", "2 10", "3 20", "4 20", "1 20", "3 10"}), 2u);
}

TEST(WayGraph, WaysInUseMayShareMoreThanTheirLinksWouldNeedTo) {
  // One failure leaves one of them, but each two meet somewhere.
  EXPECT_EQ(cut({"1 2", "2 3", "1 3"}), 2u);
  EXPECT_EQ(disjoint({"1 2", "2 3", "1 3"}), 1u);
}

TEST(WayGraph, AGapJoinsItsSidesWhenNothingElseDoes) {
  EXPECT_EQ(cut({"1 ? 10", "2 20"}), 2u);
  EXPECT_EQ(cut({"1 ? 10", "1 ? 20"}), 1u);
}

TEST(WayGraph, AGapIsNoLinkWhereTheWayBetweenWasSeenElsewhere) {
  // Were it a link, 5 could be passed by; it is what one of the paths did not show.
  EXPECT_EQ(cut({"1 5 10", "1 5 20", "2 5 10", "2 5 20", "2 ? 20"}), 1u);
  EXPECT_THAT(chokepoints({"2 ? 20", "1 5 10", "1 5 20", "2 5 10", "2 5 20"}), ElementsAre(5));
}

TEST(WayGraph, WhatFailsCutsThePathsItIsOnAndThoseThatHideIt) {
  EXPECT_THAT(cut_by({5}, {"1 5 10", "2 10", "1 ? 10", "3 ? 10"}), ElementsAre(true, false, true, false));
  // The gap can still be crossed by 6.
  EXPECT_THAT(cut_by({5}, {"1 5 10", "1 6 10", "1 ? 10"}), ElementsAre(true, false, false));
  EXPECT_THAT(cut_by({5, 6}, {"1 5 10", "1 6 10", "1 ? 10"}), ElementsAre(true, true, true));
  EXPECT_THAT(cut_by({77}, {"1 5 10"}), ElementsAre(false));
}

std::uint32_t low(std::initializer_list<const char*> texts, const std::vector<std::set<std::uint32_t>>& hidden) {
  const auto seen = paths(texts);
  return min_cut_with_hidden(seen, WayGraph(seen).min_cut(), hidden, 0);
}

TEST(HiddenRouters, WithoutSilenceThereIsNothingToDoubt) { EXPECT_EQ(low({"1", "2"}, {{}, {}}), 2u); }

TEST(HiddenRouters, OfOneOwnerMayBeOneRouter) { EXPECT_EQ(low({"1", "2"}, {{7}, {7, 8}}), 1u); }

TEST(HiddenRouters, OfDifferentOwnersAreNot) { EXPECT_EQ(low({"1", "2"}, {{7}, {8}}), 2u); }

TEST(HiddenRouters, OfSomebodyUnknownMayBeAnyOnes) {
  EXPECT_EQ(low({"1", "2"}, {{0}, {8}}), 1u);
  EXPECT_EQ(low({"1", "2"}, {{0}, {0}}), 1u);
}

TEST(HiddenRouters, LeaveWhatWasSeenWholeAsItIs) {
  // The third way shows every router: it has to be cut as well.
  EXPECT_EQ(low({"1", "2", "3"}, {{7}, {7}, {}}), 2u);
  EXPECT_EQ(low({"1", "2", "3", "4"}, {{7}, {7}, {8}, {8}}), 2u);
  EXPECT_EQ(low({"1", "2", "3", "4"}, {{7}, {8}, {9}, {}}), 3u);
  EXPECT_EQ(low({"1", "2", "3", "4 9", "5 9"}, {{7}, {7}, {7}, {}, {}}), 2u);
}

// Small internets in which everything can be tried.
class RandomWays : public ::testing::TestWithParam<unsigned> {
 protected:
  static constexpr Node kNodes = 8;

  RandomWays() {
    std::mt19937 random(GetParam());
    const auto number = [&random](unsigned from, unsigned to) {
      return from + static_cast<unsigned>(random() % (to - from + 1));
    };
    for (unsigned p = number(1, 7); p > 0; --p) {
      std::vector<Node> nodes(kNodes);
      for (Node n = 0; n < kNodes; ++n) nodes[n] = n;
      std::shuffle(nodes.begin(), nodes.end(), random);
      nodes.resize(number(1, 4));
      NodePath& path = paths_.emplace_back();
      for (const Node node : nodes) path.push_back({node, !path.empty() && with_gaps() && number(0, 3) == 0});
    }
  }
  static bool with_gaps() { return GetParam() % 2 == 1; }

  // Every node that the place can be reached by from the vantage points without the nodes of the mask, as whole graph.
  [[nodiscard]] bool connected(unsigned without) const {
    std::set<std::pair<Node, Node>> links;
    std::set<std::pair<Node, Node>> doubtful;
    for (const NodePath& path : paths_) {
      for (std::size_t i = 1; i < path.size(); ++i) {
        (path[i].gap ? doubtful : links).insert({path[i - 1].node, path[i].node});
      }
    }
    for (const auto& link : doubtful) {
      if ((reach(seen_only(), {link.first}, 0) >> link.second & 1U) == 0) links.insert(link);
    }
    std::set<Node> first;
    unsigned last = 0;
    for (const NodePath& path : paths_) {
      first.insert(path.front().node);
      last |= 1U << path.back().node;
    }
    return (reach(links, first, without) & last) != 0;
  }
  [[nodiscard]] std::set<std::pair<Node, Node>> seen_only() const {
    std::set<std::pair<Node, Node>> links;
    for (const NodePath& path : paths_) {
      for (std::size_t i = 1; i < path.size(); ++i) {
        if (!path[i].gap) links.insert({path[i - 1].node, path[i].node});
      }
    }
    return links;
  }
  static unsigned reach(const std::set<std::pair<Node, Node>>& links, const std::set<Node>& from, unsigned without) {
    unsigned met = 0;
    for (const Node node : from) met |= 1U << node;
    met &= ~without;
    for (Node round = 0; round < kNodes; ++round) {
      for (const auto& [a, b] : links) {
        if ((met >> a & 1U) != 0 && (without >> b & 1U) == 0) met |= 1U << b;
      }
    }
    return met;
  }
  [[nodiscard]] std::uint32_t smallest_cut() const {
    int best = kNodes;
    for (unsigned mask = 0; mask < 1U << kNodes; ++mask) {
      if (std::popcount(mask) < best && !connected(mask)) best = std::popcount(mask);
    }
    return static_cast<std::uint32_t>(best);
  }
  [[nodiscard]] std::uint32_t largest_packing() const {
    int best = 0;
    for (unsigned chosen = 0; chosen < 1U << paths_.size(); ++chosen) {
      unsigned used = 0;
      bool fits = true;
      for (std::size_t p = 0; p < paths_.size(); ++p) {
        if ((chosen >> p & 1U) == 0) continue;
        unsigned nodes = 0;
        for (const NodeStep& step : paths_[p]) nodes |= 1U << step.node;
        fits = fits && (used & nodes) == 0;
        used |= nodes;
      }
      if (fits) best = std::max(best, std::popcount(chosen));
    }
    return static_cast<std::uint32_t>(best);
  }

  std::vector<NodePath> paths_;
};

TEST_P(RandomWays, TheCutIsTheSmallestThatThereIs) {
  const WayGraph graph(paths_);
  const std::uint32_t smallest = smallest_cut();
  if (graph.chokepoints().empty()) {
    EXPECT_EQ(graph.min_cut(), smallest);
    EXPECT_GT(smallest, 1u);
  } else {
    EXPECT_EQ(graph.min_cut(), 1u);
  }
}

TEST_P(RandomWays, AChokepointIsWhatCutsEveryPathAndNothingElseIs) {
  const WayGraph graph(paths_);
  const auto found = graph.chokepoints();
  for (Node node = 0; node < kNodes; ++node) {
    const auto cut = graph.cut_by({node});
    const bool all = std::ranges::all_of(cut, [](bool flag) { return flag; });
    EXPECT_EQ(std::ranges::find(found, node) != found.end(), all) << node;
    if (!connected(1U << node)) {
      EXPECT_TRUE(all) << node;
    }
  }
}

TEST_P(RandomWays, NoMoreOfThemAreDisjointThanCanBe) {
  const WayGraph graph(paths_);
  EXPECT_EQ(graph.disjoint_paths(), largest_packing());
  EXPECT_LE(graph.disjoint_paths(), graph.min_cut());
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWays, ::testing::Range(0U, 300U));

}  // namespace
}  // namespace isthmus::resilience
