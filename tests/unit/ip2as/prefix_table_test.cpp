// What a prefix table answers: longest match, precedence, names, and what it leaves out.

#include "isthmus/ip2as/prefix_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::ip2as {
namespace {

IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }
Prefix prefix(const std::string& text) { return Prefix::parse(text).value(); }

PrefixTable table_of(std::initializer_list<std::pair<const char*, std::uint32_t>> entries) {
  PrefixTableBuilder builder;
  for (const auto& [text, asn] : entries) builder.add(prefix(text), Asn{asn});
  return std::move(builder).build();
}

std::uint32_t asn_at(const PrefixTable& table, const std::string& text) {
  const auto origin = table.lookup(address(text));
  return origin ? origin->asn.number : 0;
}

TEST(PrefixTable, EmptyMapsNothing) {
  const PrefixTable table;
  EXPECT_EQ(table.lookup(address("0.0.0.0")), std::nullopt);
  EXPECT_EQ(table.lookup(address("255.255.255.255")), std::nullopt);
  EXPECT_EQ(table.lookup(address("2001:db8::1")), std::nullopt);
  EXPECT_EQ(table.prefix_count(), 0u);
  EXPECT_EQ(table.name_of(Asn{64496}), "");
  EXPECT_EQ(table.version(), "");
}

TEST(PrefixTable, LongestMatchWinsInEveryOrderOfAdding) {
  for (const auto& table : {table_of({{"203.0.0.0/8", 1}, {"203.0.113.0/24", 2}, {"203.0.113.128/25", 3}}),
                            table_of({{"203.0.113.128/25", 3}, {"203.0.113.0/24", 2}, {"203.0.0.0/8", 1}})}) {
    EXPECT_EQ(asn_at(table, "202.255.255.255"), 0u);
    EXPECT_EQ(asn_at(table, "203.0.0.0"), 1u);
    EXPECT_EQ(asn_at(table, "203.0.112.255"), 1u);
    EXPECT_EQ(asn_at(table, "203.0.113.0"), 2u);
    EXPECT_EQ(asn_at(table, "203.0.113.127"), 2u);
    EXPECT_EQ(asn_at(table, "203.0.113.128"), 3u);
    EXPECT_EQ(asn_at(table, "203.0.113.255"), 3u);
    EXPECT_EQ(asn_at(table, "203.0.114.0"), 1u);
    EXPECT_EQ(asn_at(table, "203.255.255.255"), 1u);
    EXPECT_EQ(asn_at(table, "204.0.0.0"), 0u);
  }
}

TEST(PrefixTable, NestedPrefixesThatStartTogether) {
  const auto table = table_of({{"198.51.100.0/24", 1}, {"198.51.100.0/26", 2}, {"198.51.100.0/32", 3}});
  EXPECT_EQ(asn_at(table, "198.51.100.0"), 3u);
  EXPECT_EQ(asn_at(table, "198.51.100.1"), 2u);
  EXPECT_EQ(asn_at(table, "198.51.100.63"), 2u);
  EXPECT_EQ(asn_at(table, "198.51.100.64"), 1u);
}

TEST(PrefixTable, NestedPrefixesThatEndTogether) {
  const auto table = table_of({{"198.51.100.0/24", 1}, {"198.51.100.192/26", 2}, {"198.51.100.255/32", 3}});
  EXPECT_EQ(asn_at(table, "198.51.100.191"), 1u);
  EXPECT_EQ(asn_at(table, "198.51.100.254"), 2u);
  EXPECT_EQ(asn_at(table, "198.51.100.255"), 3u);
  EXPECT_EQ(asn_at(table, "198.51.101.0"), 0u);
}

TEST(PrefixTable, SameAsInsideAndOutsideIsOneNetwork) {
  const auto table = table_of({{"198.51.100.0/24", 7}, {"198.51.100.128/25", 7}});
  EXPECT_EQ(asn_at(table, "198.51.100.127"), 7u);
  EXPECT_EQ(asn_at(table, "198.51.100.128"), 7u);
  EXPECT_EQ(table.prefix_count(), 2u);
}

