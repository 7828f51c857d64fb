// Relationships, customer cones and organisations as CAIDA publishes them, old forms and damaged lines included.

#include <gtest/gtest.h>

#include <string>

#include "unit/ip2as/reading.hpp"

namespace isthmus::ip2as {
namespace {

using test::read_bytes;

TEST(AsRelationships, BothSerials) {
  for (const char* text :
       {"# source:topology|BGP|20251101\n# inferred clique: 174 209\n64500|64496|-1\n64497|64498|0\n",
        "64500|64496|-1|bgp\n64497|64498|0|mlp\n"}) {
    auto reading = read_bytes(text, FileRole::relationships);
    EXPECT_EQ(reading.error, "");
    EXPECT_EQ(reading.report.format, "as-rel");
    EXPECT_EQ(reading.report.records, 2u);
    const Relationships known = reading.relationships();
    EXPECT_EQ(known.between(Asn{64496}, Asn{64500}), Relation::provider);
    EXPECT_EQ(known.between(Asn{64497}, Asn{64498}), Relation::peer);
  }
}

TEST(AsRelationships, BadAndContradictoryRecordsAreCountedAndTheFirstStands) {
  auto reading = read_bytes(
      "64500|64496|-1\n64496|64500|-1\n64500|64496|0\n0|64496|-1\n64500|4294967295|0\n64500|64500|0\n"
      "64500|64496|1\n64500|x|-1\n64500|64496\n64500|64496|-1\n",
      FileRole::relationships, "rel.txt");
  EXPECT_EQ(reading.report.records, 10u);
  EXPECT_EQ(reading.problems(),
            "rel.txt:2: contradicts what an earlier record says of 64496 and 64500\n"
            "rel.txt:3: contradicts what an earlier record says of 64500 and 64496\n"
            "rel.txt:4: AS 0 names no network\n"
            "rel.txt:5: AS 4294967295 names no network\n"
            "rel.txt:6: relates AS 64500 to itself\n"
            "rel.txt:7: '1' is neither -1 (provider|customer) nor 0 (peer|peer)\n"
            "rel.txt:8: 'x' is not an AS number\n"
            "rel.txt:9: is not of the form AS|AS|relationship\n");
  EXPECT_EQ(reading.relationships().between(Asn{64496}, Asn{64500}), Relation::provider);
}

TEST(CustomerConeFiles, GivenConesStand) {
  auto reading =
      read_bytes("# ppdc\n64500 64500 64496 64497\n64496 64496\n64501 64501 x\n", FileRole::cones, "ppdc.txt");
  EXPECT_EQ(reading.report.format, "ppdc-ases");
  EXPECT_EQ(reading.problems(), "ppdc.txt:4: 'x' is not an AS number\n");
  const Relationships known = reading.relationships();
  EXPECT_EQ(known.cone_size(Asn{64500}), 3u);
  EXPECT_TRUE(known.in_cone(Asn{64500}, Asn{64497}));
  EXPECT_EQ(known.cone_size(Asn{64501}), 1u);
}

TEST(CustomerConeFiles, LinesOfHalfAMegabyteAreLines) {
  std::string text = "1";
  for (std::uint32_t asn = 2; asn < 90000; ++asn) text += " " + std::to_string(asn);
  auto reading = read_bytes(text + "\n", FileRole::cones);
  EXPECT_EQ(reading.report.bad, 0u);
  EXPECT_EQ(reading.relationships().cone_size(Asn{1}), 89999u);
}

constexpr const char* kAs2Org =
    "# name: AS Org\n"
    "# format:org_id|changed|org_name|country|source\n"
    "EX-ARIN|20120130|Example, Inc.|US|ARIN\n"
    "OTHER-RIPE|20120130|Other B.V.|NL|RIPE\n"
    "# format:aut|changed|aut_name|org_id|opaque_id|source\n"
    "64496|20120224|EX-1|EX-ARIN|e5e3b9_ARIN|ARIN\n"
    "64497|20120224|OTHER|OTHER-RIPE||RIPE\n"
    "64498|20120224|EX-2|EX-ARIN||ARIN\n";

void expect_example(const Organisations& known) {
  EXPECT_TRUE(known.same(Asn{64496}, Asn{64498}));
  EXPECT_FALSE(known.same(Asn{64496}, Asn{64497}));
  EXPECT_EQ(known.name_of(Asn{64498}), "Example, Inc.");
  EXPECT_EQ(known.name_of(Asn{64497}), "Other B.V.");
  EXPECT_EQ(known.as_count(), 3u);
  EXPECT_EQ(known.organisation_count(), 2u);
}

TEST(OrganisationFiles, TwoSectionsInAnyOrder) {
  auto reading = read_bytes(kAs2Org, FileRole::organisations);
  EXPECT_EQ(reading.report.format, "as2org");
  EXPECT_EQ(reading.report.records, 5u);
  EXPECT_EQ(reading.report.bad, 0u);
  expect_example(reading.organisations());
  auto turned = read_bytes(
      "# format: aut|changed|name|org_id|source\n64496|20120224|EX-1|EX-ARIN|ARIN\n64498|20120224|EX-2|EX-ARIN|ARIN\n"
      "64497|20120224|OTHER|OTHER-RIPE|RIPE\n# format: org_id|changed|name|country|source\n"
      "EX-ARIN|20120130|Example, Inc.|US|ARIN\nOTHER-RIPE|20120130|Other B.V.|NL|RIPE\n");
  EXPECT_EQ(turned.report.bad, 0u) << turned.problems();
  expect_example(turned.organisations());
}

TEST(OrganisationFiles, OldOnesHaveNoSections) {
  auto reading = read_bytes(
      "64496|20120224|EX-1|EX-ARIN|ARIN\n64498|20120224|EX-2|EX-ARIN|ARIN\n64497|20120224|OTHER|OTHER-RIPE|RIPE\n"
      "EX-ARIN|20120130|Example, Inc.|US|ARIN\nOTHER-RIPE|20120130|Other B.V.|NL|RIPE\n");
  EXPECT_EQ(reading.report.format, "as2org");
  EXPECT_EQ(reading.report.bad, 0u) << reading.problems();
  expect_example(reading.organisations());
}

TEST(OrganisationFiles, JsonLines) {
  auto reading = read_bytes(
      R"({"organizationId":"EX-ARIN","changed":"20170128","name":"Example, Inc.","country":"US","source":"ARIN","type":"Organization"})"
      "\n"
      R"({"asn":"64496","changed":"20120224","name":"EX-1","organizationId":"EX-ARIN","source":"ARIN","type":"ASN"})"
      "\n"
      R"({"asn":64498,"name":"EX-2","organizationId":"EX-ARIN","type":"ASN"})"
      "\n"
      R"({"asn":"64497","name":"OTHER","organizationId":"OTHER-RIPE","type":"ASN"})"
      "\n"
      R"({"organizationId":"OTHER-RIPE","name":"Other B.V.","type":"Organization"})"
      "\n");
  EXPECT_EQ(reading.report.format, "as2org-jsonl");
  EXPECT_EQ(reading.report.records, 5u);
  EXPECT_EQ(reading.report.bad, 0u) << reading.problems();
  expect_example(reading.organisations());
}

TEST(OrganisationFiles, BadLinesAreCounted) {
  auto text = read_bytes(
      std::string(kAs2Org) + "0|20120224|X|EX-ARIN||ARIN\n64499|20120224|X|EX-ARIN\n64499|20120224|X|||ARIN\n",
      FileRole::organisations, "org.txt");
  EXPECT_EQ(text.problems(),
            "org.txt:9: AS 0 names no network\n"
            "org.txt:10: has fewer fields than its section\n"
            "org.txt:11: names no organisation\n");
  expect_example(text.organisations());
  const auto json = read_bytes(R"({"organizationId":"EX-ARIN","name":"Example, Inc.","type":"Organization"})"
                               "\n{\"asn\":\"64496\",\"organizationId\":\"EX-\n"
                               R"({"asn":-1,"organizationId":"EX-ARIN","type":"ASN"})"
                               "\n"
                               R"({"asn":1,"type":"ASN"})"
                               "\n"
                               R"({"organizationId":"EX-ARIN","type":"Person"})"
                               "\n",
                               FileRole::organisations, "org.jsonl");
  EXPECT_EQ(json.problems(),
            "org.jsonl:2: is not a JSON object\n"
            "org.jsonl:3: '-1' is not an AS number\n"
            "org.jsonl:4: has no 'organizationId'\n"
            "org.jsonl:5: is neither of type Organization nor of type ASN\n");
}

}  // namespace
}  // namespace isthmus::ip2as
