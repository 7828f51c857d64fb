// The engine with whole packets over a simulated path, in virtual time.

#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <set>

#include "isthmus/probes/multipath.hpp"
#include "support/path_simulator.hpp"

namespace isthmus::probes {
namespace {

using namespace std::chrono_literals;
using support::PathSimulator;

IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }

struct Net {
  std::string stem;
  [[nodiscard]] IpAddress at(int last) const { return address(stem + std::to_string(last)); }
};
const Net kFour{"192.0.2."};
const Net kSix{"2001:db8::"};

// One router, a choice of `width`, one router, the host.
support::SimPath diamond(const Net& net, int width) {
  support::SimPath path{.prefix = Prefix(net.at(99), net.at(99).width()), .routers = {}, .hosts = {net.at(99)}};
  path.routers.resize(3);
  path.routers[0].interfaces = {net.at(1)};
  for (int i = 0; i < width; ++i) path.routers[1].interfaces.push_back(net.at(10 + i));
  path.routers[2].interfaces = {net.at(3)};
  return path;
}

MultipathSettings settings_for(const Net& net, Protocol protocol = Protocol::udp) {
  MultipathSettings settings;
  settings.source = net.at(200);
  settings.destination = net.at(99);
  settings.protocol = protocol;
  settings.rate_limit = 1000;
  settings.timeout = 1s;
  settings.failure_bound = 0.001;
  for (std::size_t i = 0; i < settings.key_seed.size(); ++i) settings.key_seed[i] = static_cast<std::byte>(i * 7 + 1);
  return settings;
}

class World {
 public:
  World(const MultipathSettings& settings, PathSimulator& network)
      : engine(MultipathEngine::create(settings, Timestamp{}).value()), network_(network) {}

  /// Until the engine has finished, or so much time has passed.
  MultipathResult run(Duration limit = 10min) {
    while (!engine.finished() && now - Instant{} < limit) {
      Instant next = engine.next_deadline();
      if (!coming_.empty()) next = std::min(next, coming_.begin()->first);
      if (next == Instant::max()) break;
      now = std::max(now, next);
      while (!coming_.empty() && coming_.begin()->first <= now) {
        engine.handle_packet(coming_.begin()->second, coming_.begin()->first);
        last_reply = coming_.begin()->second;
        coming_.erase(coming_.begin());
      }
      engine.handle_timeout(now);
      poll();
    }
    return engine.result(Timestamp{});
  }

  void poll() {
    std::array<std::byte, MultipathEngine::kMaxPacket> buffer{};
    for (auto packet = engine.poll_packet(now, buffer); !packet.empty(); packet = engine.poll_packet(now, buffer)) {
      if (failures > 0) {
        --failures;
        engine.handle_send_failure(ENETUNREACH, now);
        continue;
      }
      if (const auto reply = network_.send(packet, now)) coming_.emplace(reply->at + delay, reply->bytes);
    }
  }

  MultipathEngine engine;
  Instant now{};
  int failures{0};   // so many packets cannot leave
  Duration delay{};  // of every reply, on top of the path's own
  support::Packet last_reply;

