// Everything together, from files: what load() makes of them, what it refuses, and what describe() says about one.

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "isthmus/ip2as/load.hpp"
#include "support/mrt_table.hpp"
#include "support/packing.hpp"
#include "support/temporary_folder.hpp"
#include "unit/ip2as/sample_data.hpp"

namespace isthmus::ip2as {
namespace {

class NetworkFiles : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) const { return folder_.write(name, bytes); }

  DataFiles files() const {
    return {
        .prefixes = {write("pfx2as.gz", support::gzip("198.51.100.0\t24\t64496\n203.0.113.0\t24\t64500_64501\n"))},
        .registry = {write("delegated-extended",
                           "ripencc|DE|asn|64502|1|20100101|allocated|h\n"
                           "ripencc|DE|ipv4|192.0.2.0|256|20100101|allocated|h\n"
                           "ripencc|DE|asn|64490|1|20100101|allocated|i\n"
                           "ripencc|DE|asn|64496|1|20100101|allocated|i\n"
                           "ripencc|DE|ipv4|192.0.3.0|256|20100101|allocated|i\n")},
        .overrides = {write("ours.txt", "198.51.100.1/32 AS64503 # a router of ours\n")},
        .relationships = {write("20251101.as-rel.txt.bz2", support::bzip2("64500|64501|-1\n64501|64500|-1\n"))},
        .organisations = {write("as-org2info.txt",
                                "# format:org_id|changed|org_name|country|source\n"
                                "A|1|Example, Inc.|US|ARIN\n"
                                "# format:aut|changed|aut_name|org_id|opaque_id|source\n"
                                "64496|1|X|A||ARIN\n")},
        .cones = {write("ppdc-ases.txt", "64496 64496 64497\n")},
        .exchanges = {write("ixs_202511.jsonl",
                            "{\"ix_id\": 1, \"name\": \"IX\", \"prefixes\": {\"ipv4\": [\"198.51.101.0/24\"]}}\n")}};
  }

  static Annotation at(const NetworkData& data, const std::string& text) {
    return annotate(data, IpAddress::parse(text).value());
  }

  support::TemporaryFolder folder_;
};

TEST_F(NetworkFiles, EachKindOfFileFindsItsPlace) {
  LoadReport report;
  const auto loaded = load(files(), report);
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  const NetworkData& data = **loaded;
  EXPECT_EQ(at(data, "198.51.100.1").kind, AddressKind::overridden);
  EXPECT_EQ(at(data, "198.51.100.1").asn, Asn{64503});
  EXPECT_EQ(at(data, "198.51.100.2").kind, AddressKind::announced);
  EXPECT_EQ(at(data, "198.51.101.2").kind, AddressKind::exchange);
  EXPECT_EQ(at(data, "192.0.2.2").kind, AddressKind::registered);
  EXPECT_EQ(at(data, "192.0.3.2").asn, Asn{64496}) << "of its holder's ASes the one that announces something";
  EXPECT_EQ(at(data, "203.0.113.1").asn, Asn{64501}) << "the customer of the other origin";
  EXPECT_EQ(data.name_of(Asn{64496}), "Example, Inc.");
  EXPECT_TRUE(data.relationships.in_cone(Asn{64496}, Asn{64497}));
  ASSERT_EQ(report.files.size(), 7u);
  EXPECT_EQ(report.bad(), 1u) << "the relationship that contradicts";
  EXPECT_EQ(report.first_cut(), nullptr);
  for (const char* name :
       {"pfx2as.gz crc32:", ", ours.txt crc32:", ", 20251101.as-rel.txt.bz2 crc32:", ", ixs_202511.jsonl crc32:"}) {
    EXPECT_NE(data.version.find(name), std::string::npos) << data.version;
  }
}

TEST_F(NetworkFiles, NothingListedIsNothingKnown) {
  LoadReport report;
  const auto loaded = load({}, report);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(at(**loaded, "198.51.100.1").kind, AddressKind::unknown);
  EXPECT_EQ((*loaded)->version, "");
}

TEST_F(NetworkFiles, OneFileThatIsNoneFailsAllAndIsNamed) {
  DataFiles some = files();
  some.cones.push_back(write("letter.txt", "Dear Sir,\n"));
  LoadReport report;
  const auto loaded = load(some, report);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().operation, (folder_ / "letter.txt").string() + ":1");
  EXPECT_EQ(report.files.back().file, (folder_ / "letter.txt").string()) << "what was read is told as well";
}

TEST_F(NetworkFiles, DescribeTellsWhatIsInAFile) {
  std::string table;
  support::mrt::write_table({.ipv4_prefixes = 300, .ipv6_prefixes = 100, .peers = 4, .origins = 50},
                            [&](std::string_view piece) { table += piece; });
  const auto rib = describe(write("rib.20231114.2200.bz2", support::bzip2(table)));
  ASSERT_TRUE(rib) << to_string(rib.error());
  EXPECT_EQ(rib->format, "mrt");
  EXPECT_EQ(rib->packing, "bzip2");
  EXPECT_EQ(rib->records, 400u);
  EXPECT_EQ(rib->ipv4_prefixes, 300u);
  EXPECT_EQ(rib->ipv6_prefixes, 100u);
  EXPECT_EQ(rib->peers, 4u);
  EXPECT_EQ(rib->collector, "192.0.2.1");
  EXPECT_EQ(rib->view, "made-up");
  EXPECT_EQ(rib->date, "2023-11-14");
  EXPECT_EQ(to_rfc3339(rib->first_time.value()), "2023-11-14T22:13:20.000Z");
  EXPECT_GT(rib->ases, 20u);

  const DataFiles some = files();
  const auto links = describe(some.relationships.front());
  ASSERT_TRUE(links);
  EXPECT_EQ(links->links, 1u);
  EXPECT_EQ(links->ases, 2u);
  EXPECT_EQ(links->bad, 1u);
  EXPECT_EQ(links->date, "2025-11-01");
  const auto organisations = describe(some.organisations.front());
  ASSERT_TRUE(organisations);
  EXPECT_EQ(organisations->organisations, 1u);
  EXPECT_EQ(organisations->ases, 1u);
  const auto exchanges = describe(some.exchanges.front());
  ASSERT_TRUE(exchanges);
  EXPECT_EQ(exchanges->exchanges, 1u);
  EXPECT_EQ(exchanges->ipv4_prefixes, 1u);
  const auto registry = describe(some.registry.front());
  ASSERT_TRUE(registry);
  EXPECT_EQ(registry->ipv4_prefixes, 2u);
  EXPECT_EQ(registry->ases, 3u);
  const auto cones = describe(some.cones.front());
  ASSERT_TRUE(cones);
  EXPECT_EQ(cones->ases, 2u);
  EXPECT_FALSE(describe(write("letter.txt", "Dear Sir,\n")));
}

}  // namespace
}  // namespace isthmus::ip2as
