// From the bus of an agent into the stream of a real nats-server, whatever becomes of it in between.

#include "isthmus/fleet/uplink.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "fleet/broker.hpp"
#include "fleet/stream_reader.hpp"
#include "isthmus/fleet/intake.hpp"
#include "support/nats_server.hpp"
#include "support/temporary_folder.hpp"

namespace isthmus::fleet {
namespace {

using namespace std::chrono_literals;
using support::NatsServer;

class UplinkTest : public testing::Test {
 protected:
  UplinkTest() {
    settings_.stream.partitions = 1;
    settings_.targets = {"example"};
    settings_.spool = folder_ / "spool.db";
    settings_.boot = 1;
  }
  void SetUp() override {
    if (!NatsServer::is_installed()) GTEST_SKIP() << "nats-server is not installed";
  }

  std::unique_ptr<Uplink> uplink(const std::string& url) {
    settings_.broker.name = "agent";
    settings_.broker.servers = {url};
    auto made = Uplink::create(settings_, bus_);
    EXPECT_TRUE(made) << to_string(made.error());
    (*made)->start();
    return std::move(*made);
  }
  void observe(int count) {
    for (; count > 0; --count) {
      PingSeries series{
          .vantage = "tokyo", .target = "example", .source = {}, .address = IpAddress::v4(1), .outcomes = {}};
      series.outcomes = {{Timestamp(std::chrono::seconds(observed_++)), TimedOut{}}};
      ASSERT_TRUE(bus_.send(Observation(series)));
    }
  }
  template <typename Condition>
  static bool soon(Condition condition) {
    for (const auto deadline = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < deadline;
         std::this_thread::sleep_for(10ms)) {
      if (condition()) return true;
    }
    return condition();
  }
  /// When each ping that is in the stream was sent, in order, and what the intake says of them.
  std::vector<std::int64_t> stored(const std::string& url, Intake& intake) {
    const auto broker = Broker::connect({.name = "core", .servers = {url}}).value();
    StreamReader reader(*broker, settings_.stream.name, 0, {});
    std::vector<std::int64_t> seconds;
    soon([&] {
      const auto messages = reader.fetch(100, 300ms);
      if (!messages) return false;
      for (const StreamMessage& batch : *messages) {
        for (const Message& message : intake.take(batch)) {
          seconds.push_back(
              std::chrono::floor<std::chrono::seconds>(
                  std::get<PingSeries>(std::get<Observation>(message)).outcomes[0].sent.time_since_epoch())
                  .count());
        }
      }
      return static_cast<std::int64_t>(seconds.size()) >= observed_;
    });
    return seconds;
  }
  void make_stream(const std::string& url) {
    const auto broker = Broker::connect({.name = "core", .servers = {url}}).value();
    ASSERT_TRUE(soon([&] { return broker->state().connected && broker->ensure_stream(settings_.stream).has_value(); }));
  }

  support::TemporaryFolder folder_;
  UplinkSettings settings_;
  InProcessBus bus_;
  std::int64_t observed_{0};
};

TEST_F(UplinkTest, WhatIsObservedIsInTheStreamInOrderAndNothingWaits) {
  const NatsServer server(folder_ / "nats");
  make_stream(server.url());
  const auto agent = uplink(server.url());
  observe(5000);
  ASSERT_TRUE(soon([&] { return agent->status().arrived_batches >= 10 && agent->status().waiting_batches == 0; }))
      << agent->status().problem;
  Intake intake(0);
  const auto seconds = stored(server.url(), intake);
  ASSERT_EQ(seconds.size(), 5000U);
  EXPECT_TRUE(std::ranges::is_sorted(seconds));
  EXPECT_EQ(intake.status().missing, 0U);
  EXPECT_EQ(agent->status().problem, "");
}

TEST_F(UplinkTest, WithoutABrokerItWaitsInTheSpoolAlsoOverARestart) {
  auto server = std::make_unique<NatsServer>(folder_ / "nats");
  const std::string url = server->url();
  make_stream(url);
  server->kill();
  {
    const auto agent = uplink(url);
    observe(700);
    ASSERT_TRUE(soon([&] { return agent->status().waiting_batches >= 2; }));
    EXPECT_FALSE(agent->status().connected);
    EXPECT_NE(agent->status().problem, "");
  }
  settings_.boot = 2;
  const auto agent = uplink(url);
  observe(300);
  server->start();
  ASSERT_TRUE(soon([&] { return agent->status().connected && agent->status().waiting_batches == 0; }))
      << agent->status().problem;
  Intake intake(0);
  EXPECT_EQ(stored(url, intake).size(), 1000U);
  EXPECT_EQ(intake.status().missing, 0U);
  EXPECT_EQ(intake.poll_changes().size(), 2U) << "two starts of the agent";
}

TEST_F(UplinkTest, StoppingDrains) {
  const NatsServer server(folder_ / "nats");
  make_stream(server.url());
  const auto agent = uplink(server.url());
  ASSERT_TRUE(soon([&] { return agent->status().connected; }));
  observe(50);
  agent->stop(10s);
  EXPECT_EQ(agent->status().waiting_batches, 0U);
  Intake intake(0);
  EXPECT_EQ(stored(server.url(), intake).size(), 50U);
}

}  // namespace
}  // namespace isthmus::fleet
