// Single probes between whole traces: what they cost, what they find, and what they report.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "unit/probes/story.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

/// Whole traces once in two hours, looks once a minute.
probes::ProberSettings watching(std::uint16_t flows = 1) {
  auto settings = only_traces(flows);
  settings.trace.interval = 2h;
  settings.trace.sentinel = probes::SentinelSettings{60s};
  return settings;
}

/// Past the whole traces that a new path gets.
constexpr Duration kLearnt = 5min;

std::vector<std::optional<IpAddress>> answers_of(const Trace& trace) {
  std::vector<std::optional<IpAddress>> answers;
  for (const Hop& hop : trace.hops) {
    const Reply* reply = hop.answer();
    answers.push_back(reply == nullptr ? std::nullopt : std::optional(reply->from));
  }
  return answers;
}

/// What a whole trace of a flow would see at present.
std::vector<std::optional<IpAddress>> truth_of(const SimPath& path) {
  std::vector<std::optional<IpAddress>> truth;
  for (const SimRouter& router : path.routers) {
    truth.push_back(router.silent ? std::nullopt : std::optional(router.interfaces.front()));
  }
  truth.emplace_back(kHost);
  return truth;
}

/// The routers of another provider at these places: 198.51.100.101, .102, ...
void replace(SimPath& path, std::size_t from, std::size_t to, int first_number = 101) {
  for (std::size_t i = from; i <= to; ++i) {
    path.routers[i - 1].interfaces = {address("198.51.100." + std::to_string(first_number++))};
  }
}

class Sentinels : public testing::Test {
 protected:
  void begin(const probes::ProberSettings& settings, SimPath path = plain_path()) {
    network_.add_path(std::move(path));
    world_ = std::make_unique<ProberWorld>(settings, network_);
    world_->run_for(kLearnt);
    forget();
  }
  void forget() {
    network_.forget_sent();
    world_->observations.clear();
  }
  SimPath& path() { return network_.path(kBlock); }
  std::vector<Trace> traces() { return only<Trace>(world_->observations); }
  /// Without those that say that a look found a path as it was: all but one hop taken over.
  std::vector<Trace> news() {
    auto all = traces();
    std::erase_if(all, [](const Trace& trace) {
      return std::count_if(trace.hops.begin(), trace.hops.end(), [](const Hop& hop) { return !hop.measured; }) <= 1;
    });
    return all;
  }
  std::map<Ttl, int> asked() {
    std::map<Ttl, int> asked;
    for (const auto& [at, packet] : network_.sent()) ++asked[static_cast<Ttl>(packet.ttl)];
    return asked;
  }

  PathSimulator network_;
  std::unique_ptr<ProberWorld> world_;
};

TEST_F(Sentinels, AQuietPathCostsOneProbeALookAndAPatrol) {
  begin(watching(4));
  world_->run_for(90min);
  EXPECT_TRUE(news().empty()) << "nothing changed, so there is nothing to report";
  const auto probes = static_cast<double>(network_.sent().size());
  EXPECT_NEAR(probes / (4 * 90), 1 + 1.0 / 16, 0.03);
  auto at = asked();
  EXPECT_GE(at[8], 4 * 90 * 3 / 4 - 4) << "the last router before the host";
  EXPECT_GE(at[9], 4 * 90 / 4 - 4) << "and behind it";
  for (Ttl ttl = 1; ttl <= 9; ++ttl) EXPECT_GE(at[ttl], 1) << int{ttl} << " was never patrolled";
}

TEST_F(Sentinels, LooksKeepTheFlowOfTheTraces) {
  begin(watching(3));
  std::set<std::uint32_t> words;
  world_->run_for(30min);
  for (const auto& [at, packet] : network_.sent()) words.insert(packet.flow_word);
  EXPECT_EQ(words.size(), 3U);
  forget();
  world_->run_for(2h);
  for (const auto& [at, packet] : network_.sent()) EXPECT_TRUE(words.contains(packet.flow_word));
}

TEST_F(Sentinels, AnotherProviderIsFoundAtTheNextLookAndOnlyWhatChangedIsAsked) {
  begin(watching());
  replace(path(), 6, 8);
  const Timestamp changed = world_->wall();
  world_->run_for(61s);
  ASSERT_EQ(news().size(), 1U);
  const Trace trace = news().front();
  EXPECT_EQ(answers_of(trace), truth_of(path()));
  EXPECT_EQ(trace.stop, StopReason::reached);
  EXPECT_GE(trace.started, changed);
  EXPECT_LE(trace.ended - changed, 61s);
  // At 8 three times, at 5, 6 and 7, and the destination; one more where the look was behind.
  EXPECT_LE(network_.sent().size(), 8U);
}