 private:
  PathSimulator& network_;
  std::multimap<Instant, support::Packet> coming_;
};

std::set<IpAddress> addresses_at(const MultipathGraph& graph, Ttl ttl) {
  std::set<IpAddress> found;
  for (const auto i : graph.at(ttl)) {
    if (graph.vertices[i].address) found.insert(*graph.vertices[i].address);
  }
  return found;
}

std::uint64_t invalid(const MultipathResult& result) {
  std::uint64_t sum = 0;
  for (const auto count : result.invalid) sum += count;
  return sum;
}

void expect_diamond(const MultipathResult& result, const Net& net, int width) {
  EXPECT_TRUE(result.complete);
  EXPECT_TRUE(result.reached);
  EXPECT_EQ(invalid(result), 0U);
  EXPECT_EQ(result.graph.vertices.size(), static_cast<std::size_t>(width) + 3);
  EXPECT_EQ(result.graph.links.size(), static_cast<std::size_t>(width) * 2 + 1);
  EXPECT_TRUE(result.graph.gaps.empty());
  EXPECT_EQ(addresses_at(result.graph, 2).size(), static_cast<std::size_t>(width));
  EXPECT_EQ(addresses_at(result.graph, 4), std::set{net.at(99)});
  EXPECT_EQ(result.graph.diamonds(),
            (std::vector{MultipathDiamond{.first = 1, .last = 3, .width = static_cast<std::size_t>(width)}}));
  for (const MultipathVertex& vertex : result.graph.vertices) {
    EXPECT_EQ(vertex.rtt, 2 * support::kHopDelay * vertex.ttl);
  }
}

TEST(MultipathEngine, FindsADiamondOverEveryProtocolAndFamily) {
  for (const Net& net : {kFour, kSix}) {
    for (const Protocol protocol : {Protocol::udp, Protocol::icmp, Protocol::tcp}) {
      for (const auto algorithm : {MultipathAlgorithm::mda_lite, MultipathAlgorithm::mda}) {
        SCOPED_TRACE(std::string(to_string(protocol)) + " " + net.stem + " " + to_string(algorithm));
        PathSimulator network;
        network.add_path(diamond(net, 4));
        MultipathSettings settings = settings_for(net, protocol);
        settings.algorithm = algorithm;
        World world(settings, network);
        expect_diamond(world.run(), net, 4);
      }
    }
  }
}

TEST(MultipathEngine, KeepsToItsRate) {
  PathSimulator network;
  network.add_path(diamond(kFour, 4));
  MultipathSettings settings = settings_for(kFour);
  settings.rate_limit = 20;
  World world(settings, network);
  expect_diamond(world.run(), kFour, 4);
  const auto& sent = network.sent();
  ASSERT_GT(sent.size(), 40U);
  for (std::size_t i = 20; i < sent.size(); ++i) EXPECT_GE(sent[i].first - sent[i - 20].first, 1s);
}

TEST(MultipathEngine, AsksARouterNoMoreThanItsBudget) {
  PathSimulator network;
  network.add_path(diamond(kFour, 2));
  MultipathSettings settings = settings_for(kFour);
  settings.router_limit = 2;
  World world(settings, network);
  expect_diamond(world.run(), kFour, 2);
  // The first probes leave before anybody knows whom they ask; from the first answer on each second sees two.
  std::vector<Instant> asked;
  for (const auto& [at, packet] : network.sent()) {
    if (packet.ttl == 3 && at > Instant{} + 20s) asked.push_back(at);
  }
  ASSERT_GT(network.sent().size(), 30U);
  for (std::size_t i = 2; i < asked.size(); ++i) EXPECT_GE(asked[i] - asked[i - 2], 990ms);
  EXPECT_GT(network.sent().back().first - network.sent().front().first, 5s);
}

TEST(MultipathEngine, ARoutersLimitCostsTimeButNothingElse) {
  PathSimulator network;
  auto path = diamond(kFour, 2);
  path.routers[0].icmp_per_second = 4;
  path.routers[2].icmp_per_second = 4;
  network.add_path(path);
  World world(settings_for(kFour), network);
  expect_diamond(world.run(), kFour, 2);
}

TEST(MultipathEngine, ASilentRouterIsAPlaceWithoutLinks) {
  PathSimulator network;
  auto path = diamond(kFour, 2);
  path.routers[2].silent = true;
  network.add_path(path);
  World world(settings_for(kFour), network);
  const MultipathResult result = world.run();
  EXPECT_TRUE(result.complete);
  EXPECT_TRUE(result.reached);
  EXPECT_EQ(result.graph.links.size(), 2U) << "r1 to both sides, and none by way of a silence";
  EXPECT_EQ(result.graph.gaps.size(), 4U);
  EXPECT_EQ(result.graph.at(3).size(), 2U) << "one silence behind each side: nobody can say that they are one";
}

TEST(MultipathEngine, GivesUpWhereNobodyAnswers) {
  PathSimulator network;
  auto path = diamond(kFour, 2);
  path.routers[2].drops = true;
  network.add_path(path);
  World world(settings_for(kFour), network);
  const MultipathResult result = world.run();
  EXPECT_TRUE(result.complete);
  EXPECT_FALSE(result.reached);
  EXPECT_EQ(result.graph.last_ttl(), 3 + 5) << "five silences behind the last answer";
}

TEST(MultipathEngine, RefusesWhatIsDenied) {
  MultipathSettings settings = settings_for(kFour);
  settings.deny.add(Prefix(kFour.at(99), 32));
  EXPECT_EQ(MultipathEngine::create(settings, Timestamp{}).error().code, ErrorCode::refused);
}

TEST(MultipathEngine, RefusesSettingsOutOfRange) {
  const std::vector<void (*)(MultipathSettings&)> wrong{
      [](MultipathSettings& s) { s.rate_limit = 0; },       [](MultipathSettings& s) { s.router_limit = -1; },
      [](MultipathSettings& s) { s.failure_bound = 0; },    [](MultipathSettings& s) { s.failure_bound = 1; },
      [](MultipathSettings& s) { s.source = kSix.at(1); },  [](MultipathSettings& s) { s.max_ttl = 64; },
      [](MultipathSettings& s) { s.first_ttl = 0; },        [](MultipathSettings& s) { s.first_ttl = 33; },
      [](MultipathSettings& s) { s.attempts = 0; },         [](MultipathSettings& s) { s.gap_limit = 0; },
      [](MultipathSettings& s) { s.timeout = Duration{}; }, [](MultipathSettings& s) { s.max_flows = 1; }};
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    MultipathSettings settings = settings_for(kFour);
    wrong[i](settings);
    const auto engine = MultipathEngine::create(settings, Timestamp{});
    ASSERT_FALSE(engine) << i;
    EXPECT_EQ(engine.error().code, ErrorCode::invalid_argument);
  }
}

