// One vantage point of an agent between a real nats-server and sockets that only count: what it sends follows what it
// is assigned, at once and within its own limits, and nobody gets it to send more.

#include "app/agent_vantage.hpp"

#include <gmock/gmock.h>

#include <map>

#include "fleet/bucket.hpp"
#include "fleet/stream_reader.hpp"
#include "isthmus/fleet/assign.hpp"
#include "isthmus/fleet/batch.hpp"
#include "unit/fleet/fleet_fixture.hpp"

namespace isthmus::app {
namespace {

using namespace std::chrono_literals;
using fleet::Assignment;
using support::NatsServer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What left, by destination; shared by all sockets of a test.
struct Wire {
  std::mutex mutex;
  std::map<IpAddress, int> sent;  // guarded by mutex
};

class CountingIo final : public net::PacketIo {
 public:
  explicit CountingIo(Wire& wire) : wire_(wire) {}

  std::size_t send_batch(std::span<const net::OutgoingView> packets) override {
    const std::lock_guard lock(wire_.mutex);
    for (const net::OutgoingView& packet : packets) ++wire_.sent[packet.destination];
    batch_error_ = 0;
    return packets.size();
  }
  std::span<const net::ReceivedPacket> receive() override { return {}; }
  void wait(Instant until) override { rest(until); }
  void rest(Instant until) override {
    std::unique_lock lock(mutex_);
    const auto deadline = std::chrono::steady_clock::time_point(
        std::min(until, Instant(std::chrono::steady_clock::now().time_since_epoch() + 1s)).time_since_epoch());
    changed_.wait_until(lock, deadline, [this] { return woken_; });
    woken_ = false;
  }
  void wake() noexcept override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  std::optional<IpAddress> source_for(const IpAddress&) override { return IpAddress::v4(0x0A000001); }
  [[nodiscard]] net::IoCounters counters() const override { return {}; }

 private:
  Wire& wire_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_{false};  // guarded by mutex_
};

class AgentVantageTest : public fleet::FleetTest {
 protected:
  AgentVantageTest() {
    file_.allow = {prefix("192.0.2.0/24"), prefix("198.51.100.0/24")};
    file_.rate_limit = 200;
    file_.router_limit = 1000;
    file_.spool = folder_ / "spool";
    std::filesystem::create_directory(file_.spool);
  }