TEST_F(Sentinels, WhatWasTakenOverSaysWhenItWasMeasured) {
  begin(watching());
  replace(path(), 6, 8);
  const Timestamp changed = world_->wall();
  world_->run_for(61s);
  ASSERT_EQ(news().size(), 1U);
  const Trace remapped = news().front();
  for (const Hop& hop : remapped.hops) {
    if (hop.ttl <= 4) {
      ASSERT_TRUE(hop.measured) << int{hop.ttl};
      EXPECT_LT(*hop.measured, changed);
    } else {
      EXPECT_FALSE(hop.measured) << int{hop.ttl} << " was asked just now";
    }
  }
}

TEST_F(Sentinels, ANewPathIsConfirmedByTheLooksThatFollowAndLaterNowAndThen) {
  begin(watching());
  replace(path(), 6, 8);
  const Timestamp changed = world_->wall();
  world_->run_for(5min + 10s);
  ASSERT_EQ(news().size(), 1U);
  const auto first = traces();
  ASSERT_EQ(first.size(), 5U) << "the change, and four looks that found the same";
  for (const Hop& hop : first.back().hops) {
    EXPECT_EQ(hop.measured.has_value(), hop.ttl != 8) << int{hop.ttl};
    if (hop.ttl >= 5 && hop.measured) {
      EXPECT_GT(*hop.measured, changed);
    }
  }
  EXPECT_GE(first.back().started - first.front().ended, 230s);
  forget();
  world_->run_for(60min);
  EXPECT_TRUE(news().empty());
  EXPECT_EQ(traces().size(), 6U);
  for (const Trace& trace : traces()) EXPECT_EQ(answers_of(trace), truth_of(path()));
  for (const Trace& trace : traces()) EXPECT_EQ(trace.stop, StopReason::reached);
}

TEST_F(Sentinels, AnotherProviderBehindTheUpstreamIsFoundToo) {
  begin(watching(3));
  for (std::uint16_t flow = 0; flow < 3; ++flow) {
    world_->prober().advise({"example", kHost, FlowId{flow}, address("198.51.100.6")});
  }
  world_->run_for(5min);
  forget();
  path().routers.insert(path().routers.begin() + 6, {{.interfaces = {address("198.51.100.77")}}});
  world_->run_for(2min);
  ASSERT_FALSE(news().empty());
  EXPECT_EQ(answers_of(news().front()), truth_of(path()));
}

TEST_F(Sentinels, RoutersThatMovedAreFoundByHalving) {
  begin(watching(), {.prefix = kBlock, .routers = routers(20), .hosts = {kHost}});
  path().routers.insert(path().routers.begin() + 5, {{.interfaces = {address("198.51.100.77")}}});
  world_->run_for(61s);
  ASSERT_EQ(news().size(), 1U);
  EXPECT_EQ(answers_of(news().front()), truth_of(path()));
  EXPECT_LE(network_.sent().size(), 10U) << "of 22 hops";
}

// Whatever changed, as long as it shows where the sentinel stands: what is reported is the path as it is.
TEST_F(Sentinels, ReportsThePathAsItIsWhateverChanged) {
  std::uint64_t random = 5;
  const auto below = [&](std::size_t limit) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(random >> 33) % limit;
  };
  begin(watching(), {.prefix = kBlock, .routers = routers(14), .hosts = {kHost}});
  int number = 30;
  int found = 0;
  std::size_t cost = 0;
  for (int round = 0; round < 150; ++round) {
    auto& way = path().routers;
    const std::size_t from = below(way.size());
    const std::size_t removed = std::min(way.size() - from, below(4));
    std::vector<SimRouter> added(below(4));
    for (SimRouter& router : added) {
      router.interfaces = {IpAddress::v4(0xC6336400U + static_cast<std::uint32_t>(number++))};
      router.silent = below(4) == 0;
    }
    if (way.size() - removed + added.size() < 6 || way.size() - removed + added.size() > 20) continue;
    way.erase(way.begin() + static_cast<std::ptrdiff_t>(from),
              way.begin() + static_cast<std::ptrdiff_t>(from + removed));
    way.insert(way.begin() + static_cast<std::ptrdiff_t>(from), added.begin(), added.end());
    forget();
    const Timestamp changed = world_->wall();
    world_->run_for(62s);
    auto reported = news();
    std::erase_if(reported, [&](const Trace& trace) { return trace.started <= changed; });
    for (const Trace& trace : reported) {
      EXPECT_EQ(answers_of(trace), truth_of(path()))
          << "round " << round << " from " << from + 1 << " removed " << removed << " added " << added.size();
    }
    const bool partial = std::any_of(reported.begin(), reported.end(), [](const Trace& trace) {
      return std::any_of(trace.hops.begin(), trace.hops.end(), [](const Hop& hop) { return hop.measured.has_value(); });
    });
    if (partial) {
      ++found;
      cost += network_.sent().size();
    }
    // What does not show where the sentinel stands must not be found in the next round.
    world_->prober().trace_now("example", kHost, world_->now());
    world_->run_for(3min);
  }
  EXPECT_GE(found, 40);
  EXPECT_LT(cost, static_cast<std::size_t>(found) * 13) << "as dear as whole traces";
}

