#include "store/schema.hpp"

#include <array>
#include <fstream>

#include "unit/store/fixture.hpp"

namespace isthmus::store {
namespace {

Database open_database(const std::string& path) {
  auto database = Database::open(path, OpenMode::read_write, Duration::zero());
  EXPECT_TRUE(database);
  return std::move(*database);
}

TEST_F(StoreTest, MigrationRunsOnlyTheMissingSteps) {
  const std::array old{Migration{1, "CREATE TABLE a (x); INSERT INTO a VALUES (1)"}};
  const std::array now{old[0], Migration{2, "ALTER TABLE a ADD COLUMN y DEFAULT 5"}};
  Database database = open_database(path());
  ASSERT_TRUE(migrate(database, old));
  EXPECT_FALSE(check_schema(database, now));
  ASSERT_TRUE(migrate(database, now));
  ASSERT_TRUE(migrate(database, now));
  EXPECT_TRUE(check_schema(database, now));
  EXPECT_EQ(database.integer("SELECT sum(y) FROM a").value(), 5);
}

TEST_F(StoreTest, FailedMigrationLeavesTheOldSchema) {
  const std::array old{Migration{1, "CREATE TABLE a (x)"}};
  const std::array broken{old[0], Migration{2, "CREATE TABLE b (y); CREATE TABLE a (z)"}};
  Database database = open_database(path());
  ASSERT_TRUE(migrate(database, old));
  EXPECT_FALSE(migrate(database, broken));
  EXPECT_EQ(database.integer("SELECT count(*) FROM sqlite_schema").value(), 1);
  EXPECT_TRUE(check_schema(database, old));
}

TEST_F(StoreTest, FileOfANewerVersionIsRefused) {
  {
    Store store(options());
    ASSERT_TRUE(store.open());
  }
  ASSERT_TRUE(open_database(path()).execute("PRAGMA user_version = 99"));
  Store store(options());
  const auto opened = store.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::refused);
  EXPECT_NE(opened.error().detail.find("newer isthmus"), std::string::npos);
}

TEST_F(StoreTest, DatabaseOfAnotherProgramIsRefusedAndUntouched) {
  ASSERT_TRUE(open_database(path()).execute("CREATE TABLE theirs (x)"));
  Store store(options());
  const auto opened = store.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::refused);
  Database database = open_database(path());
  EXPECT_EQ(database.integer("SELECT count(*) FROM sqlite_schema").value(), 1);
}

TEST_F(StoreTest, FileThatIsNoDatabaseIsReportedAndUntouched) {
  const std::string text(5000, 'x');
  std::ofstream(path()) << text;
  Store store(options());
  const auto opened = store.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::parse_failed);
  EXPECT_NE(opened.error().detail.find("Move it away"), std::string::npos);
  std::ifstream file(path());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

}  // namespace
}  // namespace isthmus::store
