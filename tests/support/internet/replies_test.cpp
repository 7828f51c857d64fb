// What traces show of the internet is what the literature says that traces show: tunnels, balancers, loops, firewalls,
// answers from strange addresses.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support/internet/campaign.hpp"

namespace isthmus::testing::internet {
namespace {

Settings small(std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.vantages = 10;
  settings.target_blocks = 600;
  return settings;
}

// Shares over several internets, because one carrier's habits weigh much in one.
template <typename Has>
double share_of_traces(const Has& has, std::uint64_t seeds = 4) {
  std::size_t with = 0;
  std::size_t all = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Internet internet(small(seed));
    for_each_trace(internet, {.flows = 1}, [&](Trace&& trace, TruthOfTrace&& truth) {
      with += has(trace, truth, internet) ? 1 : 0;
      ++all;
    });
  }
  return static_cast<double>(with) / static_cast<double>(all);
}

template <typename Has>
bool any_reply(const Trace& trace, const Has& has) {
  return std::ranges::any_of(trace.hops, [&](const Hop& hop) { return hop.answer() != nullptr && has(*hop.answer()); });
}

TEST(Replies, AThirdOfThePathsOrMoreCrossesATunnelThatShows) {
  const double labelled = share_of_traces([](const Trace& trace, const TruthOfTrace&, const Internet&) {
    return any_reply(trace, [](const Reply& reply) { return !reply.mpls.empty(); });
  });
  EXPECT_GT(labelled, 0.2);
  EXPECT_LT(labelled, 0.7);
  const double implicit = share_of_traces([](const Trace& trace, const TruthOfTrace&, const Internet&) {
    return any_reply(trace, [](const Reply& reply) { return reply.quoted_ttl.value_or(1) > 1; });
  });
  EXPECT_GT(implicit, 0.005);
  EXPECT_LT(implicit, 0.3);
}

TEST(Replies, FortyPercentOfThePathsMeetABalancer) {
  std::size_t several = 0;
  std::size_t all = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Internet internet(small(seed));
    std::map<std::pair<std::uint32_t, IpAddress>, std::set<std::vector<RouterId>>> ways;
    for_each_trace(internet, {.flows = 6}, [&](Trace&& trace, TruthOfTrace&& truth) {
      ways[{truth.vantage, trace.destination}].insert(truth.routers);
    });
    for (const auto& way : ways) several += way.second.size() > 1 ? 1 : 0;
    all += ways.size();
  }
  const double share = static_cast<double>(several) / static_cast<double>(all);
  EXPECT_GT(share, 0.25);
  EXPECT_LT(share, 0.65);
}

TEST(Replies, AFewInAHundredAddressesAreNotTheOneThatTheProbeCameInBy) {
  std::set<IpAddress> inbound;
  std::set<IpAddress> outbound;
  const Internet internet(small(1));
  std::set<IpAddress> ingress;
  for (RouterId router = 0; router < internet.topology().routers().size(); ++router) {
    const RouterHabits& habits = internet.habits().of(router);
    EXPECT_TRUE(habits.initial_ttl == 255 || habits.initial_ttl == 64);
  }
  for (const bool honest : {true, false}) {
    Settings settings = small(1);
    if (honest) settings.replies.answers_towards_source = settings.replies.answers_forward = 0;
    const Internet one(settings);
    for_each_trace(one, {.flows = 2}, [&](Trace&& trace, TruthOfTrace&&) {
      for (const Hop& hop : trace.hops) {
        const Reply* reply = hop.answer();
        if (reply == nullptr || reply->from == trace.destination) continue;
        (honest ? inbound : outbound).insert(reply->from);
      }
    });
  }
  std::size_t strange = 0;
  for (const IpAddress& address : outbound) strange += inbound.contains(address) ? 0 : 1;
  const double share = static_cast<double>(strange) / static_cast<double>(outbound.size());
  EXPECT_GT(share, 0.01);
  EXPECT_LT(share, 0.10);
}

TEST(Replies, LoopsFirewallsAndRefusalsEndSomeTraces) {
  const auto refused_with = [](std::uint8_t code) {
    return share_of_traces([code](const Trace& trace, const TruthOfTrace&, const Internet&) {
      return trace.stop == StopReason::unreachable && trace.hops.back().answer()->icmp_code == code;
    });
  };
  EXPECT_NEAR(refused_with(13), 0.03, 0.02);
  EXPECT_NEAR(refused_with(1), 0.04, 0.03);
  const double loops = share_of_traces(
      [](const Trace& trace, const TruthOfTrace&, const Internet&) { return trace.stop == StopReason::loop; });
  EXPECT_NEAR(loops, 0.01, 0.008);
}

