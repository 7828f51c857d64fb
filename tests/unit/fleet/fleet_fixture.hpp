#pragma once
// What tests with a real broker share: a folder, a server in it, and waiting without sleeping longer than needed.

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <thread>

#include "fleet/broker.hpp"
#include "isthmus/fleet/assignment.hpp"
#include "support/nats_server.hpp"
#include "support/temporary_folder.hpp"

namespace isthmus::fleet {

class FleetTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!support::NatsServer::is_installed()) GTEST_SKIP() << "nats-server is not installed";
  }

  template <typename Condition>
  static bool soon(Condition condition, std::chrono::milliseconds longest = std::chrono::seconds(15)) {
    for (const auto deadline = std::chrono::steady_clock::now() + longest; std::chrono::steady_clock::now() < deadline;
         std::this_thread::sleep_for(std::chrono::milliseconds(10))) {
      if (condition()) return true;
    }
    return condition();
  }
  static std::shared_ptr<Broker> connect_to(const BrokerSettings& settings) {
    auto broker = connect(settings);
    EXPECT_TRUE(broker) << to_string(broker.error());
    return *broker;
  }
  static std::shared_ptr<Broker> connect_to(const std::string& url) {
    return connect_to(BrokerSettings{.name = "test", .servers = {url}});
  }
  static Assignment assignment(const std::string& vantage, const std::string& target = "example") {
    Assignment made;
    made.vantage = vantage;
    made.stream = "ISTHMUS";
    made.targets = {{.name = target,
                     .prefixes = {Prefix::parse("192.0.2.0/24").value()},
                     .addresses = {IpAddress::v4(0xC0000201)}}};
    return made;
  }

  support::TemporaryFolder folder_;
};

}  // namespace isthmus::fleet
