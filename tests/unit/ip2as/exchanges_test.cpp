// Exchanges: LANs, ports, members, retired LANs, and lists that disagree.

#include "isthmus/ip2as/exchanges.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace isthmus::ip2as {
namespace {

IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }
Prefix prefix(const std::string& text) { return Prefix::parse(text).value(); }

TEST(Exchanges, AnAddressOnALanIsItsMembersPort) {
  ExchangesBuilder builder;
  const auto ix = builder.add_exchange("Example-IX");
  EXPECT_TRUE(builder.add_lan(ix, prefix("198.51.100.0/24"), false));
  EXPECT_TRUE(builder.add_lan(ix, prefix("2001:db8:0:1::/64"), false));
  EXPECT_TRUE(builder.add_port(ix, address("198.51.100.7"), Asn{64496}));
  EXPECT_TRUE(builder.add_port(ix, address("2001:db8:0:1::7"), Asn{64497}));
  builder.add_member(ix, Asn{64498});
  const Exchanges known = std::move(builder).build();
  EXPECT_EQ(known.lookup(address("198.51.100.7")), (ExchangePort{ix, Asn{64496}, false}));
  EXPECT_EQ(known.lookup(address("198.51.100.8")), (ExchangePort{ix, Asn{}, false}));
  EXPECT_EQ(known.lookup(address("2001:db8:0:1::7")), (ExchangePort{ix, Asn{64497}, false}));
  EXPECT_EQ(known.lookup(address("198.51.101.0")), std::nullopt);
  EXPECT_EQ(known.lookup(address("2001:db8:0:2::7")), std::nullopt);
  EXPECT_EQ(known.name(ix), "Example-IX");
  EXPECT_TRUE(known.is_member(ix, Asn{64496}));
  EXPECT_TRUE(known.is_member(ix, Asn{64498}));
  EXPECT_FALSE(known.is_member(ix, Asn{64499}));
  EXPECT_EQ(known.lan_count(), 2u);
  EXPECT_EQ(known.port_count(), 2u);
}

TEST(Exchanges, NothingIsKnownOfNoExchange) {
  const Exchanges nothing;
  EXPECT_EQ(nothing.lookup(address("198.51.100.7")), std::nullopt);
  EXPECT_EQ(nothing.lookup(address("2001:db8::7")), std::nullopt);
  EXPECT_EQ(nothing.name(0), "");
  EXPECT_FALSE(nothing.is_member(0, Asn{64496}));
}

TEST(Exchanges, ARetiredLanIsKnownUntilSomebodyElseUsesIt) {
  ExchangesBuilder builder;
  const auto gone = builder.add_exchange("Gone-IX");
  const auto here = builder.add_exchange("Here-IX");
  builder.add_lan(gone, prefix("198.51.100.0/24"), true);
  builder.add_lan(gone, prefix("203.0.113.0/24"), true);
  builder.add_lan(here, prefix("203.0.113.0/24"), false);
  builder.add_port(gone, address("203.0.113.1"), Asn{64496});
  builder.add_port(here, address("203.0.113.2"), Asn{64497});
  const Exchanges known = std::move(builder).build();
  EXPECT_EQ(known.lookup(address("198.51.100.1")), (ExchangePort{gone, Asn{}, true}));
  EXPECT_EQ(known.lookup(address("203.0.113.2")), (ExchangePort{here, Asn{64497}, false}));
  EXPECT_EQ(known.lookup(address("203.0.113.1"))->member, Asn{}) << "a port of the exchange that left";
  EXPECT_FALSE(known.is_member(here, Asn{64496})) << "two exchanges, one after the other";
}

TEST(Exchanges, TwoListsOfOneExchangeBecomeOne) {
  ExchangesBuilder builder;
  const auto first = builder.add_exchange("Example-IX");
  const auto between = builder.add_exchange("Unrelated");
  const auto second = builder.add_exchange("Example Internet Exchange");
  builder.add_lan(first, prefix("198.51.100.0/24"), false);
  builder.add_lan(between, prefix("203.0.113.0/24"), false);
  builder.add_lan(second, prefix("198.51.100.0/24"), false);
  builder.add_lan(second, prefix("2001:db8:0:1::/64"), false);
  builder.add_port(second, address("198.51.100.9"), Asn{64499});
  builder.add_port(first, address("198.51.100.9"), Asn{64500});
  const Exchanges known = std::move(builder).build();
  EXPECT_EQ(known.lookup(address("198.51.100.9")), (ExchangePort{first, Asn{64499}, false}));
  EXPECT_EQ(known.lookup(address("2001:db8:0:1::1"))->exchange, first);
  EXPECT_TRUE(known.is_member(first, Asn{64499}));
  EXPECT_FALSE(known.is_member(between, Asn{64499}));
  EXPECT_EQ(known.lan_count(), 3u);
}

TEST(Exchanges, APortOffEveryLanIsOneByItself) {
  ExchangesBuilder builder;
  const auto ix = builder.add_exchange("Example-IX");
  const auto other = builder.add_exchange("Other-IX");
  builder.add_lan(other, prefix("203.0.113.0/24"), false);
  builder.add_port(ix, address("198.51.100.9"), Asn{64496});
  builder.add_port(ix, address("203.0.113.9"), Asn{64496});
  const Exchanges known = std::move(builder).build();
  EXPECT_EQ(known.lookup(address("198.51.100.9")), (ExchangePort{ix, Asn{64496}, false}));
  EXPECT_EQ(known.lookup(address("198.51.100.10")), std::nullopt);
  EXPECT_EQ(known.lookup(address("203.0.113.9")), (ExchangePort{other, Asn{}, false})) << "not on its own LAN";
}

TEST(Exchanges, RefusesWhatCanBeNoLan) {
  ExchangesBuilder builder;
  const auto ix = builder.add_exchange("Example-IX");
  EXPECT_FALSE(builder.add_lan(ix, prefix("0.0.0.0/0"), false));
  EXPECT_FALSE(builder.add_lan(ix, prefix("198.48.0.0/15"), false));
  EXPECT_FALSE(builder.add_lan(ix, prefix("10.1.0.0/24"), false));
  EXPECT_FALSE(builder.add_lan(ix, prefix("2001:db0::/31"), false));
  EXPECT_FALSE(builder.add_lan(ix, prefix("fd00::/64"), false));
  EXPECT_FALSE(builder.add_port(ix, address("192.168.0.1"), Asn{64496}));
  EXPECT_FALSE(builder.add_port(ix, address("198.51.100.1"), Asn{}));
  const Exchanges known = std::move(builder).build();
  EXPECT_EQ(known.lan_count(), 0u);
  EXPECT_EQ(known.lookup(address("8.8.8.8")), std::nullopt);
  EXPECT_FALSE(known.is_member(ix, Asn{64496}));
}

}  // namespace
}  // namespace isthmus::ip2as
