// MaxMind databases: every record size, both families, aliases of IPv4, the fields of several makers, damage.

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "support/mmdb_writer.hpp"
#include "support/packing.hpp"
#include "unit/ip2as/reading.hpp"

namespace isthmus::ip2as {
namespace {

namespace mmdb = support::mmdb;
using test::origins_at;
using test::read_bytes;

Prefix prefix(const std::string& text) { return Prefix::parse(text).value(); }

std::vector<mmdb::Network> networks() {
  return {{prefix("198.51.100.0/24"), mmdb::as_data(64496, "Example, Inc.")},
          {prefix("203.0.113.64/26"), mmdb::as_data(64497, "Caf\xC3\xA9")},
          {prefix("2001:db8::/32"), mmdb::as_data(64496, "Example, Inc.")},
          {prefix("2600::/16"), mmdb::as_data(70000, "Six")}};
}

TEST(Mmdb, EveryRecordSizeSaysTheSame) {
  for (const int record_size : {24, 28, 32}) {
    auto reading = read_bytes(mmdb::write(networks(), {.record_size = record_size}));
    EXPECT_EQ(reading.error, "");
    EXPECT_EQ(reading.report.format, "mmdb");
    EXPECT_EQ(reading.report.records, 4u);
    EXPECT_EQ(reading.report.bad, 0u) << reading.problems();
    EXPECT_EQ(reading.report.date, "2023-11-14");
    const PrefixTable table = reading.prefixes();
    EXPECT_EQ(origins_at(table, "198.51.100.255"), "64496") << record_size;
    EXPECT_EQ(origins_at(table, "203.0.113.63"), "");
    EXPECT_EQ(origins_at(table, "203.0.113.64"), "64497");
    EXPECT_EQ(origins_at(table, "2001:db8::1"), "64496");
    EXPECT_EQ(origins_at(table, "2600:ffff::1"), "70000");
    EXPECT_EQ(table.name_of(Asn{64497}), "Caf\xC3\xA9");
    EXPECT_EQ(table.prefix_count(Family::ipv4), 2u);
  }
}

TEST(Mmdb, AliasesOfIpv4AreNoNetworksOfIpv6) {
  auto reading = read_bytes(mmdb::write(networks(), {.with_aliases = true}));
  EXPECT_EQ(reading.report.records, 4u);
  const PrefixTable table = reading.prefixes();
  EXPECT_EQ(origins_at(table, "2002:c633:6401::1"), "");
  EXPECT_EQ(table.prefix_count(Family::ipv6), 2u);
}

TEST(Mmdb, DatabasesOfIpv4Alone) {
  auto reading = read_bytes(mmdb::write({{prefix("198.51.100.0/24"), mmdb::as_data(64496, "Four")},
                                         {prefix("10.0.0.0/8"), mmdb::as_data(64497, "Private")}},
                                        {.ip_version = 4}));
  EXPECT_EQ(reading.report.skipped, 1u);
  EXPECT_EQ(origins_at(reading.prefixes(), "198.51.100.1"), "64496");
}

TEST(Mmdb, PackedOnesAreFoundOut) {
  const std::string bytes = mmdb::write(networks());
  for (const std::string& packed : {support::gzip(bytes), support::bzip2(bytes)}) {
    auto reading = read_bytes(packed);
    EXPECT_EQ(reading.error, "");
    EXPECT_EQ(reading.report.format, "mmdb");
    EXPECT_EQ(origins_at(reading.prefixes(), "198.51.100.1"), "64496");
  }
}

TEST(Mmdb, OtherMakersFieldsAndNetworksWithoutAnAs) {
  auto reading = read_bytes(mmdb::write(
      {{prefix("198.51.100.0/24"), mmdb::map({{"asn", mmdb::text("AS64499")}, {"as_name", mmdb::text("Named")}})},
       {prefix("203.0.113.0/24"), mmdb::map({{"country", mmdb::text("KP")}})},
       {prefix("192.0.2.0/24"), mmdb::as_data(0, "Nobody")},
       {prefix("192.0.3.0/24"), mmdb::map({{"asn", mmdb::text("ASX")}})}}));
  EXPECT_EQ(reading.report.records, 4u);
  EXPECT_EQ(reading.report.skipped, 1u);
  // In the order of addresses: 192.0.2.0 is the first network, 192.0.3.0 the second.
  EXPECT_EQ(reading.problems(), "data: byte 0: AS 0 names no network\ndata: byte 1: 'X' is not an AS number\n");
  const PrefixTable table = reading.prefixes();
  EXPECT_EQ(origins_at(table, "198.51.100.1"), "64499");
  EXPECT_EQ(table.name_of(Asn{64499}), "Named");
}

TEST(MmdbDamage, NeitherTruncationsNorFlippedBitsDoHarm) {
  const std::string bytes = mmdb::write(networks(), {.with_aliases = true});
  for (std::size_t size = 0; size < bytes.size(); size += 3) (void)read_bytes(bytes.substr(0, size)).prefixes();
  std::mt19937 random(5);
  std::size_t refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = bytes;
    for (auto flips = 1 + random() % 3; flips > 0; --flips) {
      const std::size_t at = random() % damaged.size();
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8)));
    }
    auto reading = read_bytes(damaged);
    if (!reading.error.empty()) ++refused;
    ASSERT_LE(reading.report.skipped + reading.report.bad, reading.report.records);
    (void)reading.prefixes();
  }
  EXPECT_GT(refused, 100u);
}

TEST(MmdbDamage, BranchesThatMeetAgainEnd) {
  // Both sides of each node lead to the next one: 2^100 ways, were they all gone.
  std::string tree;
  for (int node = 0; node < 100; ++node) {
    for (int side = 0; side < 2; ++side) tree += std::string("\0\0", 2) + static_cast<char>(node + 1);
  }
  std::string bytes = mmdb::write({{prefix("2600::/101"), mmdb::as_data(64496, "x")}});
  bytes.replace(0, tree.size(), tree);
  const auto reading = read_bytes(bytes);
  EXPECT_NE(reading.error.find("the search tree is damaged"), std::string::npos) << reading.error;
}

}  // namespace
}  // namespace isthmus::ip2as
