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
    ASSERT_TRUE(store.save(sample_baseline()));
  }
  Store store(options());
  ASSERT_TRUE(store.open());
  EXPECT_EQ(store.load().value(), sample_baseline());
}

TEST_F(StoreTest, SavingReplacesTheWholeBaseline) {
  Store store(options());
  ASSERT_TRUE(store.save(sample_baseline()));
  resilience::Baseline smaller = sample_baseline();
  smaller.targets.pop_back();
  smaller.targets[0].blocks.pop_back();
  smaller.targets[0].addresses.clear();
  smaller.targets[0].events.clear();
  smaller.vantages.clear();
  ASSERT_TRUE(store.save(smaller));
  EXPECT_EQ(store.load().value(), smaller);
}

TEST_F(StoreTest, DamagedBaselineIsReportedNotGuessed) {
  for (const char* damage :
       {"UPDATE targets SET state = 'sideways' WHERE position = 0", "UPDATE blocks SET target = 7",
        "UPDATE blocks SET block = 'x'", "UPDATE addresses SET address = ''", "UPDATE targets SET redundancy = 9",
        "UPDATE vantages SET state = 'up'", "DELETE FROM blocks WHERE position = 0",
        "UPDATE target_event_counts SET kind = kind || 'x'"}) {
    Store store(options());
    ASSERT_TRUE(store.save(sample_baseline()));
    run_sql(path(), damage);
    const auto loaded = store.load();
    ASSERT_FALSE(loaded) << damage;
    EXPECT_EQ(loaded.error().code, ErrorCode::parse_failed) << damage;
  }
}

}  // namespace
}  // namespace isthmus::store
