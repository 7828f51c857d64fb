// With a real nats-server: what is published arrives once, in order, whatever becomes of the broker in between.

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "fleet/publisher.hpp"
#include "fleet/sender.hpp"
#include "fleet/stream_reader.hpp"
#include "support/nats_server.hpp"
#include "support/temporary_folder.hpp"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;
using support::NatsServer;
using ::testing::HasSubstr;

class BrokerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!NatsServer::is_installed()) GTEST_SKIP() << "nats-server is not installed";
  }

  static std::unique_ptr<Broker> connect(const std::string& url) {
    auto broker = Broker::connect({.name = "test", .servers = {url}});
    EXPECT_TRUE(broker) << to_string(broker.error());
    return std::move(*broker);
  }
  static BatchId id(std::uint64_t first, std::uint32_t partition = 0) {
    return {"site.frankfurt", partition, 7, first};
  }

  template <typename Condition>
  static bool soon(Condition condition, std::chrono::milliseconds longest = 15s) {
    for (const auto deadline = std::chrono::steady_clock::now() + longest; std::chrono::steady_clock::now() < deadline;
         std::this_thread::sleep_for(10ms)) {
      if (condition()) return true;
    }
    return condition();
  }
  static std::vector<StreamMessage> read_all(StreamReader& reader, std::size_t count) {
    std::vector<StreamMessage> all;
    soon([&] {
      if (auto some = reader.fetch(100, 200ms)) {
        for (StreamMessage& message : *some) all.push_back(std::move(message));
      }
      return all.size() >= count;
    });
    return all;
  }
  /// Publishes and waits for what becomes of it.
  static Delivery publish(Publisher& publisher, const BatchId& id, const std::string& bytes) {
    EXPECT_TRUE(publisher.publish(1, id, subject_of(id.vantage, id.partition), bytes));
    std::vector<Delivery> deliveries;
    soon([&] {
      publisher.wait(100ms);
      deliveries = publisher.take_deliveries();
      return !deliveries.empty();
    });
    return deliveries.empty() ? Delivery{} : deliveries[0];
  }

  support::TemporaryFolder folder_;
};

TEST_F(BrokerTest, WhatIsPublishedIsReadInOrderByPartition) {
  const NatsServer server(folder_);
  const auto broker = connect(server.url());
  ASSERT_TRUE(broker->ensure_stream({}));
  ASSERT_TRUE(broker->ensure_stream({})) << "as often as one likes";
  Publisher publisher(*broker);
  for (std::uint64_t i = 0; i < 300; ++i) {
    const BatchId batch = id(i, static_cast<std::uint32_t>(i % 2));
    ASSERT_TRUE(publisher.publish(i, batch, subject_of(batch.vantage, batch.partition), std::to_string(i)));
  }
  ASSERT_TRUE(soon([&] { return publisher.in_flight() == 0; }));
  EXPECT_EQ(publisher.take_deliveries().size(), 300U);
  StreamReader reader(*broker, "ISTHMUS", 1, {});
  const auto messages = read_all(reader, 150);
  ASSERT_EQ(messages.size(), 150U);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_EQ(messages[i].bytes, std::to_string(2 * i + 1));
    EXPECT_EQ(messages[i].vantage, "site.frankfurt");
  }
  StreamReader later(*broker, "ISTHMUS", 1,
                     {.position = {*reader.created(), messages[100].sequence, messages[100].stored}});
  EXPECT_EQ(read_all(later, 49).front().bytes, messages[101].bytes);
}

TEST_F(BrokerTest, TheSameBatchTwiceIsStoredOnce) {
  const NatsServer server(folder_);
  const auto broker = connect(server.url());
  ASSERT_TRUE(broker->ensure_stream({}));
  Publisher publisher(*broker);
  EXPECT_FALSE(publish(publisher, id(1), "x").duplicate);
  const Delivery again = publish(publisher, id(1), "x");
  EXPECT_EQ(again.fate, Delivery::Fate::arrived);
  EXPECT_TRUE(again.duplicate);
  StreamReader reader(*broker, "ISTHMUS", 0, {});
  EXPECT_EQ(read_all(reader, 1).size(), 1U);
  EXPECT_TRUE(reader.fetch(10, 300ms)->empty());
}

TEST_F(BrokerTest, ABrokerThatDiesAndOneThatComesLateLoseNothing) {
  auto server = std::make_unique<NatsServer>(folder_ / "nats");
  const std::string url = server->url();
  server->kill();
  const auto broker = connect(url);
  EXPECT_FALSE(broker->state().connected);
  EXPECT_NE(broker->state().problem, "");
  Spool spool = Spool::open({.path = folder_ / "spool.db"}, {}).value();
  Publisher publisher(*broker);
  Sender sender(spool, publisher);
  std::uint64_t next = 0;
  const auto turn = [&] {
    const Instant now{std::chrono::steady_clock::now().time_since_epoch()};
    sender.turn(now);
    publisher.wait(5ms);
  };
  const auto work = [&](int turns) {
    for (int i = 0; i < turns; ++i) {
      spool.append({{.number = 0,
                     .id = id(next),
                     .subject = subject_of("site.frankfurt", 0),
                     .messages = 1,
                     .bytes = std::to_string(next)}},
                   {});
      ++next;
      turn();
    }
  };
  work(20);
  server->start();
  ASSERT_TRUE(soon([&] { return broker->state().connected; }));
  ASSERT_TRUE(broker->ensure_stream({}));
  work(100);
  server->kill();
  work(50);
  server->start();
  work(50);
  ASSERT_TRUE(soon(
      [&] {
        turn();
        return spool.status().batches == 0;
      },
      30s))
      << sender.status().problem;
  StreamReader reader(*broker, "ISTHMUS", 0, {});
  std::set<std::string> stored;
  for (const StreamMessage& message : read_all(reader, next)) {
    EXPECT_TRUE(stored.insert(message.bytes).second) << message.bytes << " twice";
  }
  EXPECT_EQ(stored.size(), next);
}

