// The longest match against a search through all routes, and its rules.

#include "net/route_table.hpp"

#include <gtest/gtest.h>

#include <random>

namespace isthmus::net {
namespace {

Route route(const char* prefix, int interface, std::uint32_t metric = 0) {
  return {
      .prefix = Prefix::parse(prefix).value(), .metric = metric, .interface = interface, .gateway = {}, .plain = true};
}
IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

int interface_for(const RouteTable& table, const char* destination) {
  const Route* const found = table.find(address(destination));
  return found == nullptr ? 0 : found->interface;
}

TEST(RouteTable, FindsTheLongestPrefix) {
  const RouteTable table({route("0.0.0.0/0", 1), route("10.0.0.0/8", 2), route("10.1.0.0/16", 3),
                          route("10.1.2.3/32", 4), route("::/0", 5), route("2001:db8::/32", 6),
                          route("2001:db8:0:1:8000::/65", 7), route("2001:db8::1/128", 8)});
  EXPECT_EQ(interface_for(table, "192.0.2.1"), 1);
  EXPECT_EQ(interface_for(table, "10.2.0.0"), 2);
  EXPECT_EQ(interface_for(table, "10.1.255.255"), 3);
  EXPECT_EQ(interface_for(table, "10.1.2.3"), 4);
  EXPECT_EQ(interface_for(table, "2001:db9::"), 5);
  EXPECT_EQ(interface_for(table, "2001:db8:0:1:7fff::"), 6);
  EXPECT_EQ(interface_for(table, "2001:db8:0:1:8000::"), 7);
  EXPECT_EQ(interface_for(table, "2001:db8::1"), 8);
}

TEST(RouteTable, FindsNothingWhereNothingIs) {
  EXPECT_EQ(RouteTable().find(address("10.0.0.1")), nullptr);
  const RouteTable table({route("10.0.0.0/8", 1)});
  EXPECT_EQ(table.find(address("11.0.0.0")), nullptr);
  EXPECT_EQ(table.find(address("9.255.255.255")), nullptr);
  // Both families keep their high bits in the same place: 0a00::/8 is not 10.0.0.0/8.
  EXPECT_EQ(table.find(address("a00::1")), nullptr);
  const RouteTable v6({route("a00::/8", 1)});
  EXPECT_EQ(v6.find(address("10.0.0.1")), nullptr);
}

TEST(RouteTable, TakesTheLeastMetric) {
  const RouteTable table({route("0.0.0.0/0", 1, 600), route("0.0.0.0/0", 2, 100), route("0.0.0.0/0", 3, 300)});
  EXPECT_EQ(interface_for(table, "192.0.2.1"), 2);
}

TEST(RouteTable, AgreesWithASearchThroughAll) {
  std::mt19937 random(1);
  std::vector<Route> routes;
  for (int i = 1; i <= 2000; ++i) {
    const auto bits = static_cast<std::uint32_t>(random());
    // Few distinct high bits, so that prefixes nest.
    routes.push_back(
        {.prefix = Prefix(IpAddress::v4(0x0A000000 | (bits & 0x000fffff)), static_cast<int>(random() % 33)),
         .metric = static_cast<std::uint32_t>(i),
         .interface = i,
         .gateway = {},
         .plain = true});
  }
  const RouteTable table(routes);
  for (int i = 0; i < 3000; ++i) {
    const IpAddress destination = IpAddress::v4(0x0A000000 | (static_cast<std::uint32_t>(random()) & 0x000fffff));
    const Route* best = nullptr;
    for (const Route& candidate : routes) {
      if (!candidate.prefix.contains(destination)) continue;
      if (best == nullptr || candidate.prefix.length() > best->prefix.length() ||
          (candidate.prefix.length() == best->prefix.length() && candidate.metric < best->metric)) {
        best = &candidate;
      }
    }
    const Route* const found = table.find(destination);
    ASSERT_EQ(found == nullptr, best == nullptr) << to_string(destination);
    ASSERT_TRUE(best == nullptr || found->interface == best->interface) << to_string(destination);
  }
}

}  // namespace
}  // namespace isthmus::net
