// Delegation files: whose space it is, by who holds both the space and an AS.

#include <gtest/gtest.h>

#include <string>

#include "unit/ip2as/reading.hpp"

namespace isthmus::ip2as {
namespace {

using test::origins_at;
using test::read_bytes;

constexpr const char* kFile =
    "2|ripencc|20251125|8|19830705|20251124|+0100\n"
    "ripencc|*|ipv4|*|3|summary\n"
    "ripencc|*|asn|*|2|summary\n"
    "ripencc|DE|asn|64500|1|20100101|allocated|holder-a\n"
    "ripencc|DE|asn|64498|2|20100101|assigned|holder-a|e-stats\n"
    "ripencc|DE|ipv4|198.51.100.0|768|20100101|allocated|holder-a\n"
    "ripencc|DE|ipv6|2001:db8::|32|20100101|allocated|holder-a\n"
    "ripencc|DE|ipv4|203.0.113.0|256|20100101|assigned|holder-b\n"
    "ripencc||ipv4|192.0.2.0|256||available|\n"
    "apnic|JP|asn|64510|1|20100101|allocated|holder-b\n";

TEST(Delegations, SpaceBelongsToTheAsesOfItsHolder) {
  auto reading = read_bytes(kFile, FileRole::registry, "delegated-ripencc-extended-latest");
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.report.format, "delegation");
  EXPECT_EQ(reading.report.date, "2025-11-24");
  EXPECT_EQ(reading.report.records, 7u);
  EXPECT_EQ(reading.report.skipped, 2u) << "of a holder without an AS, and of nobody";
  EXPECT_EQ(reading.report.bad, 0u);
  const PrefixTable table = reading.registry();
  EXPECT_EQ(origins_at(table, "198.51.100.0"), "64498 64499 64500");
  EXPECT_EQ(origins_at(table, "198.51.102.255"), "64498 64499 64500");
  EXPECT_EQ(origins_at(table, "198.51.103.0"), "");
  EXPECT_EQ(origins_at(table, "2001:db8:ffff::1"), "64498 64499 64500");
  EXPECT_EQ(origins_at(table, "203.0.113.1"), "") << "another registry's id is another holder";
}

TEST(Delegations, AsesThatAreAtWorkComeFirst) {
  PrefixTableBuilder announced;
  announced.add(Prefix::parse("192.0.2.0/24").value(), Asn{64500});
  const PrefixTable table = std::move(announced).build();
  test::Reading reading;
  reading.sinks.announced = &table;
  ASSERT_TRUE(read_input(*Input::of_bytes(kFile, "f"), FileRole::registry, reading.sinks, reading.report));
  EXPECT_EQ(origins_at(reading.registry(), "198.51.100.0"), "64500 64498 64499");
}

TEST(Delegations, BadLinesAreCountedAndTheRestIsUsed) {
  auto reading = read_bytes(std::string(kFile) +
                                "ripencc|DE|ipv4|198.51.104.0|0|20100101|allocated|holder-a\n"
                                "ripencc|DE|ipv4|255.255.255.0|257|20100101|allocated|holder-a\n"
                                "ripencc|DE|ipv6|2001:db8::|129|20100101|allocated|holder-a\n"
                                "ripencc|DE|ipv6|198.51.100.0|24|20100101|allocated|holder-a\n"
                                "ripencc|DE|asn|0|1|20100101|allocated|holder-a\n"
                                "ripencc|DE|asn|4294967294|9|20100101|allocated|holder-a\n"
                                "ripencc|DE|fax|1|9|20100101|allocated|holder-a\n"
                                "ripencc|DE|ipv4\n",
                            FileRole::registry, "f");
  EXPECT_EQ(reading.problems(),
            "f:11: '0' is no number of addresses from 198.51.104.0 on\n"
            "f:12: '257' is no number of addresses from 255.255.255.0 on\n"
            "f:13: the length of '2001:db8::/129' must be 0 to 128\n"
            "f:14: '198.51.100.0' is not an IPv6 address\n"
            "f:15: AS 0 names no network\n"
            "f:16: '9' is no number of AS numbers\n"
            "f:17: 'fax' is none of asn, ipv4, ipv6\n"
            "f:18: has fewer than the seven fields registry|country|type|start|value|date|status\n");
  EXPECT_EQ(origins_at(reading.registry(), "198.51.100.1"), "64498 64499 64500");
}

TEST(Delegations, FilesThatTellNoHoldersSaySo) {
  const auto reading = read_bytes(
      "2|arin|20251125|2|19700101|20251125|-0400\n"
      "arin|US|ipv4|198.51.100.0|256|20100101|allocated\n"
      "arin|US|asn|64500|1|20100101|allocated\n");
  EXPECT_NE(reading.error.find("use the file with 'extended' in its name"), std::string::npos) << reading.error;
}

TEST(Registry, MayBeAnyListOfPrefixesOfAnyLength) {
  auto reading = read_bytes("198.51.100.128/25\t64496\n", FileRole::registry);
  EXPECT_EQ(origins_at(reading.registry(), "198.51.100.200"), "64496");
}

}  // namespace
}  // namespace isthmus::ip2as