TEST_F(Sentinels, LossIsNoChange) {
  network_.set_loss(0.05);
  begin(watching(6));
  world_->run_for(115min);
  EXPECT_TRUE(news().empty());
  EXPECT_LE(network_.sent().size(), 6U * 115 * 13 / 10);
}

TEST_F(Sentinels, ALimitedRouterIsNoChange) {
  auto slow = plain_path();
  slow.routers[7].icmp_per_second = 0.2;
  slow.routers[7].icmp_burst = 6;
  auto settings = watching(6);
  settings.trace.sentinel->interval = 10s;  // three times what it answers
  begin(settings, slow);
  world_->run_for(1h);
  std::set<std::vector<std::optional<IpAddress>>> seen;
  for (const Trace& trace : news()) {
    EXPECT_EQ(trace.stop, StopReason::reached);
    for (const auto& answer : answers_of(trace)) EXPECT_TRUE(!answer || *answer == kHost || answer->is_v4());
  }
  EXPECT_LE(network_.sent().size(), 6U * 360 * 2) << "silence made it ask on and on";
}

TEST_F(Sentinels, WhereManyFlowsShareOneUpstreamItsNeighboursAreAskedToo) {
  auto settings = watching(32);
  settings.router_limit = 1;
  settings.trace.sentinel->interval = 10s;  // three times what one router may be asked
  begin(settings);
  world_->run_for(10min);
  forget();
  world_->run_for(10min);
  auto at = asked();
  for (const Ttl ttl : {Ttl{7}, Ttl{8}, Ttl{9}}) EXPECT_LE(at[ttl], 601) << int{ttl};
  EXPECT_GE(at[7] + at[8] + at[9], 1300);
  replace(path(), 6, 8);
  world_->run_for(40s);
  std::set<FlowId> found;
  for (const Trace& trace : news()) {
    if (answers_of(trace) == truth_of(path())) found.insert(trace.flow);
  }
  EXPECT_GE(found.size(), 10U);
}

TEST_F(Sentinels, ARouterThatFallsSilentIsReportedOnceAndTheOneBeforeItWatchedInstead) {
  begin(watching());
  path().routers[7].silent = true;
  world_->run_for(90s);
  ASSERT_EQ(news().size(), 1U);
  EXPECT_EQ(answers_of(news().front()), truth_of(path()));
  forget();
  world_->run_for(30min);
  EXPECT_TRUE(news().empty());
  EXPECT_GE(asked()[7], 21);
  EXPECT_LE(asked()[8], 3);
  replace(path(), 6, 7);
  world_->run_for(90s);
  ASSERT_FALSE(news().empty());
  EXPECT_EQ(answers_of(news().front()), truth_of(path()));
}

TEST_F(Sentinels, ADestinationThatFallsSilentIsNotSearchedForAtEveryHopBehindIt) {
  begin(watching());
  path().hosts.clear();
  world_->run_for(6min);
  ASSERT_EQ(news().size(), 1U);
  EXPECT_EQ(news().front().stop, StopReason::gap_limit);
  EXPECT_EQ(answers_of(news().front()).at(7), address("198.51.100.8"));
  int beyond = 0;
  for (const auto& [ttl, probes] : asked()) beyond += ttl > 9 ? probes : 0;
  EXPECT_LE(beyond, 2) << "one place far away tells as well as all in between";
  path().hosts = {kHost};
  forget();
  world_->run_for(6min);
  ASSERT_FALSE(news().empty());
  EXPECT_EQ(news().back().stop, StopReason::reached);
  EXPECT_EQ(answers_of(news().back()), truth_of(path()));
}

