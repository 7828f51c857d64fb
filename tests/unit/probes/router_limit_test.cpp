// What a prober learns of routers that limit their ICMP, and does not learn from loss that is not theirs.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "isthmus/probes/diagnosis.hpp"
#include "probes/traceroute/run.hpp"
#include "unit/probes/story.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kFlows = 6;
constexpr Ttl kDistance = 9;

// Many targets behind four common routers and four of their own, in one of the two families.
class Targets {
 public:
  Targets(bool v4, int count) : v4_(v4), count_(count) {}

  [[nodiscard]] IpAddress host(int target) const {
    return v4_ ? IpAddress::v4(0xCB007107U + (static_cast<std::uint32_t>(target) << 8))
               : address("2001:db8:7:" + std::to_string(target) + "::7");
  }
  [[nodiscard]] PathSimulator network(const SimRouter& third, std::uint64_t seed = 5) const {
    PathSimulator network(seed);
    for (int t = 0; t < count_; ++t) {
      SimPath path{.prefix = Prefix(host(t), v4_ ? 24 : 64), .routers = {}, .hosts = {host(t)}};
      for (int i = 1; i < kDistance; ++i) {
        path.routers.push_back(i == 3 ? third : SimRouter{});
        path.routers.back().interfaces = {router(i <= 4 ? 0 : t + 1, i)};
      }
      network.add_path(path);
    }
    return network;
  }
  [[nodiscard]] probes::ProberSettings settings(double ceiling = 0) const {
    auto settings = only_traces(kFlows);
    settings.router_limit = ceiling;
    settings.targets.clear();
    for (int t = 0; t < count_; ++t) settings.targets.push_back({"target " + std::to_string(t), {}, {host(t)}});
    return settings;
  }

 private:
  [[nodiscard]] IpAddress router(int path, int ttl) const {
    return address(v4_ ? "10." + std::to_string(path) + ".0." + std::to_string(ttl)
                       : "2001:db8:ffff:" + std::to_string(path) + "::" + std::to_string(ttl));
  }

  bool v4_;
  int count_;
};

// Virtual hours would fill the memory with packets that nobody looks at.
std::vector<Trace> traces_of(ProberWorld& world, PathSimulator& network, Duration span) {
  world.observations.clear();
  for (Duration passed{}; passed < span; passed += 1min) {
    network.forget_sent();
    world.run_for(1min);
  }
  return only<Trace>(world.observations);
}

double mean_seconds(const std::vector<Trace>& traces) {
  double sum = 0;
  for (const Trace& trace : traces) sum += to_seconds(trace.ended - trace.started);
  return sum / static_cast<double>(traces.size());
}

struct Asked {
  double probes{0};
  double silent{0};
  [[nodiscard]] double unanswered() const { return silent / probes; }
};

Asked asked_at(const std::vector<Trace>& traces, Ttl ttl) {
  Asked asked;
  for (const Trace& trace : traces) {
    for (const Hop& hop : trace.hops) {
      if (hop.ttl != ttl) continue;
      asked.probes += static_cast<double>(std::count_if(hop.outcomes.begin(), hop.outcomes.end(), [](const Outcome& o) {
        return !std::holds_alternative<SendFailed>(o);  // withheld
      }));
      asked.silent += static_cast<double>(std::count_if(hop.outcomes.begin(), hop.outcomes.end(), [](const Outcome& o) {
        return std::holds_alternative<TimedOut>(o);
      }));
    }
  }
  return asked;
}

// The upstream is within the last four hops before the destination.
void expect_complete_far_ends(const std::vector<Trace>& traces) {
  for (const Trace& trace : traces) {
    ASSERT_EQ(trace.stop, StopReason::reached);
    ASSERT_EQ(trace.hops.back().ttl, kDistance);
    ASSERT_LE(trace.hops.front().ttl, kDistance - 4);
    for (const Hop& hop : trace.hops) {
      if (hop.ttl >= kDistance - 4) {
        ASSERT_NE(hop.answer(), nullptr) << "TTL " << int{hop.ttl};
      }
    }
  }
}

probes::LossCounts lost_at(const std::vector<Trace>& traces, Ttl ttl) {
  std::map<std::pair<IpAddress, std::uint16_t>, std::vector<Trace>> flows;
  for (const Trace& trace : traces) flows[{trace.destination, trace.flow.value}].push_back(trace);
  probes::LossCounts sum;
  for (const auto& [flow, rounds] : flows) {
    const std::vector<probes::TraceDiagnosis> diagnosis = probes::diagnose(rounds);
    for (const probes::HopDiagnosis& hop : diagnosis.front().hops) {
      if (hop.ttl != ttl) continue;
      sum.icmp_limit += hop.lost.icmp_limit;
      sum.forward += hop.lost.forward;
      sum.reverse += hop.lost.reverse;
      sum.unknown += hop.lost.unknown;
    }
  }
  return sum;
}

