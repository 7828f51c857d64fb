// Days and path changes: kept, read back, and gone when their time is over.

#include "store/database.hpp"
#include "unit/store/fixture.hpp"

namespace isthmus::store {
namespace {

using resilience::Condition;
using resilience::DayRecord;
using resilience::HistoryQuery;
using resilience::PathChange;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::sys_days;

constexpr sys_days kToday{days(17440)};

DayRecord day_of(sys_days day, std::optional<Block> block = std::nullopt) {
  DayRecord record;
  record.target = "peninsula";
  record.block = block;
  record.day = day;
  record.in_state = {hours(20), hours(2), hours(1), hours(1)};
  record.unknown_share = 4321.5;
  DayRecord::Upstream upstream{.asn = Asn{4294967295}};
  for (auto& share : upstream.share) share = {.estimate = 1234.567, .low = 0, .high = 86400, .least = 0.25, .most = 1};
  record.upstreams = {upstream};
  record.until = day + days(1);
  return record;
}

Block block_at(int index) { return Block::of(IpAddress::v4(0xCB007100U + (static_cast<std::uint32_t>(index) << 8U))); }

PathChange change_at(std::int64_t second, std::string target = "peninsula") {
  PathChange change;
  change.time = at_second(second);
  change.target = std::move(target);
  change.block = block_at(0);
  change.vantage = "frankfurt";
  change.address = test::ip("203.0.113.71");
  change.flow = FlowId{5};
  change.before = {.as_path = {Asn{3356}, Asn{4837}},
                   .router = test::ip("219.158.1.1"),
                   .upstream = Asn{4837},
                   .confidence = Confidence::a};
  change.after = {.as_path = {}, .router = std::nullopt, .upstream = {}, .confidence = Confidence::c};
  return change;
}

class StoreHistory : public StoreTest {
 protected:
  void write(std::vector<DayRecord> records, std::optional<Timestamp> alive = std::nullopt) {
    Batch batch;
    batch.days = std::move(records);
    batch.alive = alive;
    const auto written = store_.write(batch);
    ASSERT_TRUE(written) << to_string(written.error());
  }
  void write(std::vector<PathChange> changes) {
    Batch batch;
    batch.paths.kept = std::move(changes);
    ASSERT_TRUE(store_.write(batch));
  }
  [[nodiscard]] std::vector<DayRecord> days_between(sys_days first, sys_days last,
                                                    std::optional<Block> block = std::nullopt) const {
    return store_.days(HistoryQuery{.target = "peninsula", .block = block, .first = first, .last = last}).value();
  }

  Store store_{options()};
};

TEST_F(StoreHistory, DaysComeBackWholeInOrderAndByBlock) {
  const DayRecord whole = day_of(kToday);
  const DayRecord later = day_of(kToday + days(2));
  const DayRecord block = day_of(kToday, block_at(1));
  write({later, whole, block, day_of(kToday, block_at(2))});
  EXPECT_EQ(days_between(kToday, kToday + days(9)), (std::vector{whole, later}));
  EXPECT_EQ(days_between(kToday + days(1), kToday + days(1)), std::vector<DayRecord>{});
  EXPECT_EQ(days_between(kToday, kToday, block_at(1)), std::vector{block});
  EXPECT_TRUE(
      store_.days(HistoryQuery{.target = "nowhere", .block = {}, .first = kToday, .last = kToday}).value().empty());
}

TEST_F(StoreHistory, ADayThatGoesOnIsReadUpToWhenItsWriterWasAlive) {
  DayRecord record = day_of(kToday);
  record.in_state = {};
  record.unknown_share = 0;
  record.upstreams.clear();
  record.until = kToday + hours(1);
  Condition condition{.state = State::up, .unknown_share = 0.25, .upstreams = {}};
  condition.upstreams.push_back({.asn = Asn{4837}, .share = {}});
  condition.upstreams[0].share.fill({.estimate = 0.75, .low = 0.5, .high = 0.9});
  record.present = condition;
  write({record}, kToday + hours(3));
  const auto found = days_between(kToday, kToday);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].in_state[0], hours(2));
  EXPECT_NEAR(found[0].upstreams.at(0).share[1].estimate, 7200 * 0.75, 1e-6);
  // Whoever goes on with it gets it as it was written.
  const auto open = store_.open_days();
  ASSERT_TRUE(open);
  EXPECT_EQ(open->alive, kToday + hours(3));
  EXPECT_EQ(open->records, std::vector{record});
}

TEST_F(StoreHistory, OnlyTheLastTwoDaysAreGoneOnWith) {
  write({day_of(kToday - days(2)), day_of(kToday - days(1)), day_of(kToday), day_of(kToday, block_at(0))},
        kToday + hours(1));
  EXPECT_EQ(store_.open_days()->records.size(), 3u);
}

