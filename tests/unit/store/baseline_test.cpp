#include <sqlite3.h>

#include "unit/store/fixture.hpp"

namespace isthmus::store {
namespace {

void run_sql(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
  sqlite3_close(database);
}

TEST_F(StoreTest, BaselineOfANewFileIsEmpty) {
  Store store(options());
  ASSERT_TRUE(store.open());
  EXPECT_EQ(store.load().value(), resilience::Baseline{});
}

TEST_F(StoreTest, BaselineSurvivesARestart) {
  {
    Store store(options());
    ASSERT_TRUE(save(store, sample_baseline()));
  }
  Store store(options());
  ASSERT_TRUE(store.open());
  EXPECT_EQ(store.load().value(), sample_baseline());
}

TEST_F(StoreTest, OnlyWhatIsToldChanges) {
  Store store(options());
  ASSERT_TRUE(save(store, sample_baseline()));
  resilience::Baseline expected = sample_baseline();
  expected.targets[0].state = State::down;
  expected.targets[0].blocks[1].state = State::down;
  expected.targets[0].blocks[1].upstreams.pop_back();
  expected.targets[0].blocks[1].addresses.clear();
  expected.vantages[1].state = VantageState::valid;
  resilience::BaselineChanges changes;
  changes.targets = {expected.targets[0]};
  changes.targets[0].blocks = {expected.targets[0].blocks[1]};
  changes.vantages = {expected.vantages[1]};
  ASSERT_TRUE(write_changes(store, changes));
  EXPECT_EQ(store.load().value(), expected);
}

TEST_F(StoreTest, WhatIsRemovedIsGone) {
  Store store(options());
  ASSERT_TRUE(save(store, sample_baseline()));
  resilience::Baseline expected = sample_baseline();
  resilience::BaselineChanges changes;
  changes.removed_targets = {expected.targets[1].name};
  changes.removed_blocks = {{expected.targets[0].name, expected.targets[0].blocks[0].block}};
  changes.removed_vantages = {expected.vantages[0].name};
  expected.targets.pop_back();
  expected.targets[0].blocks.erase(expected.targets[0].blocks.begin());
  expected.vantages.erase(expected.vantages.begin());
  ASSERT_TRUE(write_changes(store, changes));
  EXPECT_EQ(store.load().value(), expected);
  // A target that goes takes its blocks along, and comes back without them.
  changes = {};
  changes.removed_targets = {expected.targets[0].name};
  changes.targets = {expected.targets[0]};
  changes.targets[0].blocks.clear();
  expected.targets[0].blocks.clear();
  ASSERT_TRUE(write_changes(store, changes));
  EXPECT_EQ(store.load().value(), expected);
}

TEST_F(StoreTest, DamagedBaselineIsReportedNotGuessed) {
  for (const char* damage :
       {"UPDATE known_targets SET state = 'sideways'", "UPDATE known_blocks SET target = 7",
        "UPDATE known_blocks SET block = block || 'x'", "UPDATE known_blocks SET addresses = '[[\"a\",\"x\",1]]'",
        "UPDATE known_blocks SET hosts = '[[\"203.0.113.9\",0,0,-1,0]]'",
        "UPDATE known_blocks SET hosts = '[[1,0,0,0,0]]'", "UPDATE known_blocks SET upstreams = '[[-1,0,0,0]]'",
        "UPDATE known_blocks SET upstreams = '{}'", "UPDATE known_targets SET redundancy = 9",
        "UPDATE known_vantages SET state = 'up'", "UPDATE known_targets SET events = '{\"x\":1}'",
        "DELETE FROM names"}) {
    std::filesystem::remove(path());
    Store store(options());
    ASSERT_TRUE(save(store, sample_baseline()));
    run_sql(path(), damage);
    const auto loaded = store.load();
    ASSERT_FALSE(loaded) << damage;
    EXPECT_EQ(loaded.error().code, ErrorCode::parse_failed) << damage;
  }
}

TEST_F(StoreTest, ADiscardedBaselineIsToldAnew) {
  Store store(options());
  ASSERT_TRUE(save(store, sample_baseline()));
  store.discard_baseline();
  resilience::Baseline other;
  other.vantages = {sample_baseline().vantages[1]};
  Batch batch;
  batch.baseline = all_of(other);
  const auto written = store.write(batch);
  ASSERT_TRUE(written);
  EXPECT_TRUE(written->anew);
  EXPECT_EQ(store.load().value(), other);
  EXPECT_FALSE(store.write(batch)->anew);
}

}  // namespace
}  // namespace isthmus::store
