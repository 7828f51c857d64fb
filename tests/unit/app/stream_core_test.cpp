// Cores that read a stream: each event once whatever is killed in between, the same snapshot after a restart, and no
// outage where only the log stands still.

#include "app/stream_core.hpp"

#include <gmock/gmock.h>

#include "isthmus/formats/snapshot_json.hpp"
#include "unit/app/stream_core_fixture.hpp"

namespace isthmus::app {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(StreamCoreTest, OneProcessForAllPartitionsTellsTheStoryOnce) {
  Process process(world_, file(), {0, 1});
  tell_the_story([&] { process.read(); });
  EXPECT_THAT(kinds(process.events()),
              ElementsAre("block_down island", "target_down island", "upstream_appeared north-korea",
                          "upstream_lost north-korea", "block_up island", "target_up island", "vantage_invalid vp-2",
                          "vantage_valid vp-2", "block_down island", "target_down island"));
  const auto snapshot = process.snapshot();
  ASSERT_EQ(snapshot.targets.size(), 2U);
  EXPECT_EQ(snapshot.targets[0].name, "island");
  EXPECT_EQ(snapshot.targets[0].state, State::down);
  EXPECT_EQ(snapshot.targets[1].state, State::up);
  ASSERT_EQ(snapshot.vantages.size(), 3U);
  EXPECT_EQ(snapshot.vantages[2].events.at(EventKind::vantage_invalid), 1U) << "not once for each partition";
}

TEST_F(StreamCoreTest, TheLogReadAtOnceGivesTheSameEventsAsReadWhileItGrew) {
  Process live(world_, file("live.db"), {0, 1});
  tell_the_story([&] { live.read(); });
  Process later(world_, file("later.db"), {0, 1});
  later.read(10'000);
  auto of_later = told(later.events());  // One partition after the other.
  auto of_live = told(live.events());
  std::ranges::sort(of_later);
  std::ranges::sort(of_live);
  EXPECT_EQ(of_later, of_live);
}

TEST_F(StreamCoreTest, KilledAgainAndAgainItStillTellsEachEventOnceAndKnowsTheSame) {
  Process unbroken(world_, file("unbroken.db"), {0, 1});
  auto killed = std::make_unique<Process>(world_, file("killed.db"), std::vector<std::uint32_t>{0, 1});
  int round = 0;
  tell_the_story([&] {
    unbroken.read();
    killed->read();
    const auto before = formats::snapshot_line(killed->snapshot());
    if (++round % 5 != 0) return;
    killed->read_in_vain();
    killed.reset();
    killed = std::make_unique<Process>(world_, file("killed.db"), std::vector<std::uint32_t>{0, 1});
    killed->read(10'000);
    ASSERT_EQ(formats::snapshot_line(killed->snapshot()), before) << "in round " << round;
  });
  EXPECT_EQ(told(killed->events()), told(unbroken.events()));
}

TEST_F(StreamCoreTest, TwoProcessesShareThePartitionsAndTellNothingTwice) {
  Process unbroken(world_, file("one.db"), {0, 1});
  Process first(world_, file("first.db"), {0});
  Process second(world_, file("second.db"), {1});
  tell_the_story([&] {
    unbroken.read();
    first.read();
    second.read();
  });
  auto both = told(first.events());
  for (std::string& line : told(second.events())) both.push_back(std::move(line));
  std::ranges::sort(both);
  auto all = told(unbroken.events());
  std::ranges::sort(all);
  EXPECT_EQ(both, all);
}

TEST_F(StreamCoreTest, APartitionMovesWithACopyOfTheStore) {
  Process unbroken(world_, file("unbroken.db"), {0, 1});
  auto one = std::make_unique<Process>(world_, file("one.db"), std::vector<std::uint32_t>{0, 1});
  std::unique_ptr<Process> other;
  int round = 0;
  tell_the_story([&] {
    unbroken.read();
    one->read();
    if (other) other->read();
    // While the island is down, and before the other target's upstream changes.
    if (++round != 203) return;
    one.reset();
    std::filesystem::copy_file(file("one.db"), file("other.db"));
    one = std::make_unique<Process>(world_, file("one.db"), std::vector<std::uint32_t>{0});
    other = std::make_unique<Process>(world_, file("other.db"), std::vector<std::uint32_t>{1});
  });
  auto told_by_both = told(one->events());
  for (const std::string& line : told(other->events())) {
    if (std::ranges::find(told_by_both, line) == told_by_both.end() || line.find("north-korea") != std::string::npos) {
      told_by_both.push_back(line);
    }
  }
  std::ranges::sort(told_by_both);
  auto all = told(unbroken.events());
  std::ranges::sort(all);
  EXPECT_EQ(told_by_both, all);
  EXPECT_THAT(kinds(one->events()), Not(Contains("upstream_appeared north-korea")))
      << "that is the other one's to tell";
}

// Two cores without a common store that have both partitions in turn, a new one each time.
TEST_F(StreamCoreTest, APartitionMovesWithoutACopyOfTheStoreAndEachEventIsToldOnce) {
  for (const bool stopped : {true, false}) {
    SCOPED_TRACE(stopped ? "each is stopped" : "each is killed");
    world_ = {};
    const std::string kind = stopped ? "stopped" : "killed";
    Process unbroken(world_, file(kind + "-unbroken.db"), {0, 1});
    std::map<std::uint32_t, fleet::Handover> shelf;
    std::vector<std::string> told_by_all;
    int round = 0;
    const auto next = [&] {
      return std::make_unique<Process>(world_, file(kind + std::to_string(round) + ".db"),
                                       std::vector<std::uint32_t>{0, 1});
    };
    auto present = next();
    const auto leave = [&] {
      for (std::string& line : told(present->events())) told_by_all.push_back(std::move(line));
    };
    tell_the_story([&] {
      unbroken.read(10'000);
      present->read(10'000);
      // Now and then, as time passes, and with events.
      present->hand_over(shelf, round % 4 == 0);
      if (++round % 7 != 0) return;
      const auto before = formats::snapshot_line(present->snapshot());
      if (stopped) present->hand_over(shelf, true);
      leave();
      present = next();
      for (const auto& [partition, left] : shelf) present->take_over(left);
      present->read();  // In pieces: of the past, too, something is asked in between.
      present->hand_over(shelf, false);
      ASSERT_EQ(formats::snapshot_line(present->snapshot()), before) << "in round " << round;
      for (const auto& state : present->core().states()) ASSERT_EQ(state.intake.missing, 0U) << "it has the marks";
    });
    leave();
    std::ranges::sort(told_by_all);
    auto all = told(unbroken.events());
    std::ranges::sort(all);
    EXPECT_EQ(told_by_all, all);
  }
}

TEST_F(StreamCoreTest, WhoTakesOverStoresWhatItWasGiven) {
  std::map<std::uint32_t, fleet::Handover> shelf;
  Process first(world_, file("first.db"), {0, 1});
  tell_the_story([&] { first.read(); });
  first.hand_over(shelf, true);
  ASSERT_EQ(shelf.size(), 2U);
  {
    Process second(world_, file("second.db"), {0, 1});
    for (const auto& [partition, left] : shelf) second.take_over(left);
    second.read();
    EXPECT_THAT(second.events(), IsEmpty());
  }
  Process restarted(world_, file("second.db"), {0, 1});
  restarted.read();
  EXPECT_THAT(restarted.events(), IsEmpty()) << "it is where the first one was";
  EXPECT_EQ(formats::snapshot_line(restarted.snapshot()), formats::snapshot_line(first.snapshot()));
}

TEST_F(StreamCoreTest, AnOutageDuringWhichTheCoreWasAwayIsInTheLog) {
  Process process(world_, file(), {0, 1});
  world_.rounds(80);
  process.read();
  world_.targets["island"].reachable = false;
  world_.rounds(30);
  world_.targets["island"].reachable = true;
  world_.rounds(30);
  process.read();
  EXPECT_THAT(kinds(process.events()),
              ElementsAre("block_down island", "target_down island", "block_up island", "target_up island"));
}

TEST_F(StreamCoreTest, DaysCoverWhatIsReadLater) {
  Process process(world_, file(), {0, 1});
  world_.rounds(400);
  process.read(10'000);
  store::Store store({.path = file(), .read_only = true});
  const auto day = std::chrono::floor<std::chrono::days>(world_.now);
  const auto days =
      store.days({.target = "island", .block = std::nullopt, .first = day - std::chrono::days(1), .last = day}).value();
  ASSERT_THAT(days, Not(IsEmpty()));
  Duration up{};
  for (const auto& record : days) up += record.in_state[static_cast<std::size_t>(State::up)];
  EXPECT_GT(up, 3900s) << "of 4,000 that were read in one go";
}

TEST_F(StreamCoreTest, AStreamMadeAnewIsReadFromItsBeginning) {
  Process process(world_, file(), {0, 1});
  world_.rounds(80);
  process.read();
  auto fresh = world_;
  fresh.stream.clear();
  fresh.created = world_.now;
  fresh.targets["island"].reachable = false;
  fresh.rounds(10);
  for (const std::uint32_t partition : {0U, 1U}) {
    process.core().take(fresh.behind(partition, 0), Instant(fresh.now.time_since_epoch()), fresh.now);
  }
  EXPECT_THAT(kinds(process.core().poll_events()), Contains("target_down island"));
}

}  // namespace
}  // namespace isthmus::app
