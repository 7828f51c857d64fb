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

TEST_F(StoreTest, DatabaseOfAnotherProgramIsRefusedAndUntouched) {
  ASSERT_TRUE(open_database(path()).execute("CREATE TABLE theirs (x)"));
  Store store(options());
  const auto opened = store.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::refused);
  Database database = open_database(path());
  EXPECT_EQ(database.integer("SELECT count(*) FROM sqlite_schema").value(), 1);
}

TEST_F(StoreTest, FileOfTheFirstVersionIsReadOn) {
  // Made by the last isthmus that wrote this version.
  std::filesystem::copy_file("tests/data/store/version-1.isthmus", path());
  resilience::Baseline expected = sample_baseline();
  auto& blocks = expected.targets[0].blocks;
  blocks.push_back(blocks[1]);
  blocks[2].block = Block::of(test::ip("2001:db8::1"));
  blocks[1].addresses = {{"frankfurt", test::ip("203.0.113.71"), 0.1}};
  blocks[1].hosts = blocks[2].hosts = {};  // Not known then.
  blocks[2].addresses = {{"tokyo", test::ip("2001:db8::1"), 0.333333333333333}};
  Store store(options());
  const auto opened = store.open();
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_EQ(store.load().value(), expected);
  EXPECT_EQ(store.events({}).value().size(), 2u);
  EXPECT_EQ(store.event(2).value()->kind, EventKind::target_up);
  Event event = event_at(90);
  ASSERT_TRUE(append(store, event));
  EXPECT_EQ(event.id, 3u);
  Database database = open_database(path());
  EXPECT_EQ(database.integer("PRAGMA user_version").value(), 5);
  EXPECT_EQ(database.integer("PRAGMA auto_vacuum").value(), 2) << "it can give space back";
}

TEST_F(StoreTest, FileOfTheThirdVersionIsReadOn) {
  {
    Database database = open_database(path());
    ASSERT_TRUE(migrate(database, migrations().first(3)));
    ASSERT_TRUE(
        database.execute("INSERT INTO names VALUES (1, 'peninsula');"
                         "INSERT INTO known_targets VALUES (1, 'up', 5, 0, '{}');"
                         "INSERT INTO known_blocks VALUES (1, '203.0.113.0/24', 'up', 5, 0, 1, 0, '[]', "
                         "'[[\"tokyo\",\"203.0.113.9\",0.5]]')"));
    EXPECT_FALSE(check_schema(database, migrations()));
  }
  Store store(options());
  ASSERT_TRUE(store.open());
  resilience::Baseline known = store.load().value();
  ASSERT_EQ(known.targets.at(0).blocks.size(), 1u);
  resilience::BlockMemory& block = known.targets[0].blocks[0];
  EXPECT_EQ(block.addresses.size(), 1u);
  EXPECT_TRUE(block.hosts.empty());
  block.hosts = sample_baseline().targets[0].blocks[1].hosts;
  ASSERT_TRUE(save(store, known));
  EXPECT_EQ(store.load().value(), known);
}

TEST_F(StoreTest, MigratedFileHasTheTablesOfANewOne) {
  std::filesystem::copy_file("tests/data/store/version-1.isthmus", path());
  const auto tables = [](const std::string& file) {
    Database database = open_database(file);
    auto select = database.prepare("SELECT group_concat(sql) FROM (SELECT sql FROM sqlite_schema ORDER BY name)");
    EXPECT_TRUE(select && select->step());
    return select->text(0);
  };
  StoreOptions fresh = options();
  fresh.path = folder_ / "new.db";
  ASSERT_TRUE(Store(options()).open());
  ASSERT_TRUE(Store(fresh).open());
  EXPECT_EQ(tables(path()), tables(fresh.path));
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST_F(StoreTest, FileOfANewerVersionIsRefusedAndUntouchedByteForByte) {
  // Its last words are still in the log, as a kill leaves them: nobody may write them into the database.
  const std::string live = folder_ / "live.db";
  {
    StoreOptions writing = options();
    writing.path = live;
    Store store(writing);
    Event event = event_at(0);
    ASSERT_TRUE(append(store, event));
    ASSERT_TRUE(open_database(live).execute("PRAGMA user_version = 99"));
    for (const char* suffix : {"", "-wal"}) std::filesystem::copy_file(live + suffix, path() + suffix);
  }
  const std::string database = bytes_of(path());
  const std::string log = bytes_of(path() + "-wal");
  ASSERT_FALSE(log.empty());
  for (int attempt = 0; attempt < 2; ++attempt) {
    Store store(options());
    const auto opened = store.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::refused);
    EXPECT_NE(opened.error().detail.find("newer isthmus"), std::string::npos);
    Event event = event_at(0);
    EXPECT_FALSE(append(store, event));
    EXPECT_EQ(store.status().damaged, 0u);
  }
  EXPECT_EQ(bytes_of(path()), database);
  EXPECT_EQ(bytes_of(path() + "-wal"), log);
}

TEST_F(StoreTest, FileThatIsNoDatabaseIsRefusedAndUntouched) {
  for (const std::string& text : {std::string(5000, 'x'), std::string("vantages: []\n")}) {
    std::ofstream(path()) << text;
    for (int attempt = 0; attempt < 2; ++attempt) {
      Store store(options());
      const auto opened = store.open();
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().code, ErrorCode::refused);
      EXPECT_NE(opened.error().detail.find("configure another path"), std::string::npos);
      EXPECT_EQ(bytes_of(path()), text);
    }
  }
}

}  // namespace
}  // namespace isthmus::store