TEST_F(StoreHistory, WhatIsToldLateAddsUp) {
  const auto late = [](sys_days day, int block, std::string vantage, std::uint64_t count) {
    return resilience::LateTally{day,        "peninsula", block_at(block), std::move(vantage),
                                 10 * count, 9 * count,   count,           0};
  };
  Batch batch;
  batch.late = {late(kToday, 1, "japan", 1), late(kToday, 2, "japan", 2), late(kToday, 1, "germany", 4)};
  ASSERT_TRUE(store_.write(batch));
  batch.late = {late(kToday, 1, "japan", 8), late(kToday + days(1), 1, "japan", 16)};
  ASSERT_TRUE(store_.write(batch));
  HistoryQuery query{.target = "peninsula", .block = {}, .first = kToday, .last = kToday + days(1)};
  auto sum = [&](sys_days day, std::string vantage, std::uint64_t count) {
    auto tally = late(day, 0, std::move(vantage), count);
    tally.block = query.block.value_or(Block{});
    return tally;
  };
  EXPECT_EQ(store_.late(query).value(),
            (std::vector{sum(kToday, "germany", 4), sum(kToday, "japan", 11), sum(kToday + days(1), "japan", 16)}));
  query.last = kToday;
  query.block = block_at(1);
  EXPECT_EQ(store_.late(query).value(), (std::vector{sum(kToday, "germany", 4), sum(kToday, "japan", 9)}));
  query.target = "nowhere";
  EXPECT_TRUE(store_.late(query).value().empty());
}

TEST_F(StoreHistory, WhatIsToldLateWaitsAndExpires) {
  StoreOptions short_lived = options();
  short_lived.path = folder_ / "short.db";
  short_lived.retention = short_lived.daily_retention = Duration::zero();
  short_lived.daily_block_retention = hours(48);
  Store store(short_lived);
  ASSERT_TRUE(store.open());
  Batch batch;
  const resilience::LateTally tally{kToday, "peninsula", block_at(1), "japan", 10, 9, 1, 1};
  {
    Database other = Database::open(short_lived.path, OpenMode::read_write, Duration::zero()).value();
    ASSERT_TRUE(other.execute("BEGIN IMMEDIATE"));
    for (int i = 0; i < 2; ++i) {
      batch.late = {tally};
      EXPECT_FALSE(store.write(batch));
    }
  }
  batch.late = {tally};
  ASSERT_TRUE(store.write(batch));
  const HistoryQuery query{.target = "peninsula", .block = block_at(1), .first = kToday, .last = kToday};
  EXPECT_EQ(store.late(query)->at(0).pings, 30U) << "none lost and none twice";
  EXPECT_EQ(store.expire(kToday + hours(47))->days, 0U);
  EXPECT_EQ(store.expire(kToday + hours(24 * 3))->days, 1U);
  EXPECT_TRUE(store.late(query)->empty());
}

TEST_F(StoreHistory, ADamagedDayIsReportedNotGuessed) {
  for (const char* damage :
       {"UPDATE days SET upstreams = '[[1]]'", "UPDATE days SET present = '[\"sideways\",0,[]]'"}) {
    write({day_of(kToday)});
    Database database = Database::open(path(), OpenMode::read_write, Duration::zero()).value();
    ASSERT_TRUE(database.execute(damage));
    const auto found = store_.days(HistoryQuery{.target = "peninsula", .block = {}, .first = kToday, .last = kToday});
    ASSERT_FALSE(found) << damage;
    EXPECT_EQ(found.error().code, ErrorCode::parse_failed);
  }
}

TEST_F(StoreHistory, PathChangesComeBackWholeTheLatestOfATarget) {
  const std::vector changes{change_at(1), change_at(2), change_at(3)};
  write({changes[0], change_at(2, "island"), changes[1], changes[2]});
  resilience::PathChangeQuery query{.target = "peninsula", .since = {}, .until = {}};
  EXPECT_EQ(store_.path_changes(query)->kept, changes);
  query.limit = 2;
  EXPECT_EQ(store_.path_changes(query)->kept, (std::vector{changes[1], changes[2]}));
  query = {.target = "", .since = at_second(2), .until = at_second(3)};
  EXPECT_EQ(store_.path_changes(query)->kept.size(), 2u) << "of every target";
  query.target = "nowhere";
  EXPECT_TRUE(store_.path_changes(query)->kept.empty());
}

TEST_F(StoreHistory, WhatWasLeftOutAddsUpHourByHour) {
  const Timestamp hour = std::chrono::floor<hours>(at_second(0));
  for (int i = 0; i < 3; ++i) {
    Batch batch;
    batch.paths.left_out = {{.hour = hour, .target = "peninsula", .count = 7}};
    ASSERT_TRUE(store_.write(batch));
  }
  const auto found = store_.path_changes({.target = "peninsula", .since = {}, .until = {}});
  ASSERT_EQ(found->left_out.size(), 1u);
  EXPECT_EQ(found->left_out[0].count, 21u);
}

