// What single probes between whole traces find.

#include <gtest/gtest.h>

#include <set>

#include "unit/probes/sentinel_world.hpp"

namespace isthmus::support {
namespace {

using namespace std::chrono_literals;

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

TEST_F(Sentinels, ADestinationBehindAnotherSilentRouterIsFound) {
  begin(watching());
  path().routers.push_back({.interfaces = {address("198.51.100.9")}, .silent = true});
  world_->run_for(6min);
  ASSERT_FALSE(news().empty());
  EXPECT_EQ(news().back().stop, StopReason::reached);
  EXPECT_EQ(answers_of(news().back()), truth_of(path()));
}

TEST_F(Sentinels, ARouterThatBeginsToRefuseIsAChange) {
  begin(watching());
  path().routers[7].unreachable = true;
  world_->run_for(61s);
  ASSERT_EQ(news().size(), 1U);
  EXPECT_EQ(news().front().stop, StopReason::unreachable);
  EXPECT_EQ(news().front().hops.size(), 8U);
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

}  // namespace
}  // namespace isthmus::support
