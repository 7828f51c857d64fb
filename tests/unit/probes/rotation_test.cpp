// Rounds that ask one address of a block: who is asked when all is well, in doubt, in silence and on request.

#include <gtest/gtest.h>

#include <map>

#include "unit/probes/story.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

const IpAddress kControl = address("192.0.2.193");
const Prefix kOtherBlock = prefix("203.0.112.0/24");
const IpAddress kOtherHost = address("203.0.112.9");

/// Three hosts of one block and one of another, and a control that is always there.
class Rotation : public testing::Test {
 protected:
  Rotation() {
    settings.targets = {{"example", {}, {kHost, address("203.0.113.8"), address("203.0.113.9"), kOtherHost}}};
    settings.controls = {kControl};
    settings.ping.interval = 600s;
    settings.ping.timeout = 3s;
    settings.ping.rotate = true;
    const auto& hosts = settings.targets[0].addresses;
    network.add_path({.prefix = kBlock, .routers = routers(3), .hosts = {hosts.begin(), hosts.begin() + 3}});
    network.add_path({.prefix = kOtherBlock, .routers = routers(3), .hosts = {kOtherHost}});
    network.add_path({.prefix = prefix("192.0.2.0/24"), .routers = routers(3), .hosts = {kControl}});
  }

  /// When the block was asked since the last call, and whom.
  std::vector<std::pair<Instant, IpAddress>> asked(const Prefix& block) {
    std::vector<std::pair<Instant, IpAddress>> probes;
    for (const auto& [at, packet] : network.sent()) {
      if (block.contains(packet.destination)) probes.emplace_back(at, packet.destination);
    }
    return probes;
  }
  std::set<IpAddress>& hosts() { return network.path(kBlock).hosts; }
  void go_dark() { hosts().clear(); }
  void come_back() { hosts() = {kHost, address("203.0.113.8"), address("203.0.113.9")}; }

  probes::ProberSettings settings = only_pings();
  PathSimulator network;
};

TEST_F(Rotation, AsksOneAddressARoundAndEachInItsTurn) {
  ProberWorld world(settings, network);
  world.run_for(6 * 600s - 1ns);
  const auto probes = asked(kBlock);
  ASSERT_EQ(probes.size(), 6U);
  std::map<IpAddress, int> times;
  for (const auto& [at, to] : probes) ++times[to];
  EXPECT_EQ(times.size(), 3U);
  for (const auto& [to, count] : times) EXPECT_EQ(count, 2) << to_string(to);
  for (std::size_t i = 1; i < probes.size(); ++i) EXPECT_EQ(probes[i].first - probes[i - 1].first, 600s);
  const auto others = asked(kOtherBlock);
  ASSERT_EQ(others.size(), 6U);
  EXPECT_NE(others[0].first, probes[0].first) << "blocks have phases of their own";
}

TEST_F(Rotation, AMissIsFollowedByTheNextAddressUntilSomebodyAnswers) {
  ProberWorld world(settings, network);
  world.run_for(600s);
  hosts().erase(kHost);
  hosts().erase(address("203.0.113.8"));
  network.forget_sent();
  // In three rounds each address leads once; the only one that is left is reached in time each time.
  world.run_for(1800s);
  int answers = 0;
  for (const PingSeries& s : only<PingSeries>(world.observations)) {
    answers += s.address == address("203.0.113.9") && reply_of(s.outcomes[0].outcome) != nullptr ? 1 : 0;
  }
  EXPECT_GE(answers, 3);
  const auto probes = asked(kBlock);
  EXPECT_LE(probes.size(), 9U);
  for (std::size_t i = 1; i < probes.size(); ++i) {
    if (probes[i].first - probes[i - 1].first < 300s) {
      EXPECT_EQ(probes[i].first - probes[i - 1].first, 3s) << "as soon as the time is up";
    }
  }
}

TEST_F(Rotation, SixSilencesAreEnoughAndAControlIsAskedAfterwards) {
  ProberWorld world(settings, network);
  world.run_for(600s);
  go_dark();
  network.forget_sent();
  world.run_for(600s - 1ns);
  const auto probes = asked(kBlock);
  ASSERT_EQ(probes.size(), 6U);
  EXPECT_LE(probes.back().first - probes.front().first, 5 * 3s + 10ms);
  const auto controls = asked(prefix("192.0.2.0/24"));
  EXPECT_TRUE(std::ranges::any_of(controls, [&](const auto& c) {
    return c.first > probes.back().first && c.first <= probes.back().first + 3s + 10ms;
  })) << "nobody would know whether the vantage point could see";
}

