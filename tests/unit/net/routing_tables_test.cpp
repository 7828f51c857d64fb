// Ranges of addresses that go the same way against a search through both tables.

#include "net/routing_tables.hpp"

#include <gtest/gtest.h>

#include <random>

namespace isthmus::net {
namespace {

Route route(const Prefix& prefix, int interface) {
  return {.prefix = prefix, .metric = 0, .interface = interface, .gateway = {}, .plain = true};
}
Route route(const char* prefix, int interface) { return route(Prefix::parse(prefix).value(), interface); }
IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

TEST(RoutingTables, PutTheLocalTableFirst) {
  RoutingTables tables(RouteTable({route("192.0.2.1/32", 1), route("2001:db8::1/128", 1)}),
                       RouteTable({route("192.0.2.0/24", 2), route("0.0.0.0/0", 3), route("2001:db8::/32", 2)}));
  const auto way_to = [&](const char* destination) {
    const auto found = tables.find(address(destination));
    return std::pair(found.route == nullptr ? 0 : found.route->interface, found.local);
  };
  // Forth and back, so that what is remembered is right as well as wrong.
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(way_to("192.0.2.1"), std::pair(1, true));
    EXPECT_EQ(way_to("192.0.2.2"), std::pair(2, false));
    EXPECT_EQ(way_to("192.0.2.255"), std::pair(2, false));
    EXPECT_EQ(way_to("192.0.3.0"), std::pair(3, false));
    EXPECT_EQ(way_to("255.255.255.255"), std::pair(3, false));
    EXPECT_EQ(way_to("0.0.0.0"), std::pair(3, false));
    EXPECT_EQ(way_to("2001:db8::1"), std::pair(1, true));
    EXPECT_EQ(way_to("2001:db8::2"), std::pair(2, false));
    EXPECT_EQ(way_to("2001:db9::"), std::pair(0, false));
  }
}

TEST(RoutingTables, FindNothingWithoutRoutes) {
  RoutingTables tables{RouteTable(), RouteTable()};
  EXPECT_EQ(tables.find(address("192.0.2.1")).route, nullptr);
  EXPECT_EQ(tables.find(address("2001:db8::1")).route, nullptr);
}

TEST(RoutingTables, AgreeWithASearchThroughBoth) {
  std::mt19937 random(1);
  // Few distinct high bits, so that prefixes nest; lengths down to 0, ends of the address space included.
  const auto some_address = [&random] {
    const auto bits = static_cast<std::uint32_t>(random());
    return IpAddress::v4(bits % 8 == 0 ? ~std::uint32_t{0} << (bits >> 27) : 0x0A000000 | (bits & 0x0003ffff));
  };
  std::vector<Route> routes[2];
  for (int i = 1; i <= 1000; ++i) {
    routes[i % 2].push_back(route(Prefix(some_address(), static_cast<int>(random() % 33)), i));
  }
  std::erase_if(routes[0], [](const Route& r) { return r.prefix.length() < 12; });
  const RouteTable local(routes[0]);
  const RouteTable main(routes[1]);
  RoutingTables tables(local, main);
  for (int i = 0; i < 100'000; ++i) {
    const IpAddress destination = i % 2 == 0 ? some_address() : IpAddress::v4(static_cast<std::uint32_t>(random()));
    const Route* const in_local = local.find(destination);
    const Route* const expected = in_local != nullptr ? in_local : main.find(destination);
    const auto found = tables.find(destination);
    ASSERT_EQ(found.route == nullptr, expected == nullptr) << to_string(destination);
    ASSERT_EQ(found.local, in_local != nullptr) << to_string(destination);
    if (expected == nullptr) continue;
    ASSERT_EQ(found.route->interface, expected->interface) << to_string(destination);
  }
}

}  // namespace
}  // namespace isthmus::net
