// Whatever bytes a data file holds: something usable, or an error that says where and why, never a crash. Meant for the
// asan build.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "support/mmdb_writer.hpp"
#include "support/mrt_table.hpp"
#include "support/packing.hpp"
#include "unit/ip2as/reading.hpp"
#include "unit/ip2as/sample_data.hpp"

namespace isthmus::ip2as {
namespace {

using test::read_bytes;

struct Sample {
  const char* name;
  std::string bytes;
};

std::string head_of(const std::string& name, std::size_t size) {
  std::ifstream stream(test::extract(name), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::string text;
  const auto input = Input::of_bytes(bytes, name);
  for (std::string_view piece = input->next(); !piece.empty(); piece = input->next()) text += piece;
  return text.substr(0, size);
}

std::string mrt_table() {
  std::string bytes;
  support::mrt::write_table({.ipv4_prefixes = 20, .ipv6_prefixes = 5, .peers = 3, .origins = 5},
                            [&](std::string_view piece) { bytes += piece; });
  return bytes;
}

std::vector<Sample> samples() {
  const std::string relationships = "# clique: 1 2\n64500|64496|-1\n64500|64497|0|bgp\n64496|64499|-1\n";
  return {
      {"Csv4", head_of("asn-ipv4-extract.csv", 1500)},
      {"Csv6", head_of("asn-ipv6-extract.csv", 1500)},
      {"Pyasn", head_of("ipasn-ipv4-extract.dat.gz", 1500)},
      {"Pfx2as", "198.51.100.0\t24\t64496_64497\n2001:db8::\t32\t64496,1.2\n203.0.113.0\t24\t64500\n"},
      {"Overrides", "198.51.100.0/24 AS64496 # ours\n2001:db8::/32 64497\n"},
      {"Delegation",
       "2|ripencc|20251125|3|19830705|20251124|+0100\nripencc|*|ipv4|*|3|summary\n"
       "ripencc|DE|asn|64500|2|20100101|allocated|h\nripencc|DE|ipv4|198.51.100.0|768|20100101|allocated|h\n"
       "ripencc|DE|ipv6|2001:db8::|32|20100101|allocated|h|e-stats\n"},
      {"Relationships", relationships},
      {"Cones", "64500 64500 64496 64497\n64496 64496\n"},
      {"As2org",
       "# format:org_id|changed|org_name|country|source\nA|1|Example, Inc.|US|ARIN\n"
       "# format:aut|changed|aut_name|org_id|opaque_id|source\n64496|1|X|A|o|ARIN\n"},
      {"As2orgJson",
       "{\"organizationId\":\"A\",\"name\":\"N\\u00e9\",\"type\":\"Organization\"}\n"
       "{\"asn\":\"64496\",\"organizationId\":\"A\",\"type\":\"ASN\"}\n"},
      {"PeeringDb", R"({"ix": {"data": [{"id": 4, "name": "I\"X", "status": "ok"}], "meta": {"generated": 1.7e9}},
"ixlan": {"data": [{"id": 11, "ix_id": 4}]}, "ixpfx": {"data": [{"ixlan_id": 11, "prefix": "198.51.100.0/24"}]},
"netixlan": {"data": [{"ixlan_id": 11, "asn": 64496, "ipaddr4": "198.51.100.7", "ipaddr6": null}]}})"},
      {"Ixs", "{\"ix_id\": 1, \"name\": \"IX\", \"prefixes\": {\"ipv4\": [\"198.51.100.0/24\"], \"ipv6\": []}}\n"},
      {"IxAsns", "{\"asn\": 64496, \"ix_id\": 1, \"ipv4\": [\"198.51.100.7\"], \"ipv6\": [\"2001:db8::7\"]}\n"},
      {"Mrt", mrt_table().substr(0, 2500)},
      {"MrtBzip2", support::bzip2(mrt_table().substr(0, 4000))},
      {"Gzip", support::gzip(head_of("asn-ipv4-extract.csv", 6000))},
      {"Mmdb", support::mmdb::write({{Prefix::parse("198.51.100.0/24").value(), support::mmdb::as_data(64496, "Ex")},
                                     {Prefix::parse("2001:db8::/32").value(), support::mmdb::as_data(64497, "Ex2")}})},
  };
}

// Reads, builds everything, and asks: what was accepted must answer.
void expect_data_or_error(const std::string& bytes) {
  auto reading = read_bytes(bytes, FileRole::anything, "f", 1 + bytes.size() / 3);
  ASSERT_LE(reading.report.skipped + reading.report.bad, reading.report.records);
  if (!reading.error.empty()) {
    ASSERT_TRUE(reading.error.starts_with("f:")) << reading.error;
  } else {
    ASSERT_GT(reading.report.records, reading.report.skipped + reading.report.bad);
  }
  const IpAddress asked = IpAddress::v4(0xC6336407);
  const PrefixTable prefixes = reading.prefixes();
  if (const auto origin = prefixes.lookup(asked)) {
    ASSERT_FALSE(origin->asn.is_none());
  }
  (void)reading.registry().lookup(asked);
  const Relationships relationships = reading.relationships();
  ASSERT_GE(relationships.cone_size(Asn{64500}), 1u);
  (void)reading.organisations().siblings(Asn{64496});
  const Exchanges exchanges = reading.exchanges();
  if (const auto port = exchanges.lookup(asked)) (void)exchanges.name(port->exchange);
}

class HostileInput : public testing::TestWithParam<Sample> {};

TEST_P(HostileInput, TheSampleItselfIsUsable) {
  const auto reading = read_bytes(GetParam().bytes);
  EXPECT_EQ(reading.error, "");
}

TEST_P(HostileInput, EveryTruncation) {
  const std::string& bytes = GetParam().bytes;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_NO_FATAL_FAILURE(expect_data_or_error(bytes.substr(0, size))) << size;
  }
}

TEST_P(HostileInput, FlippedAndInsertedBytes) {
  const std::string& bytes = GetParam().bytes;
  std::mt19937 random(7);
  for (int round = 0; round < 1500; ++round) {
    std::string damaged = bytes;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % damaged.size();
      switch (random() % 4) {
        case 0: damaged[at] = static_cast<char>(random()); break;
        case 1: damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8))); break;
        case 2: damaged.insert(at, 1, "0129.,:/\"\t\n;|{}[]"[random() % 18]); break;
        default: damaged.erase(at, 1 + random() % 20); break;
      }
      if (damaged.empty()) break;
    }
    ASSERT_NO_FATAL_FAILURE(expect_data_or_error(damaged)) << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, HostileInput, testing::ValuesIn(samples()),
                         [](const auto& sample) { return std::string(sample.param.name); });

}  // namespace
}  // namespace isthmus::ip2as