TEST_F(Rotation, ASilentBlockGetsThreeProbesARoundAndOneAnswerEndsThat) {
  ProberWorld world(settings, network);
  world.run_for(600s);
  go_dark();
  world.run_for(600s);
  network.forget_sent();
  world.run_for(3 * 600s);
  EXPECT_EQ(asked(kBlock).size(), 9U);
  come_back();
  network.forget_sent();
  world.run_for(2 * 600s);
  EXPECT_EQ(asked(kBlock).size(), 2U);
  go_dark();
  network.forget_sent();
  world.run_for(600s);
  EXPECT_EQ(asked(kBlock).size(), 6U) << "and the next silence is a new one";
}

TEST_F(Rotation, ThoseWhoAnswerNowAndThenAreAskedMoreBeforeSilenceMeansAnything) {
  ProberWorld world(settings, network);
  // Each answers two times in five.
  std::uint64_t draw = 1;
  const auto now_and_then = [&](std::vector<SimReply>& replies) {
    draw = draw * 6364136223846793005ULL + 1442695040888963407ULL;
    if ((draw >> 33) % 5 >= 2) replies.clear();
  };
  world.meddle = now_and_then;
  world.run_for(100 * 600s);
  go_dark();
  network.forget_sent();
  world.run_for(600s - 1ns);
  const auto probes = asked(kBlock);
  EXPECT_GE(probes.size(), 11U);
  EXPECT_LE(probes.size(), 15U);
}

TEST_F(Rotation, AnUnreachableIsNoReasonToHurry) {
  ProberWorld world(settings, network);
  world.run_for(600s);
  network.path(kBlock).routers[2].unreachable = true;
  network.forget_sent();
  world.run_for(600s - 1ns);
  const auto probes = asked(kBlock);
  ASSERT_EQ(probes.size(), 6U);
  EXPECT_GE(probes.back().first - probes.front().first, 5 * 3s);
}

TEST_F(Rotation, WhatCannotBeSentIsNoMiss) {
  ProberWorld world(settings, network);
  world.run_for(600s);
  world.set_send_error(105);  // ENOBUFS
  world.observations.clear();
  world.run_for(600s);
  int failures = 0;
  for (const PingSeries& s : only<PingSeries>(world.observations)) {
    failures += s.target == "example" && std::holds_alternative<SendFailed>(s.outcomes[0].outcome) ? 1 : 0;
  }
  EXPECT_EQ(failures, 2) << "one for each block, and no more of it";
}

TEST_F(Rotation, OnRequestABlockIsAskedAtOnceAndKeepsItsPhase) {
  ProberWorld world(settings, network);
  world.run_for(600s);
  const Instant first = asked(kBlock).at(0).first;
  network.forget_sent();
  world.run_for(100s);
  const Instant requested = world.now();
  world.prober().ping_now("example", Block::of(kHost), {}, world.now());
  world.prober().ping_now("nobody", Block::of(kHost), {}, world.now());
  world.prober().ping_now("example", Block::of(kControl), {}, world.now());
  world.run_for(1s);
  auto probes = asked(kBlock);
  probes.erase(probes.begin(), std::ranges::find_if(probes, [&](const auto& p) { return p.first >= requested; }));
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_LE(probes[0].first - requested, 1ms);
  network.forget_sent();
  world.run_for(600s);
  ASSERT_EQ(asked(kBlock).size(), 1U);
  EXPECT_EQ((asked(kBlock)[0].first - first) % 600s, 0s);
}

TEST_F(Rotation, ARequestMayNameWhomToAskFirst) {
  ProberWorld world(settings, network);
  world.run_for(600s);
  for (const IpAddress& wanted : {address("203.0.113.9"), kHost, address("203.0.113.8")}) {
    network.forget_sent();
    world.prober().ping_now("example", Block::of(kHost), wanted, world.now());
    world.run_for(1s);
    const auto probes = asked(kBlock);
    ASSERT_EQ(probes.size(), 1U);
    EXPECT_EQ(probes[0].second, wanted);
  }
  network.forget_sent();
  world.prober().ping_now("example", Block::of(kHost), address("203.0.113.200"), world.now());
  world.run_for(1s);
  EXPECT_EQ(asked(kBlock).size(), 1U) << "one that is not known here is no reason to ask nobody";
}

TEST_F(Rotation, ARequestAmidDoubtAsksNothingMore) {
  ProberWorld world(settings, network);
  world.run_for(600s);
  go_dark();
  network.forget_sent();
  for (int i = 0; i < 590; ++i) {
    world.run_for(1s);
    const auto probes = asked(kBlock);
    if (probes.size() > 1 && probes.size() < 6) world.prober().ping_now("example", Block::of(kHost), {}, world.now());
  }
  EXPECT_EQ(asked(kBlock).size(), 6U);
}