  static Prefix prefix(const char* text) { return Prefix::parse(text).value(); }
  /// Pings one address often, and nothing else.
  static Assignment pinging(const char* address, const std::string& target = "example") {
    Assignment made = assignment("frankfurt", target);
    const IpAddress where = IpAddress::parse(address).value();
    made.targets[0].prefixes = {Block::of(where).prefix};
    made.targets[0].addresses = {where};
    made.pings.interval = 50ms;
    made.pings.timeout = 30ms;
    made.traces.interval = 1h;
    made.traces.flows = 1;
    made.traces.attempts = 1;
    made.rate_limit = 100;
    made.router_limit = 100;
    return made;
  }
  std::unique_ptr<AgentVantage> agent(const std::string& url, const std::string& installation = "a",
                                      std::uint64_t boot = 1) {
    AgentVantageOptions options;
    options.vantage.name = "frankfurt";
    options.broker = connect_to(url);
    options.claim = {.installation = installation, .boot = boot, .host = "host-" + installation, .version = "1"};
    auto made = AgentVantage::create(std::move(options), file_, [this]() -> Result<std::unique_ptr<net::PacketIo>> {
      return std::unique_ptr<net::PacketIo>(std::make_unique<CountingIo>(wire_));
    });
    EXPECT_TRUE(made) << to_string(made.error());
    (*made)->start();
    return std::move(*made);
  }
  static std::uint64_t assign(const std::string& url, Assignment wanted) {
    const auto broker = connect_to(url);
    const auto done = fleet::assign(*broker, {}, {std::move(wanted)}, {.now = Timestamp(1'506'848'871s)});
    EXPECT_TRUE(done) << to_string(done.error());
    return done ? done->at(0).serial : 0;
  }
  int sent_to(const char* address) {
    const std::lock_guard lock(wire_.mutex);
    const auto found = wire_.sent.find(IpAddress::parse(address).value());
    return found == wire_.sent.end() ? 0 : found->second;
  }
  int sent_in_all() {
    const std::lock_guard lock(wire_.mutex);
    int all = 0;
    for (const auto& [address, count] : wire_.sent) all += count;
    return all;
  }
  void forget_sent() {
    const std::lock_guard lock(wire_.mutex);
    wire_.sent.clear();
  }
  /// How much leaves within a moment from now on.
  int sent_within(std::chrono::milliseconds moment) {
    forget_sent();
    std::this_thread::sleep_for(moment);
    return sent_in_all();
  }

  config::AgentConfig file_;
  Wire wire_;
};

TEST_F(AgentVantageTest, WhatIsAssignedIsProbedAtOnceAndArrives) {
  const NatsServer server(folder_ / "nats");
  const auto vantage = agent(server.url());
  EXPECT_EQ(sent_within(100ms), 0) << "nothing is assigned";
  assign(server.url(), pinging("192.0.2.7"));
  ASSERT_TRUE(soon([&] { return sent_to("192.0.2.7") > 5; })) << vantage->status().problem;
  assign(server.url(), pinging("198.51.100.9", "other"));
  ASSERT_TRUE(soon([&] { return sent_to("198.51.100.9") > 5; }));
  forget_sent();
  EXPECT_TRUE(soon([&] { return sent_to("198.51.100.9") > 5; }));
  EXPECT_EQ(sent_to("192.0.2.7"), 0) << "what is not assigned any more";
  EXPECT_TRUE(soon([&] { return vantage->status().arrived > 0 && vantage->status().waiting_batches == 0; }));
  EXPECT_EQ(vantage->status().serial, 2U);
  const auto core = connect_to(server.url());
  fleet::StreamReader reader(*core, "ISTHMUS", 0, {});
  const auto messages = reader.fetch(1, 5s);
  ASSERT_TRUE(messages && !messages->empty());
  EXPECT_EQ(fleet::decode(messages->at(0).bytes).value().id.vantage, "frankfurt");
  Assignment nothing = pinging("198.51.100.9");
  nothing.targets.clear();
  assign(server.url(), nothing);
  ASSERT_TRUE(soon([&] { return vantage->status().serial == 3; }));
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(sent_within(300ms), 0);
  EXPECT_FALSE(vantage->status().probing);
}

TEST_F(AgentVantageTest, AHostileCentreGetsNothingSentThatTheFileDoesNotAllow) {
  const NatsServer server(folder_ / "nats");
  file_.rate_limit = 20;
  file_.deny = {prefix("192.0.2.64/26")};
  Assignment hostile = pinging("192.0.2.7");
  hostile.rate_limit = 100'000;
  hostile.router_limit = 1000;
  hostile.pings.interval = 1ms;
  hostile.pings.timeout = 1ms;
  hostile.traces.interval = 1ms;
  hostile.targets[0].addresses.push_back(IpAddress::parse("192.0.2.70").value());
  hostile.targets.push_back({.name = "victim",
                             .prefixes = {prefix("203.0.113.0/24")},
                             .addresses = {IpAddress::parse("203.0.113.1").value()}});
  hostile.targets.push_back({.name = "everything", .prefixes = {prefix("198.51.0.0/16")}, .addresses = {}});
  hostile.controls = {IpAddress::parse("203.0.113.2").value()};
  assign(server.url(), hostile);
  const auto vantage = agent(server.url());
  ASSERT_TRUE(soon([&] { return sent_to("192.0.2.7") > 0; }));
  const auto core = connect_to(server.url());
  for (const char* address : {"203.0.113.1", "192.0.2.70", "198.51.7.7"}) {
    for (const char* target : {"example", "victim", "everything"}) {
      const IpAddress where = IpAddress::parse(address).value();
      ASSERT_TRUE(fleet::ask(*core, "frankfurt", fleet::AskTrace{target, where, false}));
      ASSERT_TRUE(fleet::ask(*core, "frankfurt", fleet::AskPing{target, Block::of(where), where}));
    }
  }
  EXPECT_LE(sent_within(1s), 20 * 2) << "its own ceiling holds";
  const std::lock_guard lock(wire_.mutex);
  for (const auto& [address, count] : wire_.sent) {
    EXPECT_TRUE(prefix("192.0.2.0/24").contains(address)) << to_string(address);
    EXPECT_FALSE(prefix("192.0.2.64/26").contains(address)) << to_string(address);
  }
  EXPECT_EQ(vantage->status().refusals, 4U) << "two targets, a control and the rate";
}

TEST_F(AgentVantageTest, OtherLimitsHoldAtOnce) {
  const NatsServer server(folder_ / "nats");
  assign(server.url(), pinging("192.0.2.7"));
  const auto vantage = agent(server.url());
  ASSERT_TRUE(soon([&] { return sent_to("192.0.2.7") > 0; }));
  file_.allow = {prefix("198.51.100.0/24")};
  vantage->limit(file_);
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(sent_within(300ms), 0);
  EXPECT_EQ(vantage->status().refusals, 1U);
  file_.allow = {prefix("0.0.0.0/0")};
  vantage->limit(file_);
  EXPECT_TRUE(soon([&] { return sent_to("192.0.2.7") > 0; }));
}

TEST_F(AgentVantageTest, WithoutABrokerItGoesOnFromWhatItHasKept) {
  auto server = std::make_unique<NatsServer>(folder_ / "nats");
  const std::string url = server->url();
  assign(url, pinging("192.0.2.7"));
  {
    const auto vantage = agent(url);
    ASSERT_TRUE(soon([&] { return sent_to("192.0.2.7") > 0; }));
  }
  server->kill();
  const auto vantage = agent(url, "a", 2);
  forget_sent();
  ASSERT_TRUE(soon([&] { return sent_to("192.0.2.7") > 5 && vantage->status().waiting_batches > 2; }));
  const auto before = vantage->status();
  EXPECT_EQ(before.serial, 1U);
  EXPECT_EQ(before.arrived, 0U);
  server->start();
  ASSERT_TRUE(soon([&] { return vantage->status().arrived > before.waiting_batches; })) << vantage->status().problem;
  EXPECT_EQ(vantage->status().dropped_batches, 0U);
}

TEST_F(AgentVantageTest, TheSecondUnderANameNeitherProbesNorPublishes) {
  const NatsServer server(folder_ / "nats");
  assign(server.url(), pinging("192.0.2.7"));
  auto first = agent(server.url());
  ASSERT_TRUE(soon([&] { return first->status().name_ours && sent_in_all() > 0; }));
  // It has worked under the name itself, and still has what it was assigned.
  const std::string others = folder_ / "others";
  std::filesystem::create_directory(others);
  std::filesystem::copy(folder_ / "spool" / "frankfurt.assignment", others);
  file_.spool = others;
  first->stop_probing();
  forget_sent();
  auto second = agent(server.url(), "b");
  ASSERT_TRUE(soon([&] { return second->status().name_taken; }));
  EXPECT_EQ(second->status().other_host, "host-a");
  std::this_thread::sleep_for(100ms);
  EXPECT_EQ(sent_in_all(), 0) << "not even before it was told";
  EXPECT_EQ(second->status().arrived, 0U);
  first->leave(5s);
  EXPECT_TRUE(soon([&] { return second->status().probing && second->status().arrived > 0; }))
      << second->status().problem;
}

TEST_F(AgentVantageTest, WhatIsNoAssignmentChangesNothing) {
  const NatsServer server(folder_ / "nats");
  assign(server.url(), pinging("192.0.2.7"));
  const auto vantage = agent(server.url());
  ASSERT_TRUE(soon([&] { return sent_to("192.0.2.7") > 0; }));
  const auto core = connect_to(server.url());
  fleet::Bucket bucket(*core, fleet::kAssignmentsBucket);
  ASSERT_TRUE(bucket.put("frankfurt", "nonsense"));
  ASSERT_TRUE(soon([&] { return vantage->status().assignments_bad == 1; }));
  Assignment of_another = pinging("192.0.2.8");
  of_another.vantage = "tokyo";
  ASSERT_TRUE(bucket.put("frankfurt", encode(of_another)));
  ASSERT_TRUE(soon([&] { return vantage->status().assignments_bad == 2; }));
  forget_sent();
  EXPECT_TRUE(soon([&] { return sent_to("192.0.2.7") > 3; }));
  EXPECT_EQ(sent_to("192.0.2.8"), 0);
}

TEST_F(AgentVantageTest, AFullBrokerIsNamedAndLosesNothing) {
  const NatsServer server(folder_ / "nats");
  const auto core = connect_to(server.url());
  fleet::StreamSettings stream;
  stream.most_bytes = 2000;
  ASSERT_TRUE(fleet::assign(*core, stream, {pinging("192.0.2.7")}, {}));
  const auto vantage = agent(server.url());
  ASSERT_TRUE(soon([&] { return vantage->status().refused > 0; }));
  EXPECT_THAT(vantage->status().problem, HasSubstr("maximum bytes exceeded"));
  const auto full = vantage->status();
  stream.most_bytes = 100'000'000;
  ASSERT_TRUE(fleet::assign(*core, stream, {pinging("192.0.2.7")}, {}));
  ASSERT_TRUE(soon([&] { return vantage->status().arrived >= full.arrived + full.waiting_batches; }));
  EXPECT_TRUE(soon([&] { return vantage->status().problem.empty(); })) << vantage->status().problem;
  EXPECT_EQ(vantage->status().dropped_batches, 0U);
}

}  // namespace
}  // namespace isthmus::app