TEST(PrefixTable, Ipv6AroundTheMiddleOfAnAddress) {
  const auto table = table_of({{"2001:db8::/32", 1}, {"2001:db8:0:1::/64", 2}, {"2001:db8:0:1::ff/128", 3}});
  EXPECT_EQ(asn_at(table, "2001:db8::"), 1u);
  EXPECT_EQ(asn_at(table, "2001:db8:0:0:ffff:ffff:ffff:ffff"), 1u);
  EXPECT_EQ(asn_at(table, "2001:db8:0:1::fe"), 2u);
  EXPECT_EQ(asn_at(table, "2001:db8:0:1::ff"), 3u);
  EXPECT_EQ(asn_at(table, "2001:db8:0:1::100"), 2u);
  EXPECT_EQ(asn_at(table, "2001:db8:0:2::"), 1u);
  EXPECT_EQ(asn_at(table, "2001:db9::"), 0u);
}

TEST(PrefixTable, LastPublicAddressesOfBothFamilies) {
  const auto table = table_of({{"223.255.255.255/32", 1}, {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 2}});
  EXPECT_EQ(asn_at(table, "223.255.255.255"), 1u);
  EXPECT_EQ(asn_at(table, "224.0.0.0"), 0u);
  EXPECT_EQ(asn_at(table, "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 2u);
  EXPECT_EQ(asn_at(table, "4000::"), 0u);
}

TEST(PrefixTable, OfEqualPrefixesTheFirstAddedWins) {
  PrefixTableBuilder builder;
  const std::vector<Asn> second{Asn{64500}};
  const std::vector<Asn> wider{Asn{64501}};
  builder.add(prefix("198.51.100.0/24"), Asn{64496});
  builder.add(prefix("203.0.113.0/25"), Asn{64497});
  builder.add_range(address("198.51.100.0"), address("198.51.100.255"), second, "Second");
  builder.add_range(address("203.0.113.0"), address("203.0.113.255"), wider, "Wider");
  const PrefixTable table = std::move(builder).build();
  EXPECT_EQ(asn_at(table, "198.51.100.1"), 64496u);
  EXPECT_EQ(asn_at(table, "203.0.113.1"), 64497u);
  EXPECT_EQ(asn_at(table, "203.0.113.200"), 64501u);
  EXPECT_EQ(table.prefix_count(), 3u) << "different ones";
  EXPECT_EQ(table.as_count(), 4u);
  EXPECT_TRUE(table.originates(Asn{64501}));
  EXPECT_FALSE(table.originates(Asn{64502}));
}

TEST(PrefixTable, NamesComeFromTheFirstSourceThatHasOne) {
  PrefixTableBuilder builder;
  builder.add(prefix("198.51.100.0/24"), Asn{64496});
  EXPECT_TRUE(builder.wants_name(Asn{64496}));
  builder.add(prefix("203.0.113.0/24"), Asn{64496}, "Example, Inc.");
  EXPECT_FALSE(builder.wants_name(Asn{64496}));
  EXPECT_FALSE(builder.wants_name(Asn{64512})) << "no origin, no name";
  builder.add(prefix("192.0.2.0/24"), Asn{64496}, "Another");
  const PrefixTable table = std::move(builder).build();
  EXPECT_EQ(table.lookup(address("198.51.100.9")), (Origin{Asn{64496}, "Example, Inc."}));
  EXPECT_EQ(table.name_of(Asn{64496}), "Example, Inc.");
  EXPECT_EQ(table.name_of(Asn{64497}), "");
}

TEST(PrefixTable, ViewsStayValidWhenTheTableMoves) {
  PrefixTableBuilder builder;
  builder.add(prefix("203.0.113.0/24"), Asn{64496}, "E");
  PrefixTable first = std::move(builder).build();
  const std::string_view name = first.name_of(Asn{64496});
  const PrefixTable second = std::move(first);
  EXPECT_EQ(name, "E");
  EXPECT_EQ(name.data(), second.name_of(Asn{64496}).data());
}

TEST(PrefixTable, LeavesOutWhatOnlyLeaks) {
  const auto table = table_of({{"0.0.0.0/0", 1},
                               {"0.0.0.0/32", 2},
                               {"10.65.0.0/16", 3},
                               {"127.0.0.1/32", 4},
                               {"192.168.2.2/32", 5},
                               {"224.0.0.0/24", 6},
                               {"100.64.0.0/10", 7},
                               {"::/0", 8},
                               {"fdfe:13b9:8bf4::/48", 9},
                               {"2000::/3", 10},
                               {"1.0.0.0/24", 0},
                               {"1.0.1.0/24", 23456},
                               {"1.0.2.0/24", 64512},
                               {"1.0.3.0/24", 65535},
                               {"1.0.4.0/24", 4200000000},
                               {"1.0.5.0/24", 4294967295}});
  EXPECT_EQ(table.prefix_count(), 0u);
  EXPECT_EQ(table.skipped_count(), 16u);
  for (const char* text : {"0.0.0.0", "10.65.0.1", "127.0.0.1", "192.168.2.2", "224.0.0.1", "8.8.8.8", "::1",
                           "2001:db8::1", "1.0.0.1", "1.0.1.1", "1.0.2.1", "1.0.3.1", "1.0.4.1", "1.0.5.1"}) {
    EXPECT_EQ(asn_at(table, text), 0u) << text;
  }
}

TEST(PrefixTable, KeepsTheNeighboursOfSpecialSpaceAndDocumentation) {
  const auto table = table_of({{"9.255.255.0/24", 1},
                               {"11.0.0.0/24", 2},
                               {"100.63.0.0/16", 3},
                               {"172.15.0.0/16", 4},
                               {"172.32.0.0/16", 5},
                               {"192.0.2.0/24", 6},
                               {"198.51.100.0/24", 7},
                               {"198.20.0.0/16", 8},
                               {"2001:db8::/32", 9},
                               {"203.0.113.0/24", 64511},
                               {"203.0.112.0/24", 65536},
                               {"203.0.111.0/24", 64511}});
  EXPECT_EQ(table.skipped_count(), 0u);
  EXPECT_EQ(asn_at(table, "9.255.255.1"), 1u);
  EXPECT_EQ(asn_at(table, "198.20.0.1"), 8u);
  EXPECT_EQ(asn_at(table, "203.0.113.1"), 64511u);
}

TEST(PrefixTable, SeveralOriginsOfOnePrefixAreKeptInOrder) {
  PrefixTableBuilder builder;
  const std::vector<Asn> origins{Asn{64500}, Asn{64496}, Asn{64500}, Asn{0}, Asn{64512}, Asn{64499}};
  builder.add(prefix("198.51.100.0/24"), origins);
  builder.add(prefix("203.0.113.0/24"), origins);
  builder.add(prefix("203.0.112.0/24"), Asn{64500}, "Example");
  builder.add(prefix("192.0.2.0/24"), std::vector<Asn>{Asn{0}, Asn{4294967295}});
  builder.add(prefix("192.0.3.0/24"), std::vector<Asn>{Asn{64512}, Asn{64498}});
  const PrefixTable table = std::move(builder).build();
  const std::vector<Asn> others{Asn{64496}, Asn{64499}};
  EXPECT_EQ(table.lookup(address("198.51.100.1")), (Origin{Asn{64500}, "Example", others}));
  EXPECT_EQ(table.lookup(address("203.0.113.1")), (Origin{Asn{64500}, "Example", others}));
  EXPECT_EQ(table.lookup(address("203.0.112.1")), (Origin{Asn{64500}, "Example"}));
  EXPECT_EQ(table.lookup(address("192.0.2.1")), std::nullopt) << "no origin that could be one";
  EXPECT_EQ(table.lookup(address("192.0.3.1")), (Origin{Asn{64498}, ""})) << "one that could";
  EXPECT_EQ(table.skipped_count(), 1u);
}

TEST(PrefixTable, WhatCoversASkippedEntryAnswersForIt) {
  const auto table = table_of({{"203.0.112.0/23", 64496}, {"203.0.113.0/24", 64512}});
  EXPECT_EQ(asn_at(table, "203.0.113.1"), 64496u);
}

}  // namespace
}  // namespace isthmus::ip2as
