#include <sqlite3.h>
#include <unistd.h>

#include "support/full_disk.hpp"
#include "unit/store/fixture.hpp"

namespace isthmus::store {
namespace {

// Somebody else's write transaction on the file, as long as it lives.
class ForeignLock {
 public:
  explicit ForeignLock(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &database_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~ForeignLock() { sqlite3_close(database_); }
  ForeignLock(const ForeignLock&) = delete;
  ForeignLock& operator=(const ForeignLock&) = delete;

 private:
  sqlite3* database_{nullptr};
};

TEST_F(StoreTest, EventsWaitWhileTheFileIsLockedAndAreWrittenAfterwards) {
  Store store(options());
  Event first = event_at(0);
  ASSERT_TRUE(append(store, first));
  Event second = event_at(1);
  Event third = event_at(2);
  {
    const ForeignLock lock(path());
    const auto refused = append(store, second);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::busy);
    EXPECT_FALSE(append(store, third));
    EXPECT_FALSE(save(store, sample_baseline()));
    EXPECT_EQ(store.status().failures, 3u);
    EXPECT_EQ(store.status().backlog, 2u);
    EXPECT_NE(store.status().last_error.find("locked"), std::string::npos);
    // What waits can be seen already.
    EXPECT_EQ(store.events({}).value(), (std::vector{first, second, third}));
    EXPECT_EQ(store.event(3).value(), third);
  }
  ASSERT_TRUE(flush(store));
  EXPECT_EQ(store.status().backlog, 0u);
  EXPECT_EQ(store.status().last_error, "");
  EXPECT_EQ(store.events({}).value(), (std::vector{first, second, third}));
  Event fourth = event_at(3);
  ASSERT_TRUE(append(store, fourth));
  EXPECT_EQ(fourth.id, 4u);
}

TEST_F(StoreTest, FailedWritesAreNotRepeatedAtOnce) {
  StoreOptions patient = options();
  patient.retry_interval = std::chrono::hours(1);
  Store store(patient);
  ASSERT_TRUE(store.open());
  Event event = event_at(0);
  {
    const ForeignLock lock(path());
    EXPECT_FALSE(append(store, event));
  }
  // The lock is gone, but nobody looks within the hour.
  const auto still = append(store, event);
  ASSERT_FALSE(still);
  EXPECT_EQ(still.error().code, ErrorCode::busy);
  EXPECT_EQ(store.status().backlog, 2u);
}

TEST_F(StoreTest, FullBacklogLosesTheOldestAndCounts) {
  StoreOptions small = options();
  small.backlog_limit = 2;
  Store store(small);
  ASSERT_TRUE(store.open());
  {
    const ForeignLock lock(path());
    for (int i = 0; i < 5; ++i) {
      Event event = event_at(i);
      EXPECT_FALSE(append(store, event));
    }
  }
  EXPECT_EQ(store.status().events_lost, 3u);
  ASSERT_TRUE(flush(store));
  const auto events = store.events({});
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ(events->front().id, 4u);
}

TEST_F(StoreTest, FullDiskIsAFailureAndHealsWhenThereIsRoom) {
  Store store(options());
  ASSERT_TRUE(store.open());
  Event first = event_at(0);
  ASSERT_TRUE(append(store, first));
  Event big = event_at(1);
  big.evidence.summary = std::string(1'000'000, 'x');
  {
    const support::FullDisk full(200'000);
    const auto failed = append(store, big);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::io_failed);
    EXPECT_EQ(store.events({})->size(), 2u);
  }
  ASSERT_TRUE(flush(store));
  EXPECT_EQ(store.status().backlog, 0u);
  EXPECT_EQ(store.event(big.id).value(), big);
}

TEST_F(StoreTest, SecondWriterIsRefusedUntilTheFirstIsGone) {
  auto first = std::make_unique<Store>(options());
  ASSERT_TRUE(first->open());
  Event early = event_at(0);
  ASSERT_TRUE(append(*first, early));
  Store second(options());
  const auto refused = second.open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::busy);
  EXPECT_NE(refused.error().detail.find("another isthmus"), std::string::npos);
  // Its events get ids that cannot collide with the first writer's.
  Event late = event_at(5);
  EXPECT_FALSE(append(second, late));
  EXPECT_EQ(late.id, 1'506'848'876'000u);
  first.reset();
  ASSERT_TRUE(flush(second));
  EXPECT_EQ(second.events({}).value(), (std::vector{early, late}));
  Event next = event_at(6);
  ASSERT_TRUE(append(second, next));
  EXPECT_EQ(next.id, late.id + 1);
}

TEST_F(StoreTest, IdsMoveUpWhenAWrongClockMadeThemTooSmall) {
  {
    Store store(options());
    Event event = event_at(0);
    ASSERT_TRUE(append(store, event));
  }
  auto holder = std::make_unique<Store>(options());
  ASSERT_TRUE(holder->open());
  Store store(options());
  Event event = event_at(0);
  event.time = Timestamp{};
  EXPECT_FALSE(append(store, event));
  EXPECT_EQ(event.id, 1u);
  holder.reset();
  ASSERT_TRUE(flush(store));
  const auto events = store.events({});
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ(events->back().id, 2u);
}

TEST_F(StoreTest, MissingFolderIsNamed) {
  StoreOptions nowhere = options();
  nowhere.path = (folder_ / "no" / "such" / "isthmus.db").string();
  Store store(nowhere);
  const auto opened = store.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::not_found);
  EXPECT_NE(to_string(opened.error()).find(nowhere.path), std::string::npos);
  nowhere.read_only = true;
  Store reader(nowhere);
  EXPECT_EQ(reader.open().error().code, ErrorCode::not_found);
}

TEST_F(StoreTest, FolderThatForbidsWritingIsAPermissionError) {
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  constexpr uid_t kNobody = 65534;
  const uid_t before = ::geteuid();
  // Permissions do not bind root.
  if (before == 0) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  Store store(options());
  const auto opened = store.open();
  ASSERT_EQ(::seteuid(before), 0);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::permission_denied);
}

TEST_F(StoreTest, UnreadableEvidenceDoesNotHideTheEvent) {
  Store store(options());
  Event event = event_at(0);
  ASSERT_TRUE(append(store, event));
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "UPDATE events SET evidence = '{'", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  const auto found = store.event(event.id);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->kind, event.kind);
  EXPECT_NE((*found)->evidence.summary.find("unreadable evidence"), std::string::npos);
}

}  // namespace
}  // namespace isthmus::store
