#include "app/event_follower.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace isthmus::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A log in memory that answers as the store does, and can be away.
class Log : public EventSource {
 public:
  void write(std::uint64_t id, const std::string& target) {
    Event event;
    event.id = id;
    event.kind = EventKind::block_down;
    event.target = target;
    log_.push_back(event);
  }
  void begin_anew() { log_.clear(); }
  bool away{false};

  Result<std::vector<Event>> events(const EventQuery& query) override {
    if (away) return Error{ErrorCode::io_failed, "ask", "nobody listens"};
    std::vector<Event> found;
    for (const Event& event : log_) {
      if (!query.target.empty() && event.target != query.target) continue;
      if (query.after_id && event.id <= *query.after_id) continue;
      found.push_back(event);
    }
    if (found.size() <= query.limit) return found;
    if (query.after_id) return std::vector(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(query.limit));
    return std::vector(found.end() - static_cast<std::ptrdiff_t>(query.limit), found.end());
  }

 private:
  std::vector<Event> log_;
};

std::vector<std::uint64_t> ids(const Result<std::vector<Event>>& events) {
  std::vector<std::uint64_t> numbers;
  for (const Event& event : events.value()) numbers.push_back(event.id);
  return numbers;
}

EventQuery latest(std::size_t limit, const std::string& target = "") {
  EventQuery query;
  query.limit = limit;
  query.target = target;
  return query;
}

TEST(EventFollower, BeginsWithTheLatestAndGoesOnWithWhatIsNew) {
  Log log;
  for (std::uint64_t id = 1; id <= 5; ++id) log.write(id, "x");
  EventFollower follower(log, latest(2));
  EXPECT_THAT(ids(follower.next()), ElementsAre(4, 5));
  EXPECT_THAT(ids(follower.next()), IsEmpty());
  log.write(6, "x");
  log.write(9, "x");
  EXPECT_THAT(ids(follower.next()), ElementsAre(6, 9));
  EXPECT_THAT(ids(follower.next()), IsEmpty()) << "nothing is told twice";
}

TEST(EventFollower, TellsEachOfManyOnceHoweverManyComeAtOnce) {
  Log log;
  EventFollower follower(log, latest(10));
  EXPECT_THAT(ids(follower.next()), IsEmpty());
  for (std::uint64_t id = 1; id <= 2500; ++id) log.write(id, "x");
  const auto found = ids(follower.next());
  ASSERT_EQ(found.size(), 2500u);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  EXPECT_EQ(found.back(), 2500u);
}

TEST(EventFollower, FiltersAndMissesNothingThatMatches) {
  Log log;
  log.write(1, "other");
  EventFollower follower(log, latest(10, "mine"));
  EXPECT_THAT(ids(follower.next()), IsEmpty());
  log.write(2, "other");
  EXPECT_THAT(ids(follower.next()), IsEmpty());
  log.write(3, "mine");
  log.write(4, "other");
  EXPECT_THAT(ids(follower.next()), ElementsAre(3));
}

TEST(EventFollower, MissesNothingWhileNobodyAnswers) {
  Log log;
  log.write(1, "x");
  EventFollower follower(log, latest(10));
  EXPECT_THAT(ids(follower.next()), ElementsAre(1));
  log.away = true;
  EXPECT_FALSE(follower.next());
  log.write(2, "x");
  log.away = false;
  EXPECT_THAT(ids(follower.next()), ElementsAre(2));
  EXPECT_FALSE(follower.take_restart());
}

TEST(EventFollower, ReadsALogThatBeginsAnewFromItsBeginning) {
  Log log;
  log.write(70, "x");
  EventFollower follower(log, latest(10));
  EXPECT_THAT(ids(follower.next()), ElementsAre(70));
  log.begin_anew();
  log.write(1, "x");
  EXPECT_THAT(ids(follower.next()), ElementsAre(1));
  EXPECT_TRUE(follower.take_restart());
  EXPECT_FALSE(follower.take_restart()) << "told once";
}

TEST(EventsRequest, CarriesTheWholeQuery) {
  EventQuery query;
  query.limit = 5000;
  query.since = parse_rfc3339("2017-10-01T09:00:00Z").value();
  query.kind = EventKind::target_down;
  query.target = "north korea&co";
  query.after_id = 17;
  EXPECT_EQ(events_request(query),
            "/api/v1/events?limit=1000&since=2017%2D10%2D01T09%3A00%3A00%2E000Z&kind=target_down"
            "&target=north%20korea%26co&after_id=17");
}

}  // namespace
}  // namespace isthmus::app