class RouterLearning : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(EachFamily, RouterLearning, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "ipv4" : "ipv6"; });

TEST_P(RouterLearning, LossOfThePathCostsNoTraces) {
  for (const double ceiling : {0.0, 1.0}) {
    const Targets targets(GetParam(), 5);
    PathSimulator lossless = targets.network({});
    ProberWorld calm(targets.settings(ceiling), lossless);
    const auto all = traces_of(calm, lossless, 1h);
    for (const double loss : {0.05, 0.2}) {
      SCOPED_TRACE("ceiling " + std::to_string(ceiling) + ", loss " + std::to_string(loss));
      PathSimulator network = targets.network({});
      network.set_loss(loss);
      ProberWorld world(targets.settings(ceiling), network);
      const auto traces = traces_of(world, network, 1h);
      EXPECT_GE(static_cast<double>(traces.size()), 0.95 * static_cast<double>(all.size()));
      EXPECT_LE(mean_seconds(traces), mean_seconds(all) + 10);
    }
  }
}

// As Linux does it for each vantage point: one a second, six saved up. 180 traces a minute pass it.
TEST_P(RouterLearning, ARouterOfOneAnswerASecondIsAskedForWhatItGives) {
  const Targets targets(GetParam(), 30);
  PathSimulator network = targets.network({.interfaces = {}, .icmp_per_second = 1, .icmp_burst = 6});
  ProberWorld world(targets.settings(), network);
  const auto first = traces_of(world, network, 1min);
  traces_of(world, network, 30min);
  const auto learnt = traces_of(world, network, 1h);
  EXPECT_GE(asked_at(first, 3).unanswered(), 0.4);
  EXPECT_LE(asked_at(learnt, 3).unanswered(), 0.12);
  EXPECT_GE(asked_at(learnt, 3).probes, 0.85 * 3600) << "what it gives is asked for";
  EXPECT_GE(learnt.size(), 0.99 * 60 * 30 * kFlows);
  expect_complete_far_ends(learnt);
  const probes::LossCounts lost = lost_at(learnt, 3);
  EXPECT_EQ(lost.forward + lost.reverse, 0U);
  EXPECT_GE(lost.icmp_limit, 3 * lost.unknown) << "what is left of its silence is still seen for what it is";
}

TEST_P(RouterLearning, ARouterOfAHundredASecondIsAskedForWhatItGives) {
  const Targets targets(GetParam(), 40);
  PathSimulator network = targets.network({.interfaces = {}, .icmp_per_second = 100, .icmp_burst = 50});
  auto settings = targets.settings();
  settings.rate_limit = 4000;
  settings.trace.interval = 1s;
  settings.trace.concurrency = 256;
  ProberWorld world(settings, network);
  const auto first = traces_of(world, network, 1min);
  traces_of(world, network, 2min);
  const auto learnt = traces_of(world, network, 2min);
  EXPECT_LE(asked_at(learnt, 3).unanswered(), 0.5 * asked_at(first, 3).unanswered()) << "of 240 asked a second";
  EXPECT_LE(asked_at(learnt, 3).unanswered(), 0.08);
  EXPECT_GE(asked_at(learnt, 3).probes, 0.85 * 100 * 120) << "what it gives is asked for";
  EXPECT_GE(learnt.size(), 0.99 * 120 * 40 * kFlows);
  expect_complete_far_ends(learnt);
}

// Six flows ask at once, and one of them is answered, always the same.
TEST_P(RouterLearning, AFewProbesAMinuteAreSpreadOverSecondsWhereThatIsWhatTheyNeed) {
  const Targets targets(GetParam(), 1);
  PathSimulator network = targets.network({.interfaces = {}, .icmp_per_second = 1});
  ProberWorld world(targets.settings(), network);
  const auto first = traces_of(world, network, 1min);
  traces_of(world, network, 1h);
  const auto learnt = traces_of(world, network, 1h);
  EXPECT_GE(asked_at(first, 3).unanswered(), 0.8);
  EXPECT_LE(asked_at(learnt, 3).unanswered(), 0.12);
  EXPECT_EQ(learnt.size(), 60U * kFlows);
  EXPECT_LE(mean_seconds(learnt), 10);
  expect_complete_far_ends(learnt);
}

// As a story told in fast motion asks for it: a round takes half as long as the router needs for one answer.
TEST_P(RouterLearning, ASlowRouterDoesNotSlowDownShortRounds) {
  const Targets targets(GetParam(), 4);
  PathSimulator network = targets.network({.interfaces = {}, .icmp_per_second = 1, .icmp_burst = 6});
  auto settings = targets.settings();
  settings.trace.interval = 500ms;
  settings.trace.flows = 2;
  ProberWorld world(settings, network);
  traces_of(world, network, 1min);
  const auto learnt = traces_of(world, network, 5min);
  EXPECT_LE(asked_at(learnt, 3).unanswered(), 0.12);
  EXPECT_GE(learnt.size(), 0.9 * 600 * 4 * 2);
  EXPECT_LE(mean_seconds(learnt), 0.2);
  expect_complete_far_ends(learnt);
}

