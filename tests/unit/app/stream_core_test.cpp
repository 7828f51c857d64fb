// Cores that read a stream: each event once whatever is killed in between, the same snapshot after a restart, and no
// outage where only the log stands still.

#include "app/stream_core.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "isthmus/formats/snapshot_json.hpp"
#include "support/temporary_folder.hpp"
#include "unit/app/fleet_world.hpp"

namespace isthmus::app {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

// A core process as it would run: what is killed leaves what it has stored.
class Process {
 public:
  Process(const FleetWorld& world, const std::string& store, std::vector<std::uint32_t> partitions,
          Duration rehearsal = 10min)
      : world_(world), store_({.path = store, .retry_interval = Duration::zero()}) {
    EXPECT_TRUE(store_.open());
    const auto progress = store_.progress().value();
    std::vector<PartitionCore::Start> starts;
    for (const std::uint32_t partition : partitions) {
      PartitionCore::Start start;
      start.partition = partition;
      start.settings = FleetWorld::settings(partition);
      start.data = FleetWorld::data();
      start.baseline = baseline_of(partition);
      start.speaks_for_vantages = partition == 0;
      start.remembers_vantages = partition == partitions.front();
      for (const auto& one : progress) {
        if (one.partition != partition) continue;
        start.progress = one;
        read_[partition] = 0;
        for (const auto& [of, message] : world.stream) {
          if (of == partition && message.stored < one.stored - rehearsal) read_[partition] = message.sequence;
        }
      }
      starts.push_back(std::move(start));
    }
    core_.emplace(std::move(starts), FleetWorld::kTargets, now());
  }

  /// Reads what there is, in pieces, storing after each.
  void read(std::size_t piece = 7) {
    for (const std::uint32_t partition : {0U, 1U}) {
      const auto all = world_.behind(partition, read_[partition]);
      for (std::size_t at = 0; at < all.messages.size(); at += piece) {
        fleet::Reading some{.partition = partition, .created = all.created, .messages = {}};
        for (std::size_t i = at; i < std::min(at + piece, all.messages.size()); ++i) {
          some.messages.push_back(all.messages[i]);
        }
        read_[partition] = some.messages.back().sequence;
        core_->take(some, now(), world_.now);
        store();
      }
      core_->take({.partition = partition, .created = all.created, .messages = {}}, now(), world_.now);
    }
    store();
  }
  /// Reads, but is killed before it has stored what came of it.
  void read_in_vain() {
    for (const std::uint32_t partition : {0U, 1U})
      core_->take(world_.behind(partition, read_[partition]), now(), world_.now);
  }

  /// What it has left at the broker: all of it at a stop, otherwise what belongs to the events.
  void hand_over(std::map<std::uint32_t, fleet::Handover>& shelf, bool all) {
    for (fleet::Handover& left : core_->handovers(all)) shelf[left.partition] = std::move(left);
  }
  void take_over(const fleet::Handover& left, Duration rehearsal = 10min) {
    read_[left.partition] = 0;
    for (const auto& [of, message] : world_.stream) {
      if (of == left.partition && message.stored < left.position.stored - rehearsal) {
        read_[left.partition] = message.sequence;
      }
    }
    core_->take({.partition = left.partition,
                 .created = left.position.created,
                 .messages = {},
                 .taken_over = std::make_shared<const fleet::Handover>(left)},
                now(), world_.now);
  }

  resilience::Snapshot snapshot() { return core_->snapshot(now(), "the broker is away"); }
  std::vector<Event> events() { return store_.events(everything()).value(); }
  StreamCore& core() { return *core_; }

 private:
  static EventQuery everything() {
    EventQuery query;
    query.limit = 10'000;
    return query;
  }
  [[nodiscard]] Instant now() const { return Instant(world_.now.time_since_epoch()); }
  resilience::Baseline baseline_of(std::uint32_t partition) {
    resilience::Baseline baseline = store_.load().value();
    std::erase_if(baseline.targets, [&](const auto& target) {
      return fleet::partition_of(target.name, FleetWorld::kPartitions) != partition;
    });
    return baseline;
  }
  void store() {
    store::Batch batch = core_->changes(false, false);
    batch.events = core_->poll_events();
    ASSERT_TRUE(store_.write(batch));
  }

  const FleetWorld& world_;
  store::Store store_;
  std::map<std::uint32_t, std::uint64_t> read_;
  std::optional<StreamCore> core_;
};

class StreamCoreTest : public testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& name = "core.db") const { return folder_ / name; }
  static std::vector<std::string> told(const std::vector<Event>& events) {
    std::vector<std::string> lines;
    for (const Event& event : events) {
      lines.push_back(std::to_string(event.time.time_since_epoch().count()) + " " + to_string(event.kind) + " " +
                      event.target + event.vantage);
    }
    return lines;
  }
  static std::vector<std::string> kinds(const std::vector<Event>& events) {
    std::vector<std::string> kinds;
    for (const Event& event : events)
      kinds.push_back(std::string(to_string(event.kind)) + " " + event.target + event.vantage);
    return kinds;
  }
  /// Two outages of the island, an upstream of the north-korea that appears, a vantage point that goes and comes.
  void tell_the_story(const std::function<void()>& between) {
    const auto rounds = [&](int count) {
      for (; count > 0; --count) {
        world_.round();
        between();
      }
    };
    rounds(200);
    world_.targets["island"].reachable = false;
    rounds(6);
    world_.targets["north-korea"].upstream = 1;
    rounds(10);
    world_.targets["island"].reachable = true;
    world_.silent = {2};
    rounds(12);
    world_.silent = {};
    rounds(12);
    world_.targets["island"].reachable = false;
    rounds(5);
  }

  FleetWorld world_;
  support::TemporaryFolder folder_;
};

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

