#include <gmock/gmock.h>

#include <atomic>
#include <mutex>

#include "unit/telemetry/http_fixture.hpp"

namespace isthmus::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A log that grows and snapshots that follow each other, as tests want them.
class Log {
 public:
  void add(std::uint64_t id, std::string summary = "something") {
    const std::lock_guard lock(mutex_);
    Event event = test::sample_event();
    event.id = id;
    event.evidence.summary = std::move(summary);
    events_.push_back(std::move(event));
  }
  void make_snapshot(Timestamp time) {
    auto snapshot = test::sample_snapshot();
    snapshot.time = time;
    const std::lock_guard lock(mutex_);
    snapshot_ = std::make_shared<const resilience::Snapshot>(std::move(snapshot));
  }
  void fail(bool failing) { failing_ = failing; }

  [[nodiscard]] Handlers handlers() {
    Handlers handlers = sample_handlers();
    handlers.snapshot = [this] {
      const std::lock_guard lock(mutex_);
      return snapshot_;
    };
    handlers.events = [this](const EventQuery& query) { return find(query); };
    return handlers;
  }

 private:
  // What the store promises: the oldest after an id, or the latest.
  Result<std::vector<Event>> find(const EventQuery& query) {
    if (failing_) return Error{ErrorCode::busy, "read events", "locked"};
    const std::lock_guard lock(mutex_);
    std::vector<Event> found;
    for (const Event& event : events_) {
      if (!query.after_id || event.id > *query.after_id) found.push_back(event);
    }
    if (found.size() > query.limit) {
      const auto most = static_cast<std::ptrdiff_t>(query.limit);
      query.after_id ? found.erase(found.begin() + most, found.end()) : found.erase(found.begin(), found.end() - most);
    }
    return found;
  }

  std::mutex mutex_;
  std::vector<Event> events_;
  std::shared_ptr<const resilience::Snapshot> snapshot_;
  std::atomic<bool> failing_{false};
};

Timestamp second(int number) { return parse_rfc3339("2017-10-01T10:14:45Z").value() + seconds(number); }

HttpOptions quick() {
  HttpOptions options;
  options.stream_interval = milliseconds(5);
  return options;
}

std::string follow(const std::string& more = "") {
  return "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
}

TEST(EventStream, TellsTheSnapshotAndThenWhatIsNew) {
  Log log;
  log.add(6);
  log.make_snapshot(second(0));
  const auto server = serve(quick(), log.handlers());
  Client client(server->port());
  client.send(follow());
  const std::string first = client.receive("45.000Z\"}\n\n");
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"));
  EXPECT_THAT(first, HasSubstr("\n\nevent: snapshot\ndata: {\"time\":\"2017-10-01T10:14:45.000Z\"}\n\n"));
  log.make_snapshot(second(1));
  log.add(7, "the seventh");
  client.receive("the seventh");
  client.receive("46.000Z\"}\n\n");
  log.add(8);
  const std::string all = client.receive("id: 8\n");
  EXPECT_THAT(all, HasSubstr("event: event\nid: 7\ndata: {\"id\":7,\"time\":"));
  EXPECT_THAT(all, Not(HasSubstr("id: 6\n"))) << "it was there before";
  EXPECT_EQ(count(all, "event: snapshot\n"), 2u) << "each snapshot once";
}

