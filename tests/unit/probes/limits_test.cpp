// What a prober may not do, whatever it is asked.

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <deque>
#include <limits>
#include <map>

#include "unit/probes/story.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

// More work than any of the limits below allows: 200 pinged and traced addresses and a block to search.
probes::ProberSettings busy_settings(double rate) {
  auto settings = settings_for();
  settings.rate_limit = rate;
  settings.targets.clear();
  for (std::uint32_t t = 0; t < 10; ++t) {
    probes::ProbeTarget target{"target " + std::to_string(t), {}, {}};
    for (std::uint32_t a = 0; a < 20; ++a)
      target.addresses.push_back(IpAddress::v4(0x0A000000U + (t << 16) + (a << 8) + 7));
    settings.targets.push_back(target);
  }
  settings.targets.push_back({"unknown", {kBlock}, {}});
  settings.discovery.enabled = true;
  settings.ping.interval = 1s;
  settings.trace.interval = 5s;
  return settings;
}

std::size_t most_in_a_second(const PathSimulator& network) {
  std::deque<Instant> window;
  std::size_t most = 0;
  for (const auto& [at, packet] : network.sent()) {
    window.push_back(at);
    while (window.front() + 1s <= at) window.pop_front();
    most = std::max(most, window.size());
  }
  return most;
}

TEST(RateLimit, IsNeverExceededInAnySecondOfAnHour) {
  PathSimulator network;
  network.add_path({.prefix = prefix("10.0.0.0/8"), .routers = routers(6), .hosts = {}});
  network.add_path(plain_path());
  ProberWorld world(busy_settings(50), network);
  for (int minute = 0; minute < 60; ++minute) {
    world.run_for(60s);
    world.observations.clear();
  }
  // Half a percent is what making up for late wake-ups costs (schedule::Pacer::strict).
  EXPECT_LE(network.sent().size(), 50U * 3600U + 1U);  // both ends of the hour count
  EXPECT_GE(network.sent().size(), 50U * 3600U * 994 / 1000);
  EXPECT_EQ(most_in_a_second(network), 50U);
}

TEST(RateLimit, HoldsForHighRates) {
  PathSimulator network;
  network.add_path({.prefix = prefix("10.0.0.0/8"), .routers = routers(6), .hosts = {}});
  auto settings = busy_settings(400);
  settings.ping.interval = 100ms;
  ProberWorld world(settings, network);
  world.run_for(30s);
  EXPECT_LE(most_in_a_second(network), 400U);
  EXPECT_GE(network.sent().size(), 395U * 30U);
}

TEST(RateLimit, StarvesNobody) {
  PathSimulator network;
  network.add_path({.prefix = prefix("10.0.0.0/8"), .routers = routers(6), .hosts = {}});
  ProberWorld world(busy_settings(50), network);
  world.run_for(600s);
  std::map<std::string, std::uint64_t> sent;
  const auto report = world.prober().report(world.now(), world.wall());
  for (const auto& s : report.sent) sent[s.engine] = s.probes;
  EXPECT_GT(sent["ping"], 30000U * 6 / 10);
  EXPECT_GT(sent["traceroute"], 30000U * 15 / 100);
  EXPECT_GT(sent["discovery"], 200U);
  EXPECT_LE(sent["discovery"], 30000U / 10);
  EXPECT_GT(report.pacing_lag, 1s) << "too much work for the rate, and nobody says so";
}

TEST(RateLimit, IsMandatory) {
  for (const double rate : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    auto settings = settings_for();
    settings.rate_limit = rate;
    const auto prober = probes::Prober::create(settings, {});
    ASSERT_FALSE(prober);
    EXPECT_EQ(prober.error().code, ErrorCode::invalid_argument);
  }
}

