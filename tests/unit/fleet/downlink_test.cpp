// A core's way from the stream, with a real nats-server: from where it stood, each partition in order, whatever becomes
// of the broker or of the stream in between.

#include "isthmus/fleet/downlink.hpp"

#include <gmock/gmock.h>
#include <nats/nats.h>

#include <atomic>
#include <boost/json.hpp>
#include <thread>

#include "fleet/publisher.hpp"
#include "support/nats_server.hpp"
#include "support/temporary_folder.hpp"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;
using support::NatsServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DownlinkTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!NatsServer::is_installed()) GTEST_SKIP() << "nats-server is not installed";
    server_ = std::make_unique<NatsServer>(folder_ / "nats");
    broker_ = Broker::connect({.name = "agents", .servers = {server_->url()}}).value();
    publisher_ = std::make_unique<Publisher>(*broker_);
  }

  template <typename Condition>
  static bool soon(Condition condition) {
    for (const auto deadline = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < deadline;
         std::this_thread::sleep_for(5ms)) {
      if (condition()) return true;
    }
    return condition();
  }

  void publish(std::uint32_t partition, const std::string& text) {
    const BatchId id{"tokyo", partition, 1, next_++};
    ASSERT_TRUE(soon([&] {
      std::vector<Delivery> fates;
      if (!publisher_->publish(next_, id, subject_of(id.vantage, partition), text)) return false;
      soon([&] {
        publisher_->wait(100ms);
        fates = publisher_->take_deliveries();
        return !fates.empty();
      });
      return !fates.empty() && fates[0].fate == Delivery::Fate::arrived;
    })) << text;
  }

  std::unique_ptr<Downlink> downlink(std::vector<PartitionStart> partitions, std::size_t most_bytes = 1'000'000) {
    DownlinkSettings settings;
    settings.partitions = std::move(partitions);
    settings.most_bytes = most_bytes;
    auto made = Downlink::create(connect({.name = "core", .servers = {server_->url()}}).value(), settings);
    made->start();
    return made;
  }

  /// Reads so many messages of a partition, and then until there is nothing more for a moment.
  std::vector<std::string> read(Downlink& downlink, std::size_t count, std::uint32_t partition = 0) {
    std::vector<std::string> texts;
    soon([&] {
      const auto reading = downlink.receive_until(std::chrono::steady_clock::now() + 300ms);
      if (!reading || reading->partition != partition) return false;
      for (const StreamMessage& message : reading->messages) {
        texts.push_back(message.bytes);
        position_ = {reading->created, message.sequence, message.stored};
      }
      return texts.size() >= count && reading->messages.empty();
    });
    return texts;
  }

  support::TemporaryFolder folder_;
  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<Broker> broker_;
  std::unique_ptr<Publisher> publisher_;
  std::uint64_t next_{0};
  StreamPosition position_;
};

TEST_F(DownlinkTest, GoesOnWhereItStoodAndRehearsesWhatCameShortlyBefore) {
  ASSERT_TRUE(broker_->ensure_stream({}));
  for (const char* text : {"a", "b", "c"}) publish(0, text);
  publish(1, "of another partition");
  {
    const auto first = downlink({{.partition = 0}});
    EXPECT_THAT(read(*first, 3), ElementsAre("a", "b", "c"));
    EXPECT_EQ(first->status().partitions[0].pending, 0U);
  }
  publish(0, "d");
  {
    const auto second = downlink({{.partition = 0, .position = position_}});
    EXPECT_THAT(read(*second, 1), ElementsAre("d"));
  }
  const auto third = downlink({{.partition = 0, .position = position_, .rehearsal = 1h}});
  EXPECT_THAT(read(*third, 4), ElementsAre("a", "b", "c", "d"));
}

TEST_F(DownlinkTest, AStreamThatWasMadeAnewIsReadFromItsBeginning) {
  ASSERT_TRUE(broker_->ensure_stream({}));
  for (const char* text : {"a", "b", "c"}) publish(0, text);
  const auto reader = downlink({{.partition = 0}});
  EXPECT_THAT(read(*reader, 3), ElementsAre("a", "b", "c"));
  const StreamPosition old = position_;
  server_->kill();
  std::filesystem::remove_all(folder_ / "nats" / "jetstream");
  server_->start();
  ASSERT_TRUE(soon([&] { return broker_->state().connected && broker_->ensure_stream({}).has_value(); }));
  publish(0, "x");
  EXPECT_THAT(read(*reader, 1), ElementsAre("x"));
  EXPECT_NE(position_.created, old.created);
  EXPECT_LT(position_.sequence, old.sequence);
  const auto restarted = downlink({{.partition = 0, .position = old, .rehearsal = 1h}});
  EXPECT_THAT(read(*restarted, 1), ElementsAre("x")) << "its old position would wait for message 4";
}