TEST_F(Sentinels, ADestinationBehindAnotherSilentRouterIsFound) {
  begin(watching());
  path().routers.push_back({.interfaces = {address("198.51.100.9")}, .silent = true});
  world_->run_for(6min);
  ASSERT_FALSE(news().empty());
  EXPECT_EQ(news().back().stop, StopReason::reached);
  EXPECT_EQ(answers_of(news().back()), truth_of(path()));
}

TEST_F(Sentinels, APathThatDiesAndComesBackIsSeenBothTimes) {
  begin(watching());
  path().routers[4].drops = true;
  world_->run_for(80s);
  ASSERT_EQ(news().size(), 1U);
  EXPECT_EQ(news().front().stop, StopReason::gap_limit);
  EXPECT_EQ(answers_of(news().front())[4], address("198.51.100.5"));
  forget();
  world_->run_for(20min);
  EXPECT_TRUE(news().empty()) << "it is known to be dead";
  EXPECT_LE(network_.sent().size(), 25U);
  path().routers[4].drops = false;
  world_->run_for(130s);
  ASSERT_FALSE(news().empty());
  EXPECT_EQ(news().front().stop, StopReason::reached);
  EXPECT_EQ(answers_of(news().front()), truth_of(path()));
}

TEST_F(Sentinels, ARouterThatBeginsToRefuseIsAChange) {
  begin(watching());
  path().routers[7].unreachable = true;
  world_->run_for(61s);
  ASSERT_EQ(news().size(), 1U);
  EXPECT_EQ(news().front().stop, StopReason::unreachable);
  EXPECT_EQ(news().front().hops.size(), 8U);
}

TEST_F(Sentinels, RoutersThatTakeTurnsAreNoChange) {
  auto turns = plain_path();
  turns.routers[7] = {.interfaces = {address("198.51.100.8"), address("198.51.100.88")}, .per_packet = true};
  begin(watching(2), turns);
  world_->run_for(20min);
  forget();
  world_->run_for(90min);
  for (const Trace& trace : news()) EXPECT_EQ(trace.stop, StopReason::reached);
  EXPECT_LE(news().size(), 2U * 90 * 3 / 100);
  EXPECT_LE(network_.sent().size(), 2U * 90 * 5);
}

TEST_F(Sentinels, ARouterThatCeasesToTakeTurnsIsAChange) {
  auto turns = plain_path();
  turns.routers[7] = {.interfaces = {address("198.51.100.8"), address("198.51.100.88")}, .per_packet = true};
  begin(watching(), turns);
  world_->run_for(20min);
  path().routers[7].interfaces = {address("198.51.100.8")};
  world_->run_for(90s);  // the one that was known, or a change
  for (const int stays : {88, 8}) {
    forget();
    path().routers[7].interfaces = {address("198.51.100." + std::to_string(stays))};
    world_->run_for(90s);
    ASSERT_FALSE(news().empty());
    const Trace last = news().back();
    EXPECT_EQ(answers_of(last)[7], path().routers[7].interfaces[0]);
  }
}

TEST_F(Sentinels, AChangeInTheMiddleIsFoundByThePatrol) {
  begin(watching(6));
  replace(path(), 3, 4);
  world_->run_for(30min);
  std::set<FlowId> found;
  for (const Trace& trace : news()) {
    EXPECT_EQ(answers_of(trace), truth_of(path()));
    found.insert(trace.flow);
  }
  EXPECT_GE(found.size(), 1U);
}

TEST_F(Sentinels, StandWhereTheyAreToldTo) {
  begin(watching());
  world_->prober().advise({"example", kHost, FlowId{0}, address("198.51.100.5")});
  world_->prober().advise({"nobody", kHost, FlowId{0}, address("198.51.100.1")});
  world_->prober().advise({"example", kHost, FlowId{60}, address("198.51.100.1")});
  world_->run_for(30min);
  EXPECT_GE(asked()[5], 21);
  forget();
  path().routers[4].silent = true;
  world_->run_for(90s);
  forget();
  world_->run_for(30min);
  EXPECT_GE(asked()[4], 21) << "the nearest one before it that answers";
  forget();
  replace(path(), 3, 5);  // what was advised is not there any more
  path().routers[4].silent = false;
  world_->run_for(5min);
  forget();
  world_->run_for(30min);
  EXPECT_GE(asked()[8], 21);
}