TEST_F(Rotation, AReloadKeepsPhasesTurnsAndDoubt) {
  ProberWorld world(settings, network);
  world.run_for(600s);
  const Instant first = asked(kBlock).at(0).first;
  go_dark();
  network.forget_sent();
  while (asked(kBlock).size() < 4) world.run_for(1s);
  settings.targets.push_back({"second", {}, {address("198.51.100.200")}});
  settings.targets[0].addresses.push_back(address("203.0.111.1"));
  ASSERT_TRUE(world.prober().reconfigure(settings, world.now()));
  world.run_for(100s);
  EXPECT_EQ(asked(kBlock).size(), 6U) << "the doubt was forgotten";
  come_back();
  network.forget_sent();
  world.run_for(1800s);
  const auto probes = asked(kBlock);
  ASSERT_EQ(probes.size(), 3U);
  EXPECT_EQ((probes[0].first - first) % 600s, 0s);
  EXPECT_EQ(std::set<IpAddress>({probes[0].second, probes[1].second, probes[2].second}).size(), 3U);
  settings.ping.rotate = false;
  ASSERT_TRUE(world.prober().reconfigure(settings, world.now()));
  network.forget_sent();
  world.run_for(600s);
  EXPECT_EQ(asked(kBlock).size(), 3U);
}

TEST_F(Rotation, ASilentRoundOrAReloadMovesNoTraceToAnotherAddress) {
  settings.trace = {.interval = 3600s, .flows = 1};
  ProberWorld world(settings, network);
  world.run_for(2 * 3600s);
  for (int i = 0; i < 6; ++i) {
    go_dark();
    world.run_for(600s);
    come_back();
    world.run_for(1200s);
    ASSERT_TRUE(world.prober().reconfigure(settings, world.now()));
  }
  std::set<IpAddress> traced;
  for (const Trace& t : only<Trace>(world.observations)) {
    if (kBlock.contains(t.destination)) traced.insert(t.destination);
  }
  EXPECT_EQ(traced.size(), 1U);
  // Whoever is silent for three of its turns while others answer is given up.
  world.observations.clear();
  hosts().erase(*traced.begin());
  world.run_for(3 * 3600s);
  std::set<IpAddress> later;
  for (const Trace& t : only<Trace>(world.observations)) {
    if (kBlock.contains(t.destination)) later.insert(t.destination);
  }
  EXPECT_TRUE(std::ranges::any_of(later, [&](const IpAddress& a) { return !traced.contains(a); }));
}

TEST_F(Rotation, VantagePointsDoNotAskABlockInTheSameMoment) {
  std::vector<Instant> first;
  for (const char* vantage : {"germany", "japan", "singapore", "us"}) {
    settings.vantage = vantage;
    network.forget_sent();
    ProberWorld world(settings, network);
    world.run_for(600s);
    first.push_back(asked(kBlock).at(0).first);
  }
  std::ranges::sort(first);
  for (std::size_t i = 1; i < first.size(); ++i) EXPECT_GE(first[i] - first[i - 1], 10s);
}

TEST_F(Rotation, ManyBlocksCostWhatTheyShouldAndAreSpread) {
  settings.targets[0].addresses.clear();
  std::set<IpAddress> all;
  for (std::uint32_t block = 0; block < 600; ++block) {
    for (std::uint32_t host = 1; host <= 4; ++host) all.insert(IpAddress::v4(0x0A000000U + block * 256 + host));
  }
  settings.targets[0].addresses.assign(all.begin(), all.end());
  network.add_path({.prefix = prefix("10.0.0.0/14"), .routers = routers(3), .hosts = all});
  network.set_loss(0.02);
  ProberWorld world(settings, network);
  world.run_for(600s);
  network.forget_sent();
  world.run_for(3600s);
  const auto probes = asked(prefix("10.0.0.0/14"));
  // Of fifty rounds one asks once more.
  EXPECT_NEAR(static_cast<double>(probes.size()), 600 * 6 * 1.0204, 40);
  std::map<std::int64_t, int> per_minute;
  for (const auto& [at, to] : probes)
    ++per_minute[std::chrono::floor<std::chrono::minutes>(at.time_since_epoch()).count()];
  for (const auto& [minute, count] : per_minute) EXPECT_LE(count, 90);
}

}  // namespace
}  // namespace isthmus::support