TEST(Replies, ALoopGoesBetweenTheBorderAndItsProvider) {
  std::size_t loops = 0;
  const Internet internet(small(2));
  for_each_trace(internet, {.flows = 1}, [&](Trace&& trace, TruthOfTrace&& truth) {
    if (trace.stop != StopReason::loop) return;
    ++loops;
    const Asn target = internet.targets()[truth.target].asn;
    const std::size_t last = truth.hop_operator.size() - 1;
    std::set<Asn> tail(truth.hop_operator.begin() + static_cast<std::ptrdiff_t>(last) - 1, truth.hop_operator.end());
    EXPECT_TRUE(tail.contains(target));
    EXPECT_EQ(tail.size(), 2U);
    EXPECT_LE(trace.hops.size(), 32U);
  });
  EXPECT_GT(loops, 10U);
}

TEST(Replies, TranslatorsAnswerInTheNameOfTheDestination) {
  const double repeated = share_of_traces([](const Trace& trace, const TruthOfTrace&, const Internet&) {
    return any_reply(trace, [&](const Reply& reply) {
      return reply.from == trace.destination && reply.kind == ReplyKind::time_exceeded;
    });
  });
  EXPECT_NEAR(repeated, 0.015, 0.01);
}

TEST(Replies, SomeRoutersForwardWhatTheyShouldHaveExpired) {
  std::size_t seen = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Settings settings = small(seed);
    settings.replies.path_changes = 0;
    const Internet internet(settings);
    for_each_trace(internet, {.flows = 1}, [&](Trace&& trace, TruthOfTrace&&) {
      for (std::size_t i = 0; i + 1 < trace.hops.size(); ++i) {
        const Reply* reply = trace.hops[i].answer();
        const Reply* next = trace.hops[i + 1].answer();
        if (reply == nullptr || next == nullptr || reply->quoted_ttl != Ttl{0}) continue;
        ++seen;
        EXPECT_EQ(reply->from, next->from);
      }
    });
  }
  EXPECT_GT(seen, 100U);
}

TEST(Replies, HostsAnswerFromElsewhereNowAndThen) {
  const double elsewhere = share_of_traces([](const Trace& trace, const TruthOfTrace&, const Internet&) {
    return any_reply(trace, [&](const Reply& reply) {
      return reply.kind == ReplyKind::unreachable && reply.icmp_code == 3 && reply.from != trace.destination;
    });
  });
  EXPECT_NEAR(elsewhere, 0.005, 0.004);
}

TEST(Replies, ProbesAreLostAtTheRateOfTheSettings) {
  Settings settings = small(3);
  settings.replies.loss = 0.2;
  settings.replies.rate_limited = 0;
  const Internet internet(settings);
  std::size_t lost = 0;
  std::size_t answered = 0;
  CampaignSettings campaign{.flows = 1};
  campaign.probes.ask_all = true;
  for_each_trace(internet, campaign, [&](Trace&& trace, TruthOfTrace&&) {
    for (const Hop& hop : trace.hops) {
      if (hop.answer() == nullptr) continue;
      ASSERT_EQ(hop.outcomes.size(), 2U);
      for (const Outcome& outcome : hop.outcomes) ++(reply_of(outcome) == nullptr ? lost : answered);
    }
  });
  // Of two probes of which at least one was answered: 0.2 * 0.8 * 2 / (1 - 0.04) / 2.
  EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(lost + answered), 0.1667, 0.01);
}

TEST(Replies, TimesGrowWithDistanceAndTtlsShrink) {
  const Internet internet(small(4));
  for_each_trace(internet, {.flows = 1}, [&](Trace&& trace, TruthOfTrace&&) {
    for (const Hop& hop : trace.hops) {
      const Reply* reply = hop.answer();
      if (reply == nullptr) continue;
      EXPECT_GT(reply->rtt, std::chrono::microseconds(500));
      EXPECT_LT(reply->rtt, std::chrono::seconds(2));
      EXPECT_GT(reply->ttl, 0);
      EXPECT_TRUE(reply->ttl <= 64 || reply->ttl > 180);
    }
  });
}

TEST(Replies, Ipv6IsTheSameInternetInOtherWords) {
  Settings v4 = small(5);
  Settings v6 = v4;
  v6.family = Family::ipv6;
  const Internet one(v4);
  const Internet other(v6);
  const Campaign traces4 = trace_all(one, {.flows = 1});
  const Campaign traces6 = trace_all(other, {.flows = 1});
  ASSERT_EQ(traces4.traces.size(), traces6.traces.size());
  for (std::size_t i = 0; i < traces4.traces.size(); ++i) {
    EXPECT_EQ(traces4.truth[i].upstream, traces6.truth[i].upstream);
    ASSERT_EQ(traces4.traces[i].hops.size(), traces6.traces[i].hops.size());
    EXPECT_EQ(traces6.traces[i].destination.family(), Family::ipv6);
    const Reply* reply = traces6.traces[i].hops.back().answer();
    if (reply == nullptr) continue;
    EXPECT_EQ(reply->icmp_type, reply->kind == ReplyKind::time_exceeded ? 3 : 1);
  }
}

}  // namespace
}  // namespace isthmus::testing::internet