TEST_F(Sentinels, ATraceAskedForDuringALookFollowsIt) {
  begin(watching());
  path().routers[7].silent = true;  // the look takes seconds
  while (network_.sent().empty()) world_->run_for(1s);
  world_->prober().trace_now("example", kHost, world_->now());
  world_->run_for(20s);
  ASSERT_GE(news().size(), 2U);
  const Trace last = news().back();
  for (const Hop& hop : last.hops) EXPECT_FALSE(hop.measured);
}

TEST_F(Sentinels, ALookAskedForIsReportedWhateverItFinds) {
  begin(watching(3));
  world_->run_for(10min);
  forget();
  world_->prober().look_now("example", kHost, world_->now());
  world_->prober().look_now("example", address("203.0.113.99"), world_->now());
  world_->run_for(1s);
  EXPECT_EQ(traces().size(), 3U);
  EXPECT_TRUE(news().empty());
  EXPECT_LE(network_.sent().size(), 9U);
  EXPECT_GE(asked()[8], 3);
  EXPECT_GE(asked()[9], 3);
}

TEST_F(Sentinels, AreSwitchedOnAndOffWhileRunning) {
  begin(watching(2));
  auto settings = watching(2);
  settings.trace.sentinel.reset();
  ASSERT_TRUE(world_->prober().reconfigure(settings, world_->now()));
  world_->run_for(30min);
  EXPECT_TRUE(network_.sent().empty());
  ASSERT_TRUE(world_->prober().reconfigure(watching(2), world_->now()));
  world_->run_for(3h);
  EXPECT_GE(asked()[8], 2 * 60 * 3 / 4);
}

TEST_F(Sentinels, TheQuotaOfATargetIsHard) {
  auto settings = watching(6);
  settings.trace.interval = 10min;
  settings.targets.front().trace_probes_per_hour = 100;  // of 360 looks and 324 probes of whole traces
  network_.set_loss(0.02);
  begin(settings);
  world_->run_for(24h);
  const auto& sent = network_.sent();
  EXPECT_LE(sent.size(), 100U * 24 + 32);
  EXPECT_GE(sent.size(), 100U * 24 * 8 / 10) << "what is allowed is not used";
  EXPECT_GE(asked()[8] + asked()[9], 24 * 40) << "whole traces starve the looks";
  EXPECT_GE(news().size(), 24U * 3) << "looks starve the whole traces";
}

TEST_F(Sentinels, TheQuotaIsHardForWhatLooksFindOutToo) {
  auto settings = watching(6);
  settings.targets.front().trace_probes_per_hour = 100;
  begin(settings);
  for (int change = 0; change < 6 * 24; ++change) {
    replace(path(), 6, 8, 101 + 3 * (change % 40));
    world_->run_for(10min);
  }
  EXPECT_LE(network_.sent().size(), 100U * 24 + 32);
  EXPECT_GE(network_.sent().size(), 95U * 24);
}

TEST_F(Sentinels, TheQuotaHoldsWithoutSentinelsToo) {
  auto settings = only_traces(6);
  settings.targets.front().trace_probes_per_hour = 200;
  begin(settings);
  world_->run_for(5h);
  EXPECT_LE(network_.sent().size(), 200U * 5 + 32);
  EXPECT_GE(network_.sent().size(), 190U * 5);
  for (const Trace& trace : news()) EXPECT_LT(trace.ended - trace.started, 5s) << "a trace waited in its middle";
}

TEST_F(Sentinels, WhatIsLeftOfAQuotaGoesToThePathThatChanges) {
  auto settings = watching(1);
  settings.trace.interval = 24h;
  settings.targets.front().addresses = {kHost, address("203.0.114.7")};
  settings.targets.front().trace_probes_per_hour = 240;
  network_.add_path({.prefix = prefix("203.0.114.0/24"), .routers = routers(8), .hosts = {address("203.0.114.7")}});
  begin(settings);
  for (int i = 0; i < 6; ++i) {
    replace(path(), 6, 8, 101 + 10 * i);
    world_->run_for(20min);
  }
  forget();
  world_->run_for(1h);
  std::map<IpAddress, int> looks;
  for (const auto& [at, packet] : network_.sent()) ++looks[packet.destination];
  EXPECT_GE(looks[kHost], 2 * looks[address("203.0.114.7")]);
  EXPECT_GE(looks[address("203.0.114.7")], 59);
}

}  // namespace
}  // namespace isthmus::support
