// Where a core of a fleet stands: written with what it led to, read back after a restart.

#include "store/pending.hpp"
#include "unit/store/fixture.hpp"

namespace isthmus::store {
namespace {

class StoreProgress : public StoreTest {
 protected:
  StoreProgress() : store_(options()) { EXPECT_TRUE(store_.open()); }

  static StreamProgress at(std::uint32_t partition, std::uint64_t sequence, std::vector<StreamMark> marks = {}) {
    return {.partition = partition,
            .created = at_second(-100),
            .sequence = sequence,
            .stored = at_second(static_cast<std::int64_t>(sequence)),
            .marks = std::move(marks)};
  }
  Result<Written> write(std::vector<StreamProgress> progress) {
    Batch batch;
    batch.progress = std::move(progress);
    return store_.write(batch);
  }
  std::vector<StreamProgress> stored() { return store_.progress().value(); }

  Store store_;
};

constexpr std::uint64_t kBoot = 0xF000'0000'0000'0001;  // Beyond what a signed number holds.

TEST_F(StoreProgress, NothingAtFirst) { EXPECT_TRUE(stored().empty()); }

TEST_F(StoreProgress, IsReadBackByPartition) {
  ASSERT_TRUE(write({at(3, 17, {{"tokyo", kBoot, 5}, {"tokyo", 7, 0}}), at(1, 9, {{"frankfurt", 1, 2}})}));
  const std::vector<StreamProgress> expected{at(1, 9, {{"frankfurt", 1, 2}}),
                                             at(3, 17, {{"tokyo", 7, 0}, {"tokyo", kBoot, 5}})};
  auto found = stored();
  for (StreamProgress& one : found) {
    std::ranges::sort(one.marks, {}, [](const StreamMark& mark) { return std::pair(mark.vantage, mark.boot); });
  }
  EXPECT_EQ(found, expected);
}

TEST_F(StoreProgress, ChangesAreWrittenOverWhatIsThere) {
  ASSERT_TRUE(write({at(1, 9, {{"frankfurt", 1, 2}, {"tokyo", 1, 4}})}));
  ASSERT_TRUE(write({at(1, 12, {{"frankfurt", 1, 6}, {"tokyo", 1, std::nullopt}})}));
  EXPECT_EQ(stored(), std::vector{at(1, 12, {{"frankfurt", 1, 6}})});
}

TEST_F(StoreProgress, WhatWaitsIsNoMoreThanItsLatestState) {
  Pending pending;
  for (std::uint64_t second = 1; second <= 1000; ++second) {
    Batch batch;
    batch.progress = {at(1, second, {{"frankfurt", 1, second}, {"tokyo", kBoot, second}})};
    pending.add(batch, 0);
  }
  ASSERT_EQ(pending.progress.size(), 1U);
  EXPECT_EQ(pending.progress[0], at(1, 1000, {{"frankfurt", 1, 1000}, {"tokyo", kBoot, 1000}}));
}

TEST_F(StoreProgress, WaitsWithItsEventsWhileTheFileCannotBeWritten) {
  ASSERT_TRUE(write({at(1, 9, {{"frankfurt", 1, 2}})}));
  Store blocked(StoreOptions{.path = folder_ / "none" / "isthmus.db", .retry_interval = Duration::zero()});
  Batch batch;
  batch.events = {event_at(1)};
  batch.progress = {at(1, 10, {{"frankfurt", 1, 3}})};
  EXPECT_FALSE(blocked.write(batch));
  batch = {};
  batch.progress = {at(1, 11, {{"frankfurt", 1, 4}, {"tokyo", 1, 1}}), at(2, 1)};
  EXPECT_FALSE(blocked.write(batch));
  std::filesystem::create_directory(folder_ / "none");
  batch = {};
  ASSERT_TRUE(blocked.write(batch));
  EXPECT_EQ(blocked.progress().value(), (std::vector{at(1, 11, {{"frankfurt", 1, 4}, {"tokyo", 1, 1}}), at(2, 1)}));
  EXPECT_EQ(blocked.events({}).value().size(), 1U);
}

}  // namespace
}  // namespace isthmus::store