TEST_F(BrokerTest, AReaderGoesOnWhereItStoodWhenTheBrokerComesBack) {
  NatsServer server(folder_);
  const auto broker = connect(server.url());
  ASSERT_TRUE(broker->ensure_stream({}));
  Publisher publisher(*broker);
  StreamReader reader(*broker, "ISTHMUS", 0, {});
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_EQ(publish(publisher, id(i), std::to_string(i)).problem, "");
  ASSERT_EQ(read_all(reader, 3).size(), 3U);
  server.kill();
  server.start();
  ASSERT_TRUE(soon([&] { return broker->state().connects == 2; }));
  ASSERT_TRUE(soon([&] { return publish(publisher, id(3), "3").fate == Delivery::Fate::arrived; }));
  const auto more = read_all(reader, 1);
  ASSERT_EQ(more.size(), 1U) << "none twice";
  EXPECT_EQ(more[0].bytes, "3");
}

TEST_F(BrokerTest, AFullStreamRefusesAndSaysSo) {
  const NatsServer server(folder_);
  const auto broker = connect(server.url());
  StreamSettings small;
  small.most_bytes = 10'000;
  ASSERT_TRUE(broker->ensure_stream(small));
  Publisher publisher(*broker);
  Delivery last;
  std::uint64_t first = 0;
  for (; first < 20 && last.fate == Delivery::Fate::arrived; ++first)
    last = publish(publisher, id(first), std::string(1000, 'x'));
  EXPECT_EQ(last.fate, Delivery::Fate::refused);
  EXPECT_THAT(last.problem, HasSubstr("maximum bytes exceeded"));
  small.most_bytes = 100'000;
  ASSERT_TRUE(broker->ensure_stream(small));
  EXPECT_EQ(publish(publisher, id(first - 1), std::string(1000, 'x')).fate, Delivery::Fate::arrived);
}

TEST_F(BrokerTest, WithoutAStreamItIsRefusedAndSaysWhatIsMissing) {
  const NatsServer server(folder_);
  const auto broker = connect(server.url());
  Publisher publisher(*broker);
  const Delivery delivery = publish(publisher, id(1), "x");
  EXPECT_NE(delivery.fate, Delivery::Fate::arrived);
  EXPECT_THAT(delivery.problem, HasSubstr("the stream does not exist"));
  StreamReader reader(*broker, "ISTHMUS", 0, {});
  EXPECT_FALSE(reader.fetch(1, 100ms));
}

TEST_F(BrokerTest, WhoMayNotIsToldSo) {
  const NatsServer server(folder_,
                          "authorization: {users: [\n"
                          "  {user: core, password: c0re},\n"
                          "  {user: agent, password: ag3nt, permissions: {publish: \"obs.v1.*.site.frankfurt\","
                          " subscribe: \"_INBOX.>\"}}]}\n");
  const std::string host = server.url().substr(std::string("nats://").size());
  const auto stranger = connect("nats://stranger:x@" + host);
  EXPECT_TRUE(soon([&] { return stranger->state().problem.find("credentials") != std::string::npos; }))
      << stranger->state().problem;
  const auto core = connect("nats://core:c0re@" + host);
  ASSERT_TRUE(core->ensure_stream({}));
  const auto agent = connect("nats://agent:ag3nt@" + host);
  Publisher publisher(*agent);
  EXPECT_EQ(publish(publisher, id(1), "x").fate, Delivery::Fate::arrived);
  const BatchId of_another{"tokyo", 0, 7, 1};
  EXPECT_NE(publish(publisher, of_another, "x").fate, Delivery::Fate::arrived);
  EXPECT_THAT(agent->state().problem, HasSubstr("obs.v1.0.tokyo"));
}

TEST_F(BrokerTest, ServersThatAreNoneAndFilesThatAreNotThereAreErrorsAtOnce) {
  EXPECT_FALSE(Broker::connect({.name = "test", .servers = {}}));
  const auto missing = Broker::connect({.name = "test", .servers = {"nats://127.0.0.1:1"}, .ca = "/nowhere/ca.pem"});
  ASSERT_FALSE(missing);
  EXPECT_THAT(to_string(missing.error()), HasSubstr("/nowhere/ca.pem"));
}

}  // namespace
}  // namespace isthmus::fleet
