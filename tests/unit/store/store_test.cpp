#include "isthmus/store/store.hpp"

#include "unit/store/fixture.hpp"

namespace isthmus::store {
namespace {

class StoreEvents : public StoreTest {
 protected:
  StoreEvents() : store_(options()) {
    EXPECT_TRUE(store_.open());
    for (auto [second, kind, target] :
         {std::tuple{0, EventKind::block_down, "peninsula"}, std::tuple{10, EventKind::block_up, "peninsula"},
          std::tuple{20, EventKind::block_down, "island"}, std::tuple{30, EventKind::target_down, "island"}}) {
      Event event = event_at(second, kind, target);
      EXPECT_TRUE(append(store_, event));
      written_.push_back(event);
    }
  }

  [[nodiscard]] std::vector<std::uint64_t> ids(const EventQuery& query) const {
    std::vector<std::uint64_t> ids;
    const auto events = store_.events(query);
    EXPECT_TRUE(events) << to_string(events.error());
    for (const Event& event : *events) ids.push_back(event.id);
    return ids;
  }

  using Ids = std::vector<std::uint64_t>;
  Store store_;
  std::vector<Event> written_;
};

TEST_F(StoreEvents, AreNumberedFromOneAndComeBackWhole) {
  const auto events = store_.events({});
  ASSERT_TRUE(events);
  EXPECT_EQ(*events, written_);
  EXPECT_EQ(ids({}), (Ids{1, 2, 3, 4}));
}

TEST_F(StoreEvents, KeepEveryFieldAlsoEmptyOnes) {
  Event event;
  event.time = Timestamp(std::chrono::nanoseconds(1));
  event.kind = EventKind::vantage_invalid;
  event.vantage = std::string("nul\0inside", 10);
  ASSERT_TRUE(append(store_, event));
  EXPECT_EQ(store_.event(event.id).value(), event);
}

TEST_F(StoreEvents, AreFoundByEachConditionAndAllTogether) {
  EventQuery query;
  query.since = at_second(10);
  EXPECT_EQ(ids(query), (Ids{2, 3, 4}));
  query.until = at_second(30);
  EXPECT_EQ(ids(query), (Ids{2, 3}));
  query.kind = EventKind::block_down;
  EXPECT_EQ(ids(query), (Ids{3}));
  query.target = "peninsula";
  EXPECT_EQ(ids(query), Ids{});
  query = {};
  query.target = "peninsula";
  EXPECT_EQ(ids(query), (Ids{1, 2}));
}

TEST_F(StoreEvents, LimitTakesTheLatestUnlessFollowing) {
  EventQuery query;
  query.limit = 2;
  EXPECT_EQ(ids(query), (Ids{3, 4}));
  query.after_id = 1;
  EXPECT_EQ(ids(query), (Ids{2, 3}));
  query.after_id = 4;
  EXPECT_EQ(ids(query), Ids{});
}

TEST_F(StoreEvents, AreFoundById) {
  EXPECT_EQ(store_.event(3).value(), written_[2]);
  EXPECT_EQ(store_.event(0).value(), std::nullopt);
  EXPECT_EQ(store_.event(99).value(), std::nullopt);
}

TEST_F(StoreEvents, ExpireByAgeAndNeverReuseAnId) {
  ASSERT_EQ(store_.expire(at_second(15) + std::chrono::hours(24 * 90)).value().events, 2u);
  EXPECT_EQ(ids({}), (Ids{3, 4}));
  ASSERT_EQ(store_.expire(at_second(99) + std::chrono::hours(24 * 90)).value().events, 2u);
  EXPECT_EQ(ids({}), Ids{});
}

TEST_F(StoreTest, IdsAscendAcrossRestartsAndExpiry) {
  for (std::uint64_t expected = 1; expected <= 3; ++expected) {
    Store store(options());
    ASSERT_TRUE(store.open());
    Event event = event_at(0);
    ASSERT_TRUE(append(store, event));
    EXPECT_EQ(event.id, expected);
    EXPECT_EQ(store.expire(at_second(1) + std::chrono::hours(24 * 90)).value().events, 1u);
  }
}

TEST_F(StoreTest, RetentionOfZeroKeepsEverything) {
  StoreOptions forever = options();
  forever.retention = Duration::zero();
  Store store(forever);
  Event event = event_at(0);
  ASSERT_TRUE(append(store, event));
  EXPECT_EQ(store.expire(at_second(1'000'000'000)).value().events, 0u);
  EXPECT_EQ(store.events({})->size(), 1u);
}

TEST_F(StoreTest, ReaderSeesWhatARunningWriterCommits) {
  Store writer(options());
  ASSERT_TRUE(writer.open());
  StoreOptions reading = options();
  reading.read_only = true;
  Store reader(reading);
  ASSERT_TRUE(reader.open());
  Event event = event_at(0);
  ASSERT_TRUE(append(writer, event));
  EXPECT_EQ(reader.events({}).value(), std::vector<Event>{event});
  const auto refused = append(reader, event);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
}

}  // namespace
}  // namespace isthmus::store
