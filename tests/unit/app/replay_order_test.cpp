#include "app/replay_order.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "unit/app/replay_fixture.hpp"

namespace isthmus::app {
namespace {

using testing::ElementsAre;

constexpr OrderSettings kMinute{.window = std::chrono::minutes(1)};

ReplayOrder order_of(std::vector<std::vector<Observation>> archives, const OrderSettings& settings = kMinute) {
  std::vector<ObservationSource> sources;
  for (auto& archive : archives) sources.push_back(source_of(std::move(archive)));
  return {std::move(sources), settings};
}

TEST(ReplayOrder, MergesArchivesByTime) {
  auto order = order_of({{ping(1), ping(4), ping(5)}, {trace(2), trace(6)}, {}, {ping(3, "atlas-2")}});
  EXPECT_THAT(times_of(order), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(order.counts().late, 0U);
}

// The first ones of an archive are looked at together; what is tested comes after them.
std::vector<Observation> after_a_start(std::vector<Observation> archive) {
  std::vector<Observation> all;
  for (int i = 0; i < 20; ++i) all.push_back(ping(-100 + i));
  all.insert(all.end(), archive.begin(), archive.end());
  return all;
}

std::vector<double> times_after_the_start(ReplayOrder& order) {
  auto times = times_of(order);
  times.erase(times.begin(), times.begin() + 20);
  return times;
}

TEST(ReplayOrder, PutsRightWhatIsMildlyOutOfOrder) {
  auto order = order_of({after_a_start({ping(10), ping(40), ping(5), ping(50), ping(20)})});
  EXPECT_THAT(times_after_the_start(order), ElementsAre(5, 10, 20, 40, 50));
  EXPECT_EQ(order.counts().late, 0U);
}

TEST(ReplayOrder, PutsRightWhatIsOutOfOrderWithinSecondsAndAcross) {
  std::vector<Observation> archive;
  std::vector<double> expected;
  for (int i = 0; i < 1000; ++i) {
    // 389 and 1000 have no common divisor: each tenth of a second once.
    archive.push_back(ping(-50 + i * 389 % 1000 * 0.1, "atlas-" + std::to_string(i % 7)));
    expected.push_back(-50 + i * 0.1);
  }
  auto order = order_of({archive}, {.window = std::chrono::hours(1)});
  EXPECT_THAT(times_of(order), testing::Pointwise(testing::DoubleNear(1e-6), expected));
}

TEST(ReplayOrder, CountsAsLateWhatTheWindowCannotReach) {
  auto order = order_of({after_a_start({ping(0), ping(70), ping(140), ping(5), ping(150)})});
  EXPECT_THAT(times_after_the_start(order), ElementsAre(0, 70, 140, 150));
  EXPECT_EQ(order.counts().late, 1U);
}

TEST(ReplayOrder, HoldsNoMoreThanItMay) {
  auto order = order_of({after_a_start({ping(3), ping(2), ping(4), ping(1), ping(5)})},
                        {.window = std::chrono::hours(1), .most_held = 2});
  // Two at a time: 2 and 3 are swapped, 1 comes too late.
  EXPECT_THAT(times_after_the_start(order), ElementsAre(2, 3, 4, 5));
  EXPECT_EQ(order.counts().late, 1U);
}

TEST(ReplayOrder, DropsTheSameObservationAgain) {
  auto order = order_of({{ping(1), ping(1), ping(2)}, {ping(1), trace(1), trace(1)}});
  EXPECT_THAT(times_of(order), ElementsAre(1, 1, 2));
  EXPECT_EQ(order.counts().duplicate, 3U);
}

TEST(ReplayOrder, KeepsWhatDiffersInAnything) {
  auto order = order_of({{ping(1), ping(1, "atlas-2"), ping(1, "atlas-1", "192.0.2.2"),
                          ping(1, "atlas-1", "192.0.2.1", false), trace(1, 1), trace(1, 2)}});
  EXPECT_EQ(times_of(order).size(), 6U);
  EXPECT_EQ(order.counts().duplicate, 0U);
}

// What comes out is told from the observations alone.
TEST(ReplayOrder, DoesNotDependOnTheOrderOfArchivesOrOfWhatIsSimultaneous) {
  std::vector<Observation> archive{ping(1), trace(1, 2), trace(1, 1), ping(1, "atlas-2"),
                                   ping(1, "atlas-1", "192.0.2.1", false)};
  std::vector<std::vector<Observation>> seen;
  for (int turn = 0; turn < 5; ++turn) {
    std::rotate(archive.begin(), archive.begin() + 1, archive.end());
    auto order = order_of({{archive[0], archive[1]}, {archive[2]}, {archive[3], archive[4]}});
    std::vector<Observation>& out = seen.emplace_back();
    WaitingObservation next;
    ObservationPlace place;
    while (order.next(next)) out.push_back(next.packed.unpack(place));
    EXPECT_EQ(out.size(), 5U);
    EXPECT_EQ(out, seen.front());
  }
}

std::vector<Observation> every_minute(int from, int count) {
  std::vector<Observation> archive;
  for (int i = 0; i < count; ++i) archive.push_back(ping(60.0 * (from + i)));
  return archive;
}

TEST(ReplayOrder, LeavesOutWhatComesFromTheFuture) {
  auto archive = every_minute(0, 60);
  archive.insert(archive.begin() + 30, ping(1e9));
  auto order = order_of({archive});
  EXPECT_EQ(times_of(order).size(), 60U);
  EXPECT_EQ(order.counts().future, 1U);
  EXPECT_EQ(order.counts().late, 0U);
}

TEST(ReplayOrder, IsNotFooledByAWrongClockAtTheBeginning) {
  for (const double wrong : {1e9, -1.4e9}) {
    auto archive = every_minute(0, 60);
    archive.insert(archive.begin(), ping(wrong));
    auto order = order_of({archive});
    EXPECT_EQ(times_of(order).size(), 60U) << wrong;
    EXPECT_EQ(order.counts().future + order.counts().late, 1U) << wrong;
  }
}

TEST(ReplayOrder, BelievesThatTimeWentOnWhenAllSaySo) {
  auto archive = every_minute(0, 30);
  for (Observation& later : every_minute(600, 30)) archive.push_back(later);
  auto order = order_of({archive});
  EXPECT_EQ(times_of(order).size(), 60U);
  EXPECT_EQ(order.counts().future, 0U);
}

TEST(ReplayOrder, KeepsAllOfASparseArchive) {
  std::vector<Observation> archive;
  for (int i = 0; i < 50; ++i) archive.push_back(ping(7200.0 * i));
  auto order = order_of({archive});
  EXPECT_EQ(times_of(order).size(), 50U);
}

TEST(ReplayOrder, KeepsTheFewAfterTheLastPause) {
  auto archive = every_minute(0, 30);
  archive.push_back(ping(1e5));
  auto order = order_of({archive});
  EXPECT_EQ(times_of(order).size(), 31U);
}

}  // namespace
}  // namespace isthmus::app
