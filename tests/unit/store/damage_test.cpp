// A damaged file is moved aside, a new one begun, and nothing of what is known now is lost.

#include <fstream>
#include <vector>

#include "unit/store/fixture.hpp"

namespace isthmus::store {
namespace {

class DamagedStore : public StoreTest {
 protected:
  DamagedStore() {
    Store store(options());
    for (int second = 0; second < 40; ++second) {
      Event event = event_at(second);
      event.evidence.summary = std::string(4000, 'x');
      EXPECT_TRUE(append(store, event));
    }
    EXPECT_TRUE(save(store, sample_baseline()));
  }

  // Overwrites a part of the file, from `from` to `to` of its size.
  void scribble(double from, double to) const {
    const auto size = static_cast<double>(std::filesystem::file_size(path()));
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(from * size));
    file << std::string(static_cast<std::size_t>((to - from) * size), '\x5A');
  }

  [[nodiscard]] std::vector<std::string> kept_aside() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      const std::string name = entry.path().filename();
      if (name.starts_with("isthmus.db.corrupt-") && name.ends_with("Z")) names.push_back(entry.path());
    }
    return names;
  }
};

TEST_F(DamagedStore, IsMovedAsideAtTheStartAndANewOneIsBegun) {
  scribble(0.3, 0.9);
  const auto size = std::filesystem::file_size(path());
  Store store(options());
  const auto opened = store.open();
  ASSERT_TRUE(opened) << to_string(opened.error());
  ASSERT_EQ(kept_aside().size(), 1u);
  EXPECT_EQ(std::filesystem::file_size(kept_aside()[0]), size);
  EXPECT_EQ(store.status().damaged, 1u);
  EXPECT_EQ(store.status().moved_to, kept_aside()[0]);
  EXPECT_EQ(store.load().value(), resilience::Baseline{});
  EXPECT_TRUE(store.events({}).value().empty());
  // Nobody knows which ids were taken: the new ones are far above.
  Event event = event_at(50);
  ASSERT_TRUE(append(store, event));
  EXPECT_GT(event.id, 1'506'848'876'000u);
}

TEST_F(DamagedStore, WithoutEvenAHeaderIsMovedAsideWhereAStoreWasBefore) {
  scribble(0, 1);
  Store store(options());
  ASSERT_TRUE(store.open());
  EXPECT_EQ(kept_aside().size(), 1u);
}

TEST_F(DamagedStore, FoundWhileWritingLosesNothingThatWaits) {
  Store store(options());
  ASSERT_TRUE(store.open());
  ASSERT_EQ(store.load().value(), sample_baseline());
  scribble(0.02, 1);
  Batch batch;
  batch.events = {event_at(60)};
  batch.baseline = all_of(sample_baseline());
  const auto written = store.write(batch);
  ASSERT_TRUE(written) << to_string(written.error());
  EXPECT_TRUE(written->anew) << "what was stored before must be told again";
  EXPECT_EQ(batch.events[0].id, 41u) << "ids go on";
  EXPECT_EQ(kept_aside().size(), 1u);
  EXPECT_EQ(store.status().damaged, 1u);
  EXPECT_EQ(store.events({}).value(), batch.events);
  EXPECT_EQ(store.load().value(), sample_baseline());
}

TEST_F(DamagedStore, FoundWhileReadingIsMovedAsideByTheNextWrite) {
  Store store(options());
  ASSERT_TRUE(store.open());
  // Pages of old events: writing new ones does not touch them.
  scribble(0.4, 0.6);
  EventQuery all;
  all.limit = 1000;
  const auto found = store.events(all);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::parse_failed);
  Event event = event_at(60);
  ASSERT_TRUE(append(store, event));
  EXPECT_EQ(event.id, 41u);
  EXPECT_EQ(store.events(all).value(), std::vector{event});
  EXPECT_EQ(kept_aside().size(), 1u);
}

TEST_F(DamagedStore, ASecondOneSoonAfterIsLeftWhereItIs) {
  Store store(options());
  ASSERT_TRUE(store.open());
  scribble(0.02, 1);
  Batch batch;
  batch.events.assign(600, event_at(60));
  for (Event& event : batch.events) event.evidence.summary = std::string(40000, 'x');
  ASSERT_TRUE(store.write(batch));
  ASSERT_EQ(kept_aside().size(), 1u);
  // So much that it no longer stands in the log alone.
  scribble(0.1, 0.9);
  EventQuery all;
  all.limit = 1000;
  ASSERT_FALSE(store.events(all));
  Event event = event_at(61);
  const auto failed = append(store, event);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().detail.find("so was the one before"), std::string::npos);
  EXPECT_EQ(kept_aside().size(), 1u);
  EXPECT_EQ(store.status().backlog, 1u) << "the event waits";
}

}  // namespace
}  // namespace isthmus::store