TEST_F(StoreHistory, EachKindIsKeptForItsOwnTime) {
  std::vector<DayRecord> records;
  for (int age = 0; age < 10; ++age) {
    records.push_back(day_of(kToday - days(age)));
    records.push_back(day_of(kToday - days(age), block_at(0)));
  }
  StoreOptions brief = options();
  brief.path = folder_ / "brief.db";
  brief.retention = hours(24);
  brief.daily_retention = days(6);
  brief.daily_block_retention = days(3);
  Store store(brief);
  Batch batch;
  batch.days = records;
  const std::int64_t day = 86400;
  batch.paths.kept = {change_at(0), change_at(2 * day)};
  batch.events = {event_at(0), event_at(2 * day)};
  ASSERT_TRUE(store.write(batch));
  const auto expired = store.expire(std::max(Timestamp(kToday + hours(12)), at_second(day + 1)));
  ASSERT_TRUE(expired);
  EXPECT_EQ(expired->events, 1u);
  EXPECT_EQ(expired->path_changes, 1u);
  HistoryQuery query{.target = "peninsula", .block = {}, .first = kToday - days(20), .last = kToday};
  EXPECT_EQ(store.days(query)->size(), 6u);
  query.block = block_at(0);
  EXPECT_EQ(store.days(query)->size(), 3u);
  EXPECT_FALSE(expired->more);
}

TEST_F(StoreHistory, DeletingGoesInStepsAndGivesTheSpaceBack) {
  Batch batch;
  for (int i = 0; i < 3000; ++i) {
    batch.events.push_back(event_at(i));
    batch.events.back().evidence.summary = std::string(3000, 'x');
  }
  ASSERT_TRUE(store_.write(batch));
  const auto pages = [&] {
    return Database::open(path(), OpenMode::read_only, Duration::zero())->integer("PRAGMA page_count").value();
  };
  const std::int64_t full = pages();
  const Timestamp late = at_second(4000) + hours(24 * 90);
  int steps = 0;
  std::uint64_t gone = 0;
  for (bool more = true; more && steps < 100; ++steps) {
    const auto expired = store_.expire(late);
    ASSERT_TRUE(expired);
    EXPECT_LE(expired->events, 500u);
    gone += expired->events;
    more = expired->more;
  }
  EXPECT_EQ(gone, 3000u);
  EXPECT_GE(steps, 6);
  EXPECT_LT(pages(), full / 5);
}

TEST_F(StoreHistory, WhatCannotBeWrittenIsLaidOverEachOther) {
  write({day_of(kToday)});
  DayRecord later = day_of(kToday);
  later.in_state[0] = hours(21);
  resilience::Baseline expected = sample_baseline();
  {
    Database lock = Database::open(path(), OpenMode::read_write, Duration::zero()).value();
    ASSERT_TRUE(lock.execute("BEGIN IMMEDIATE"));
    Batch batch;
    batch.days = {day_of(kToday), day_of(kToday, block_at(0))};
    batch.paths.kept = {change_at(1)};
    batch.baseline = all_of(sample_baseline());
    EXPECT_FALSE(store_.write(batch));
    batch = {};
    batch.days = {later};
    batch.paths.kept = {change_at(2)};
    expected.targets[0].state = State::down;
    expected.targets[0].blocks[0].state = State::up;
    batch.baseline.targets = {expected.targets[0]};
    batch.baseline.targets[0].blocks.pop_back();
    batch.baseline.removed_targets = {expected.targets[1].name};
    expected.targets.pop_back();
    EXPECT_FALSE(store_.write(batch));
  }
  ASSERT_TRUE(flush(store_));
  EXPECT_EQ(days_between(kToday, kToday), std::vector{later});
  EXPECT_EQ(days_between(kToday, kToday, block_at(0)).size(), 1u);
  EXPECT_EQ(store_.path_changes({.target = "peninsula", .since = {}, .until = {}})->kept.size(), 2u);
  EXPECT_EQ(store_.load().value(), expected);
}

TEST_F(StoreTest, PathChangesThatWaitTooLongAreCounted) {
  StoreOptions small = options();
  small.backlog_limit = 10;
  Store store(small);
  ASSERT_TRUE(store.open());
  {
    Database lock = Database::open(path(), OpenMode::read_write, Duration::zero()).value();
    ASSERT_TRUE(lock.execute("BEGIN IMMEDIATE"));
    for (int i = 0; i < 15; ++i) {
      Batch batch;
      batch.paths.kept = {change_at(i)};
      EXPECT_FALSE(store.write(batch));
    }
  }
  ASSERT_TRUE(flush(store));
  const auto found = store.path_changes({.target = "peninsula", .since = {}, .until = {}});
  EXPECT_EQ(found->kept.size(), 10u);
  ASSERT_EQ(found->left_out.size(), 1u);
  EXPECT_EQ(found->left_out[0].count, 5u);
}

}  // namespace
}  // namespace isthmus::store