TEST_F(StreamCoreTest, ABrokerThatIsAwayIsNoOutageAndNobodysFault) {
  Process process(world_, file(), {0, 1});
  world_.rounds(80);
  process.read();
  for (const Duration away : {Duration(6s), Duration(25s), Duration(70s), Duration(10min), Duration(24h)}) {
    world_.now += away;
    if (away > StreamCore::kBlindAfter) {
      const auto blind = process.snapshot();
      EXPECT_EQ(blind.targets[0].state, State::unknown) << to_string(away);
      EXPECT_EQ(blind.targets[0].blocks[0].state, State::unknown);
      EXPECT_EQ(blind.vantages[0].state, VantageState::unknown);
      EXPECT_EQ(blind.vantages[0].reason, "the broker is away");
      EXPECT_FALSE(blind.vantages[0].voting);
    }
    world_.rounds(4);
    process.read();
    EXPECT_EQ(process.snapshot().targets[0].state, State::up) << to_string(away);
    EXPECT_EQ(process.snapshot().vantages[0].state, VantageState::valid);
  }
  EXPECT_THAT(kinds(process.events()), IsEmpty());
}

// Agents send nothing to a partition without targets.
TEST_F(StreamCoreTest, VantagePointsAreSeenWhereverTheyAreHeardOf) {
  Process process(world_, file(), {0, 1});
  world_.rounds(80);
  process.core().take(world_.behind(1, 0), Instant(world_.now.time_since_epoch()), world_.now);
  const auto snapshot = process.snapshot();
  for (const auto& vantage : snapshot.vantages) EXPECT_EQ(vantage.state, VantageState::valid) << vantage.reason;
  const std::string read = fleet::partition_of("island", FleetWorld::kPartitions) == 1 ? "island" : "north-korea";
  for (const auto& target : snapshot.targets) {
    EXPECT_EQ(target.state, target.name == read ? State::up : State::unknown) << target.name;
  }
}

TEST_F(StreamCoreTest, WhoMayProbeNothingOfAPartitionIsNotBlindForThat) {
  for (const std::uint32_t partition : {0U, 1U}) {
    SCOPED_TRACE(partition);
    world_ = {};
    world_.absent = {{2, partition}};
    Process process(world_, file("of" + std::to_string(partition) + ".db"), {0, 1});
    world_.rounds(80);
    process.read();
    const auto vantages = process.snapshot().vantages;
    EXPECT_EQ(vantages[2].state, VantageState::valid) << vantages[2].reason;
    EXPECT_TRUE(vantages[2].voting);
    EXPECT_TRUE(vantages[2].last_observation);
  }
}

TEST_F(StreamCoreTest, WhatAnotherCoreJudgesIsLeftToIt) {
  Process process(world_, file(), {0, 1});
  world_.rounds(80);
  process.read();
  const Instant now(world_.now.time_since_epoch());
  const auto half = process.core().snapshot(now, "", [](std::uint32_t partition) { return partition == 0; });
  ASSERT_EQ(half.targets.size(), 1U);
  EXPECT_EQ(fleet::partition_of(half.targets[0].name, FleetWorld::kPartitions), 1U);
  EXPECT_EQ(half.vantages.size(), 3U);
  const auto none = process.core().snapshot(now, "", [](std::uint32_t) { return true; });
  EXPECT_TRUE(none.targets.empty());
  EXPECT_TRUE(none.vantages.empty()) << "it has no say in who sees, either";
  EXPECT_EQ(process.snapshot().targets.size(), 2U);
}

// One of the brokers was ahead, and led the stream for a moment.
TEST_F(StreamCoreTest, WhileTheTimeOfTheLogStandsStillNothingIsSaidToBeWell) {
  Process process(world_, file(), {0, 1});
  world_.rounds(80);
  process.read();
  world_.rounds(1);
  for (auto& [partition, message] : world_.stream) {
    if (message.stored == world_.now) message.stored += 1h;
  }
  process.read();
  world_.rounds(6);
  process.read();
  EXPECT_EQ(process.snapshot().targets[0].state, State::unknown);
  EXPECT_EQ(process.snapshot().vantages[0].state, VantageState::unknown);
  world_.now += 1h;
  world_.rounds(6);
  process.read();
  EXPECT_EQ(process.snapshot().targets[0].state, State::up);
  EXPECT_THAT(kinds(process.events()), IsEmpty());
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
