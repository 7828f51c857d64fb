#include <gtest/gtest.h>

#include <cerrno>

#include "unit/probes/story.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

TEST(Ping, ReportsEachAnswerWithItsRoundTripTime) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_pings(), network);
  world.run_for(25s);
  const auto series = only<PingSeries>(world.observations);
  ASSERT_EQ(series.size(), 3U);  // at 0, 10 and 20 s
  for (const PingSeries& s : series) {
    EXPECT_EQ(s.vantage, "vp");
    EXPECT_EQ(s.target, "example");
    EXPECT_EQ(s.address, kHost);
    EXPECT_EQ(s.source, ProberWorld::source);
    ASSERT_EQ(s.outcomes.size(), 1U);
    const Reply* reply = reply_of(s.outcomes[0].outcome);
    ASSERT_NE(reply, nullptr);
    EXPECT_EQ(reply->kind, ReplyKind::echo_reply);
    EXPECT_EQ(reply->from, kHost);
    EXPECT_EQ(reply->rtt, 36ms);
    EXPECT_EQ(reply->ttl, 61);
    EXPECT_EQ(reply->size, 46);
  }
  EXPECT_EQ(series[1].outcomes[0].sent - series[0].outcomes[0].sent, 10s);
}

TEST(Ping, SilenceIsATimeoutAtItsTime) {
  PathSimulator network;
  SimPath path = plain_path();
  path.hosts.clear();
  network.add_path(path);
  ProberWorld world(only_pings(), network);
  world.run_for(1999ms);
  EXPECT_TRUE(world.observations.empty());
  world.run_for(1ms);
  const auto series = only<PingSeries>(world.observations);
  ASSERT_EQ(series.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<TimedOut>(series[0].outcomes[0].outcome));
}

TEST(Ping, AnUnreachableFromARouterIsItsOwnOutcome) {
  PathSimulator network;
  SimPath path = plain_path();
  path.routers[5].unreachable = true;
  network.add_path(path);
  ProberWorld world(only_pings(), network);
  world.run_for(5s);
  const auto series = only<PingSeries>(world.observations);
  ASSERT_EQ(series.size(), 1U);
  const Reply* reply = reply_of(series[0].outcomes[0].outcome);
  ASSERT_NE(reply, nullptr);
  EXPECT_EQ(reply->kind, ReplyKind::unreachable);
  EXPECT_EQ(reply->icmp_code, 13);
  EXPECT_EQ(reply->from, address("198.51.100.6"));
}

TEST(Ping, NoRouteAndRefusedSendingAreSendFailures) {
  PathSimulator network;
  network.add_path(plain_path());
  ProberWorld world(only_pings(), network);
  world.set_route(false);
  world.run_for(5s);
  world.set_route(true);
  world.set_send_error(ENOBUFS);
  world.run_for(10s);
  const auto series = only<PingSeries>(world.observations);
  ASSERT_EQ(series.size(), 2U);
  EXPECT_EQ(std::get<SendFailed>(series[0].outcomes[0].outcome).error_number, ENETUNREACH);
  EXPECT_EQ(std::get<SendFailed>(series[1].outcomes[0].outcome).error_number, ENOBUFS);
  EXPECT_EQ(world.prober().report(world.now(), world.wall()).send_failures, 2U);
}

TEST(Ping, AsksControlAddressesFirstInEachRound) {
  PathSimulator network;
  network.add_path(plain_path());
  auto settings = only_pings();
  settings.controls = {address("192.0.2.193")};
  settings.targets.push_back({"other", {}, {address("203.0.113.8"), address("203.0.113.9")}});
  ProberWorld world(settings, network);
  world.run_for(60s);
  std::optional<Instant> control;
  std::size_t controls = 0;
  for (const auto& [at, packet] : network.sent()) {
    if (packet.destination == settings.controls[0]) {
      control = at;
      ++controls;
    } else {
      ASSERT_TRUE(control.has_value());
      EXPECT_LE(at - *control, 2500ms) << "a target was asked without a fresh look at the controls";
    }
  }
  EXPECT_EQ(controls, 2 * 6U + 1);
  for (const PingSeries& s : only<PingSeries>(world.observations)) {
    EXPECT_EQ(s.target.empty(), s.address == settings.controls[0]);
  }
}

TEST(Ping, KeepsTheAddressesOfOneRoundTogetherAndSpreadsTargets) {
  PathSimulator network;
  auto settings = only_pings();
  settings.targets.clear();
  for (int t = 0; t < 10; ++t) {
    probes::ProbeTarget target{"target " + std::to_string(t), {}, {}};
    for (int a = 1; a <= 5; ++a)
      target.addresses.push_back(IpAddress::v4(0xCB007100U + static_cast<unsigned>(t * 16 + a)));
    settings.targets.push_back(target);
  }
  ProberWorld world(settings, network);
  world.run_for(10s - 1ns);
  std::map<std::uint32_t, std::pair<Instant, Instant>> span;
  std::map<std::int64_t, int> per_second;
  for (const auto& [at, packet] : network.sent()) {
    auto& [first, last] = span.try_emplace((packet.destination.v4_value() & 0xff) / 16, at, at).first->second;
    last = at;
    ++per_second[std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count()];
  }
  ASSERT_EQ(span.size(), 10U);
  for (const auto& [target, times] : span) EXPECT_LE(times.second - times.first, 20ms);
  for (const auto& [second, count] : per_second) EXPECT_LE(count, 15);
}

TEST(Ping, GoesOnBeyondSixteenBitsOfSequence) {
  PathSimulator network;
  network.add_path({.prefix = kBlock, .routers = routers(1), .hosts = {kHost}});
  auto settings = only_pings();
  settings.ping = {.interval = 10ms, .timeout = 1s};
  settings.rate_limit = 10000;
  ProberWorld world(settings, network);
  std::uint64_t answers = 0;
  for (int minute = 0; minute < 12; ++minute) {
    world.run_for(60s);
    for (const PingSeries& s : only<PingSeries>(world.observations)) {
      answers += reply_of(s.outcomes[0].outcome) != nullptr ? 1 : 0;
    }
    world.observations.clear();
    network.forget_sent();
  }
  EXPECT_GE(answers, 71999U);
  EXPECT_EQ(invalid(world, InvalidReason::bad_tag), 0U);
}

}  // namespace
}  // namespace isthmus::support
