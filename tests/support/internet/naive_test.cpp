// The rules of thumb, on one path: 192.0.2.1 belongs to AS 64496, 203.0.113.1 is a port at an exchange whose LAN AS
// 64500 announces, 198.51.100.0/24 belongs to the target's provider AS 64497 and the target has a part of it.

#include "support/internet/naive.hpp"

#include <gtest/gtest.h>

#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::testing::internet {
namespace {

constexpr Asn kTarget{64498};

ip2as::NetworkData data() {
  ip2as::PrefixTableBuilder prefixes;
  prefixes.add(*Prefix::parse("192.0.2.0/24"), Asn{64496});
  prefixes.add(*Prefix::parse("203.0.113.0/24"), Asn{64500});
  prefixes.add(*Prefix::parse("198.51.100.0/24"), Asn{64497});
  prefixes.add(*Prefix::parse("198.51.100.64/26"), kTarget);
  ip2as::ExchangesBuilder exchanges;
  exchanges.add_lan(exchanges.add_exchange("IX"), *Prefix::parse("203.0.113.0/24"), false);
  ip2as::NetworkData result;
  result.prefixes = std::move(prefixes).build();
  result.exchanges = std::move(exchanges).build();
  return result;
}

Trace trace_over(std::initializer_list<const char*> hops, const char* destination) {
  Trace trace;
  trace.destination = *IpAddress::parse(destination);
  for (const char* hop : hops) {
    Reply reply;
    reply.from = *IpAddress::parse(hop);
    trace.hops.push_back({.ttl = static_cast<Ttl>(trace.hops.size() + 1), .outcomes = {reply}});
  }
  return trace;
}

TEST(Naive, TheLastForeignAddressBeforeTheTargetCounts) {
  const Trace trace = trace_over({"192.0.2.1", "198.51.100.1", "198.51.100.65", "192.0.2.2"}, "198.51.100.66");
  EXPECT_EQ(naive_upstream(trace, kTarget, data()), Asn{64497});
}

TEST(Naive, TheDestinationItselfIsNoUpstreamWhoeverAnnouncesIt) {
  const Trace trace = trace_over({"192.0.2.1", "198.51.100.2"}, "198.51.100.2");
  EXPECT_EQ(naive_upstream(trace, kTarget, data()), Asn{64496});
}

TEST(Naive, OnlyTheSecondRuleKnowsExchanges) {
  const Trace trace = trace_over({"192.0.2.1", "203.0.113.1", "198.51.100.65"}, "198.51.100.66");
  EXPECT_EQ(naive_upstream(trace, kTarget, data()), Asn{64500});
  EXPECT_EQ(naive_upstream_without_exchanges(trace, kTarget, data()), Asn{64496});
}

TEST(Naive, NothingMappedIsNothingSaid) {
  EXPECT_FALSE(naive_upstream(trace_over({"10.0.0.1"}, "198.51.100.66"), kTarget, data()));
}

}  // namespace
}  // namespace isthmus::testing::internet