TEST(MultipathEngine, SendsAgainWhatCouldNotLeave) {
  PathSimulator network;
  network.add_path(diamond(kFour, 4));
  World world(settings_for(kFour), network);
  world.failures = 5;
  const MultipathResult result = world.run();
  expect_diamond(result, kFour, 4);
  EXPECT_EQ(result.send_failures, 5U);
}

TEST(MultipathEngine, EndsWhenNothingCanLeave) {
  PathSimulator network;
  network.add_path(diamond(kFour, 4));
  World world(settings_for(kFour), network);
  world.failures = 1000000;
  const MultipathResult result = world.run();
  EXPECT_TRUE(world.engine.finished());
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.last_error, ENETUNREACH);
  EXPECT_EQ(result.probes, 0U);
  EXPECT_LT(world.now - Instant{}, 10s);
}

TEST(MultipathEngine, CountsForgeriesAndDuplicatesWithoutBelievingThem) {
  PathSimulator network;
  network.add_path(diamond(kFour, 2));
  World world(settings_for(kFour), network);
  const MultipathResult before = world.run();
  world.engine.handle_packet(world.last_reply, world.now);
  support::Packet forged = world.last_reply;
  for (std::size_t at : {20 + 8 + 4, 20 + 8 + 5, 20 + 8 + 26, 20 + 8 + 27}) {  // quoted IP-ID and checksum
    forged[at] ^= std::byte{0x5a};
  }
  support::fix_icmp_checksum(forged);
  world.engine.handle_packet(forged, world.now);
  world.engine.handle_packet(std::span(forged).first(30), world.now);
  const MultipathResult after = world.engine.result(Timestamp{});
  EXPECT_EQ(after.graph.vertices, before.graph.vertices);
  EXPECT_EQ(after.graph.links, before.graph.links);
  EXPECT_EQ(after.invalid[static_cast<std::size_t>(InvalidReason::duplicate)], 1U);
  EXPECT_EQ(after.invalid[static_cast<std::size_t>(InvalidReason::bad_tag)], 1U);
  EXPECT_EQ(after.invalid[static_cast<std::size_t>(InvalidReason::malformed)], 1U);
}

TEST(MultipathEngine, ALateAnswerTellsWhoIsThereButNotHowFarAway) {
  PathSimulator network;
  network.add_path(diamond(kFour, 2));
  MultipathSettings settings = settings_for(kFour);
  settings.timeout = 100ms;
  settings.attempts = 3;
  World world(settings, network);
  world.delay = 150ms;  // in the middle of the second attempt
  const MultipathResult result = world.run();
  EXPECT_TRUE(result.complete);
  EXPECT_TRUE(result.reached);
  EXPECT_EQ(addresses_at(result.graph, 2).size(), 2U);
  EXPECT_EQ(result.graph.links.size(), 5U);
  for (const MultipathVertex& vertex : result.graph.vertices) EXPECT_FALSE(vertex.rtt);
}

TEST(MultipathEngine, AnAnswerBeforeItsProbeIsImpossible) {
  PathSimulator network;
  network.add_path(diamond(kFour, 2));
  World world(settings_for(kFour), network);
  world.delay = -1h;
  world.run(500ms);
  const MultipathResult result = world.engine.result(Timestamp{});
  EXPECT_GT(result.invalid[static_cast<std::size_t>(InvalidReason::impossible)], 0U);
  EXPECT_TRUE(result.graph.vertices.empty());
}

}  // namespace
}  // namespace isthmus::probes