TEST(DenyList, IsRespectedByEveryEngine) {
  PathSimulator network;
  network.add_path(plain_path());
  auto settings = settings_for();
  settings.discovery.enabled = true;
  settings.targets = {{"denied", {}, {kHost, address("224.0.0.1")}}, {"searched", {prefix("198.51.100.0/24")}, {}}};
  settings.deny = schedule::DenyList::parse("203.0.113.0/24\n198.51.100.0/25", "deny.txt").value();
  ProberWorld world(settings, network);
  world.run_for(600s);
  EXPECT_FALSE(network.sent().empty());
  for (const auto& [at, packet] : network.sent()) {
    EXPECT_TRUE(prefix("198.51.100.128/25").contains(packet.destination)) << to_string(packet.destination);
  }
  EXPECT_GT(world.prober().report(world.now(), world.wall()).denied, 100U);
  for (const PingSeries& s : only<PingSeries>(world.observations)) {
    EXPECT_EQ(std::get<SendFailed>(s.outcomes[0].outcome).error_number, EACCES);
  }
}

TEST(RouterLimit, IsKeptOnceTheRoutersAreKnownAndLosesNoProbe) {
  PathSimulator network;
  SimPath path = plain_path();
  for (SimRouter& router : path.routers) router.icmp_per_second = 2;
  network.add_path(path);
  auto settings = only_traces(6);
  settings.router_limit = 1;
  ProberWorld world(settings, network);
  world.run_for(59s);
  network.forget_sent();
  world.observations.clear();
  world.run_for(60s);
  std::map<Ttl, std::vector<Instant>> asked;
  for (const auto& [at, packet] : network.sent()) asked[packet.ttl].push_back(at);
  for (const auto& [ttl, times] : asked) {
    for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 1], 1s) << "TTL " << int{ttl};
  }
  const auto traces = only<Trace>(world.observations);
  ASSERT_EQ(traces.size(), 6U);
  for (const Trace& trace : traces) {
    EXPECT_EQ(trace.stop, StopReason::reached);
    for (const Hop& hop : trace.hops) EXPECT_NE(hop.answer(), nullptr) << "TTL " << int{hop.ttl};
  }
}

TEST(Settings, SayWhatATraceCannotDo) {
  const auto refusal = [](auto change) {
    auto settings = only_traces();
    change(settings.trace);
    const auto prober = probes::Prober::create(settings, {});
    return prober ? std::string("accepted") : prober.error().detail;
  };
  using probes::TraceSettings;
  EXPECT_EQ(refusal([](TraceSettings& t) { t.max_ttl = 63; }), "accepted");
  EXPECT_EQ(refusal([](TraceSettings& t) { t.max_ttl = 64; }),
            "the last TTL of a trace must be 63 or less: a probe has six bits to say which one it was");
  EXPECT_EQ(refusal([](TraceSettings& t) { t.flows = 4097; }), "traces over udp have at most 4096 flows");
  EXPECT_EQ(refusal([](TraceSettings& t) {
              t.protocol = Protocol::tcp;
              t.flows = 257;
            }),
            "traces over tcp have at most 256 flows");
  EXPECT_EQ(refusal([](TraceSettings& t) {
              t.protocol = Protocol::tcp;
              t.destination_port = 65535;
            }),
            "accepted");
  EXPECT_NE(refusal([](TraceSettings& t) { t.window = 1; }), "accepted");
  EXPECT_NE(refusal([](TraceSettings& t) { t.full_every = 0; }), "accepted");
}

TEST(Speed, ADayOfMonitoringPassesInAMoment) {
  PathSimulator network;
  network.add_path(plain_path());
  auto settings = settings_for();
  settings.controls = {address("203.0.113.200")};
  ProberWorld world(settings, network);
  const auto before = std::chrono::steady_clock::now();
  for (int hour = 0; hour < 24; ++hour) {
    world.run_for(1h);
    network.forget_sent();
  }
  const auto took = std::chrono::steady_clock::now() - before;
  const auto traces = only<Trace>(world.observations);
  EXPECT_NEAR(static_cast<double>(traces.size()), 6 * 1440, 6);
  EXPECT_NEAR(static_cast<double>(only<PingSeries>(world.observations).size()), 2 * 8640, 2);
  // Well under a second in a release build; sanitizers and a busy machine take their time.
  EXPECT_LT(took, 20s);
  EXPECT_LT(world.steps(), 2'000'000U) << "the prober wakes up for nothing";
}

}  // namespace
}  // namespace isthmus::support