TEST_F(DownlinkTest, ItSaysWhyItCannotReadAndReadsOnOnceItCan) {
  const auto reader = downlink({{.partition = 0}});
  ASSERT_TRUE(soon([&] { return !reader->status().partitions[0].problem.empty(); }));
  EXPECT_THAT(reader->status().partitions[0].problem, HasSubstr("ISTHMUS"));
  ASSERT_TRUE(broker_->ensure_stream({}));
  publish(0, "a");
  EXPECT_THAT(read(*reader, 1), ElementsAre("a"));
  server_->kill();
  ASSERT_TRUE(soon([&] { return !reader->status().connected; }));
  EXPECT_THAT(reader->status().problem, Not(IsEmpty()));
  server_->start();
  publish(0, "b");
  EXPECT_THAT(read(*reader, 1), ElementsAre("b"));
}

// As a broker does with those that nobody has asked for a minute.
void delete_consumers(natsConnection* connection) {
  const auto ask = [&](const std::string& subject) {
    natsMsg* answer = nullptr;
    EXPECT_EQ(natsConnection_RequestString(&answer, connection, subject.c_str(), "", 5000), NATS_OK);
    const std::string text(natsMsg_GetData(answer), static_cast<std::size_t>(natsMsg_GetDataLength(answer)));
    natsMsg_Destroy(answer);
    return text;
  };
  const boost::json::value listed = boost::json::parse(ask("$JS.API.CONSUMER.NAMES.ISTHMUS"));
  ASSERT_EQ(listed.at("consumers").as_array().size(), 1U);
  const std::string name(listed.at("consumers").at(0).as_string());
  EXPECT_THAT(ask("$JS.API.CONSUMER.DELETE.ISTHMUS." + name), HasSubstr("\"success\":true"));
}

TEST_F(DownlinkTest, ABrokerThatHasForgottenItsConsumerIsAskedForAnother) {
  ASSERT_TRUE(broker_->ensure_stream({}));
  publish(0, "a");
  std::atomic<bool> allowed{true};
  DownlinkSettings settings;
  settings.partitions = {{.partition = 0}};
  settings.forbidden = [&](std::uint32_t) { return std::string(allowed ? "" : "not now"); };
  const auto reader = Downlink::create(connect({.name = "core", .servers = {server_->url()}}).value(), settings);
  reader->start();
  EXPECT_THAT(read(*reader, 1), ElementsAre("a"));
  allowed = false;
  ASSERT_TRUE(soon([&] { return reader->status().partitions[0].problem == "not now"; }));
  delete_consumers(broker_->connection().get());
  allowed = true;
  publish(0, "b");
  EXPECT_THAT(read(*reader, 1), ElementsAre("b"));
}

TEST_F(DownlinkTest, WhatIsForbiddenIsNotReadUntilItIsNot) {
  ASSERT_TRUE(broker_->ensure_stream({}));
  publish(0, "a");
  std::atomic<bool> allowed{false};
  DownlinkSettings settings;
  settings.partitions = {{.partition = 0}};
  settings.forbidden = [&](std::uint32_t) { return allowed ? std::string() : std::string("somebody else has it"); };
  const auto reader = Downlink::create(connect({.name = "core", .servers = {server_->url()}}).value(), settings);
  reader->start();
  ASSERT_TRUE(soon([&] { return reader->status().partitions[0].problem == "somebody else has it"; }));
  EXPECT_FALSE(reader->receive_until(std::chrono::steady_clock::now() + 700ms));
  allowed = true;
  EXPECT_THAT(read(*reader, 1), ElementsAre("a"));
  EXPECT_EQ(reader->status().partitions[0].problem, "");
}

TEST_F(DownlinkTest, WhatWasReadIsNotHandedOutWhileThePartitionIsAnothers) {
  ASSERT_TRUE(broker_->ensure_stream({}));
  std::atomic<bool> allowed{true};
  DownlinkSettings settings;
  settings.partitions = {{.partition = 0}};
  settings.forbidden = [&](std::uint32_t) { return allowed ? std::string() : std::string("somebody else has it"); };
  const auto reader = Downlink::create(connect({.name = "core", .servers = {server_->url()}}).value(), settings);
  publish(0, "a");
  reader->start();
  ASSERT_TRUE(soon([&] { return reader->status().partitions[0].waiting == 1U; })) << "it has been read, and lies there";
  allowed = false;
  EXPECT_FALSE(reader->receive_until(std::chrono::steady_clock::now() + 700ms));
  allowed = true;
  EXPECT_THAT(read(*reader, 1), ElementsAre("a")) << "and is not lost";
}