TEST(EventStream, WhoeverComesBackMissesNothing) {
  Log log;
  for (std::uint64_t id = 1; id <= 200; ++id) log.add(id);
  const auto server = serve(quick(), log.handlers());
  for (const std::string& request :
       {follow("Last-Event-ID: 3\r\n"), std::string("GET /api/v1/stream?last_event_id=3 HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("GET /api/v1/stream?last_event_id=1 HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 3\r\n\r\n")}) {
    Client client(server->port());
    client.send(request);
    const std::string told = client.receive("data: {\"id\":200,");
    EXPECT_THAT(told, Not(HasSubstr("id: 3\n")));
    EXPECT_EQ(count(told, "event: event\n"), 197u);
    for (std::uint64_t id = 4; id <= 200; ++id) EXPECT_THAT(told, HasSubstr("id: " + std::to_string(id) + "\n"));
    EXPECT_THAT(told, Not(HasSubstr("event: gap")));
  }
}

TEST(EventStream, WhoeverMissedMoreIsToldOfTheGap) {
  Log log;
  for (std::uint64_t id = 1; id <= 1500; ++id) log.add(id);
  const auto server = serve(quick(), log.handlers());
  Client client(server->port());
  client.send(follow("Last-Event-ID: 10\r\n"));
  const std::string told = client.receive("\"up_to\":1500}\n\n");
  EXPECT_THAT(told, HasSubstr("event: gap\nid: 1500\ndata: {\"after\":1010,\"up_to\":1500}\n\n"));
  EXPECT_EQ(count(told, "event: event\n"), 1000u);
  log.add(1501);
  EXPECT_THAT(client.receive("id: 1501\n"), HasSubstr("id: 1501\n"));
}

TEST(EventStream, AnIdOfAnotherLogIsNotWaitedFor) {
  Log log;
  log.add(4);
  const auto server = serve(quick(), log.handlers());
  Client client(server->port());
  client.send(follow("Last-Event-ID: 900\r\n"));
  client.receive("data: {\"after\":900,\"up_to\":4}\n\n");
  log.add(5);
  EXPECT_THAT(client.receive("id: 5\n"), HasSubstr("event: event\nid: 5\n"));
}

TEST(EventStream, ALogThatCannotBeReadForAWhileLosesNothing) {
  Log log;
  log.add(1);
  log.make_snapshot(second(0));
  const auto server = serve(quick(), log.handlers());
  Client client(server->port());
  client.send(follow("Last-Event-ID: 1\r\n"));
  client.receive("event: snapshot");
  log.fail(true);
  log.add(2);
  log.make_snapshot(second(1));
  client.receive("46.000Z\"}\n\n");
  EXPECT_THAT(client.received(), Not(HasSubstr("id: 2\n")));
  log.fail(false);
  EXPECT_THAT(client.receive("id: 2\n"), HasSubstr("id: 2\n"));
}

TEST(EventStream, SaysThatItLives) {
  Log log;
  HttpOptions options = quick();
  options.stream_heartbeat = milliseconds(30);
  const auto server = serve(options, log.handlers());
  Client client(server->port());
  client.send(follow());
  EXPECT_THAT(client.receive("\n: still here\n\n"), HasSubstr("\n: still here\n\n"));
}

TEST(EventStream, ThereAreOnlySoManyAndAPlaceIsGivenBack) {
  Log log;
  log.make_snapshot(second(0));
  HttpOptions options = quick();
  options.max_streams = 2;
  const auto server = serve(options, log.handlers());
  auto first = std::make_unique<Client>(server->port());
  Client second_client(server->port());
  for (Client* client : {first.get(), &second_client}) {
    client->send(follow());
    client->receive("event: snapshot");
  }
  const std::string refused = exchange(server->port(), follow("Connection: close\r\n"));
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 30\r\n"));
  EXPECT_THAT(exchange(server->port(), std::string("GET /-/healthy") + kClosing), StartsWith("HTTP/1.1 200"));
  first.reset();
  const auto deadline = std::chrono::steady_clock::now() + milliseconds(kPatienceMilliseconds);
  bool taken = false;
  while (!taken && std::chrono::steady_clock::now() < deadline) {
    Client next(server->port());
    next.send(follow("Connection: close\r\n"));
    taken = next.receive("\n\n").starts_with("HTTP/1.1 200");
  }
  EXPECT_TRUE(taken);
}

TEST(EventStream, AClientThatDoesNotReadIsCutOff) {
  Log log;
  // More than socket buffers hold.
  for (std::uint64_t id = 1; id <= 50; ++id) log.add(id, std::string(400'000, 'x'));
  HttpOptions options = quick();
  options.write_timeout = milliseconds(100);
  const auto server = serve(options, log.handlers());
  Client deaf(server->port());
  deaf.send(follow("Last-Event-ID: 0\r\n"));
  EXPECT_TRUE(deaf.is_given_up());
}

TEST(EventStream, EndsAtOnceWhenTheServerStops) {
  Log log;
  log.make_snapshot(second(0));
  const auto server = serve({}, log.handlers());
  Client client(server->port());
  client.send(follow());
  client.receive("event: snapshot");
  const auto before = std::chrono::steady_clock::now();
  server->stop();
  client.receive();  // Returns because the server closed.
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(5));
}

TEST(EventStream, RefusesWhatItDoesNotUnderstand) {
  Log log;
  const auto server = serve(quick(), log.handlers());
  EXPECT_THAT(exchange(server->port(), follow("Last-Event-ID: x\r\nConnection: close\r\n")),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange(server->port(), std::string("GET /api/v1/stream?last_event_id=") + kClosing),
              StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(exchange(server->port(), std::string("GET /api/v1/stream?colour=red") + kClosing),
              StartsWith("HTTP/1.1 400"));
  const std::string head = exchange(server->port(), std::string("HEAD /api/v1/stream") + kClosing);
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(head, ::testing::EndsWith("\r\n\r\n"));
}

TEST(EventStream, AProcessWithoutACoreHasNone) {
  Handlers handlers = sample_handlers();
  handlers.own_metrics = [] { return std::string("x 1\n"); };
  handlers.own_page = [] { return std::string("an agent\n"); };
  const auto server = serve(quick(), handlers);
  EXPECT_THAT(exchange(server->port(), follow("Connection: close\r\n")), StartsWith("HTTP/1.1 404"));
}

}  // namespace
}  // namespace isthmus::telemetry