// Near the destination nothing is left out, and every trace passes a router that answers one of four of them.
TEST_P(RouterLearning, ASlowRouterAtTheFarEndMakesNoTraceOld) {
  const Targets targets(GetParam(), 4);
  PathSimulator network = targets.network({});
  SimRouter& slow = network.path(Prefix(targets.host(0), GetParam() ? 24 : 64)).routers[6];
  slow.icmp_per_second = 1;
  slow.icmp_burst = 6;
  auto settings = targets.settings();
  settings.trace.interval = 2s;
  ProberWorld world(settings, network);
  // Not even while it is looked for how much the router gives.
  for (const Trace& trace : traces_of(world, network, 5min)) EXPECT_LE(to_seconds(trace.ended - trace.started), 4.5);
  auto learnt = traces_of(world, network, 10min);
  std::erase_if(learnt, [&](const Trace& trace) { return trace.destination != targets.host(0); });
  EXPECT_GE(learnt.size(), 0.98 * 300 * kFlows);
  EXPECT_LE(mean_seconds(learnt), 0.5);
  const Asked asked = asked_at(learnt, 7);
  EXPECT_LE(asked.unanswered(), 0.15);
  EXPECT_GE(asked.probes, 0.9 * 300) << "it is asked once a round, which is when all flows are";
  for (const Trace& trace : learnt) ASSERT_EQ(trace.stop, StopReason::reached);
}

TEST_P(RouterLearning, OutagesTeachNothing) {
  const Targets targets(GetParam(), 1);
  PathSimulator network = targets.network({});
  ProberWorld world(targets.settings(), network);
  traces_of(world, network, 10min);
  std::vector<Trace> between;
  for (int i = 0; i < 30; ++i) {
    SimRouter& fifth = network.path(Prefix(targets.host(0), GetParam() ? 24 : 64)).routers[4];
    fifth.drops = !fifth.drops;
    const auto traces = traces_of(world, network, 2min);
    if (!fifth.drops) between.insert(between.end(), traces.begin(), traces.end());
  }
  EXPECT_LT(mean_seconds(between), 1);
}

// Of how many hops nothing was asked, from the given TTL on.
std::size_t withheld_from(const std::vector<Trace>& traces, Ttl first) {
  std::size_t count = 0;
  for (const Trace& trace : traces) {
    count += static_cast<std::size_t>(std::count_if(trace.hops.begin(), trace.hops.end(), [&](const Hop& hop) {
      return hop.ttl >= first && !hop.outcomes.empty() && std::holds_alternative<SendFailed>(hop.outcomes.front());
    }));
  }
  return count;
}

TEST(TraceRun, ARouterWithoutAWayDoesNotShowThatProbesGotBehindIt) {
  for (const bool prohibited : {true, false}) {
    const Instant now{1h};
    probes::TraceRun run({}, address("203.0.113.7"), 9, now);
    for (Ttl ttl = 1; ttl <= 9; ++ttl) run.sent(ttl, address("10.0.0." + std::to_string(ttl)), now);
    for (const Ttl ttl : std::array<Ttl, 3>{1, 2, 3}) {
      Reply reply;
      reply.from = address("10.0.0." + std::to_string(ttl));
      reply.kind = ReplyKind::time_exceeded;
      run.answered(ttl, reply, now + 1ms);
    }
    Reply sixth;
    sixth.from = address(prohibited ? "10.0.0.3" : "10.0.0.6");
    sixth.kind = prohibited ? ReplyKind::unreachable : ReplyKind::time_exceeded;
    run.answered(6, sixth, now + 1ms);
    const auto expired = run.pop_timeout(now + 10s);
    ASSERT_TRUE(expired);
    EXPECT_EQ(expired->ttl, 4);
    EXPECT_EQ(expired->passed, !prohibited);
  }
}

TEST_P(RouterLearning, APathThatMovesAwayAndBackTeachesNothing) {
  const Targets targets(GetParam(), 1);
  PathSimulator network = targets.network({});
  ProberWorld world(targets.settings(), network);
  traces_of(world, network, 10min);
  SimPath& path = network.path(Prefix(targets.host(0), GetParam() ? 24 : 64));
  const std::vector<SimRouter> usual = path.routers;
  std::vector<SimRouter> other = usual;
  other[4].interfaces = {address(GetParam() ? "10.9.0.5" : "2001:db8:ffff:9::5")};
  other[5].silent = true;
  std::vector<Trace> back;
  for (int i = 0; i < 30; ++i) {
    path.routers = i % 2 == 0 ? other : usual;
    const auto traces = traces_of(world, network, 2min);
    if (i % 2 == 1) back.insert(back.end(), traces.begin(), traces.end());
  }
  EXPECT_EQ(withheld_from(back, 1), 0U);
}

}  // namespace
}  // namespace isthmus::support