// Where it went on after that is a place in the old stream.
TEST_F(DownlinkTest, AStreamMadeAnewIsReadFromItsBeginningThoughSomethingWasPutBackBefore) {
  ASSERT_TRUE(broker_->ensure_stream({}));
  std::atomic<bool> allowed{true};
  DownlinkSettings settings;
  settings.partitions = {{.partition = 0}};
  settings.forbidden = [&](std::uint32_t) { return allowed ? std::string() : std::string("somebody else has it"); };
  const auto reader = Downlink::create(connect({.name = "core", .servers = {server_->url()}}).value(), settings);
  const auto waiting = [&] { return reader->status().partitions[0].waiting; };
  reader->start();
  publish(0, "a");
  EXPECT_THAT(read(*reader, 1), ElementsAre("a"));
  publish(0, "b");
  ASSERT_TRUE(soon([&] { return waiting() == 1U; }));
  allowed = false;
  ASSERT_TRUE(soon([&] { return waiting() == 0U; })) << "it is put back";
  allowed = true;
  EXPECT_THAT(read(*reader, 1), ElementsAre("b"));
  server_->kill();
  std::filesystem::remove_all(folder_ / "nats" / "jetstream");
  server_->start();
  ASSERT_TRUE(soon([&] { return broker_->state().connected && broker_->ensure_stream({}).has_value(); }));
  publish(0, "x");
  EXPECT_THAT(read(*reader, 1), ElementsAre("x"));
}

TEST_F(DownlinkTest, APartitionThatAnotherCoreHadIsReadFromWhereThatLeftIt) {
  ASSERT_TRUE(broker_->ensure_stream({}));
  for (const char* text : {"a", "b", "c"}) publish(0, text);
  {
    const auto first = downlink({{.partition = 0}});
    EXPECT_THAT(read(*first, 3), ElementsAre("a", "b", "c"));
  }
  Handover left;
  left.position = position_;
  std::atomic<bool> allowed{true};
  std::atomic<int> asked{0};
  DownlinkSettings settings;
  settings.partitions = {{.partition = 0}};
  settings.forbidden = [&](std::uint32_t) { return allowed ? std::string() : std::string("somebody else has it"); };
  settings.take_over = [&](const PartitionStart&) -> Result<std::optional<Handover>> {
    if (asked++ == 0) return Error{ErrorCode::busy, "look", "no answer"};
    return asked == 2 ? std::optional(left) : std::nullopt;
  };
  const auto reader = Downlink::create(connect({.name = "core", .servers = {server_->url()}}).value(), settings);
  reader->start();
  const auto begun = reader->receive_until(std::chrono::steady_clock::now() + 10s);
  ASSERT_TRUE(begun && begun->taken_over);
  EXPECT_EQ(begun->taken_over->position, left.position);
  publish(0, "d");
  EXPECT_THAT(read(*reader, 1), ElementsAre("d")) << "and nothing of what came before";
  allowed = false;
  ASSERT_TRUE(soon([&] { return reader->status().partitions[0].problem == "somebody else has it"; }));
  publish(0, "e");
  allowed = true;
  EXPECT_THAT(read(*reader, 1), ElementsAre("e")) << "nobody had it meanwhile: it goes on where it was";
  EXPECT_EQ(asked, 3);
}

TEST_F(DownlinkTest, WhatNobodyTakesIsBounded) {
  ASSERT_TRUE(broker_->ensure_stream({}));
  for (int i = 0; i < 1200; ++i)
    ASSERT_TRUE(publisher_->publish(1, {"tokyo", 0, 1, next_++}, "obs.v1.0.tokyo", std::string(1000, 'x')));
  ASSERT_TRUE(soon([&] { return publisher_->in_flight() == 0; }));
  const auto reader = downlink({{.partition = 0}}, 10'000);
  ASSERT_TRUE(soon([&] { return reader->status().partitions[0].waiting > 0U; }));
  std::this_thread::sleep_for(500ms);
  EXPECT_LE(reader->status().partitions[0].waiting, 1000U) << "one pull more than fits, and no further";
  EXPECT_EQ(reader->status().partitions[0].pending, 1200U) << "what has been read is not taken yet";
  EXPECT_EQ(read(*reader, 1200).size(), 1200U);
}

// Each was the latest when it was read.
TEST_F(DownlinkTest, WhoeverTakesWhatWasReadIsNotAtTheEndWhileMoreOfItWaits) {
  ASSERT_TRUE(broker_->ensure_stream({}));
  const auto reader = downlink({{.partition = 0}});
  for (std::uint64_t count = 1; count <= 3; ++count) {
    publish(0, "x");
    ASSERT_TRUE(soon([&] { return reader->status().partitions[0].waiting == count; }));
  }
  EXPECT_EQ(reader->status().partitions[0].pending, 3U);
  for (std::uint64_t left = 3; left > 0;) {
    const auto reading = reader->receive_until(std::chrono::steady_clock::now() + 10s);
    ASSERT_TRUE(reading);
    if (reading->messages.empty()) continue;  // Before the first there was nothing.
    left -= reading->messages.size();
    EXPECT_EQ(reading->messages.back().pending, left);
  }
}

}  // namespace
}  // namespace isthmus::fleet
