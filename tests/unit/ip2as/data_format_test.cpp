// Which format a file is in: told from its content, even behind comments and a damaged line or two; and what may be
// listed where.

#include "ip2as/data_format.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/ip2as/reading.hpp"

namespace isthmus::ip2as {
namespace {

std::string format_of(std::string_view text) { return to_string(detect_text_format(text)); }

TEST(DataFormats, AreToldFromTheFirstLineOfData) {
  EXPECT_EQ(format_of("1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n"), "ip-location-db");
  EXPECT_EQ(format_of("16777216,16777471,13335,X\n"), "ip-location-db");
  EXPECT_EQ(format_of("2001:db8::,2001:db8::ffff,13335\n"), "ip-location-db");
  EXPECT_EQ(format_of("; IP-ASN32-DAT file\n1.0.0.0/24\t15169\n"), "pyasn");
  EXPECT_EQ(format_of("1.0.0.0\t24\t13335\n"), "pfx2as");
  EXPECT_EQ(format_of("1.0.0.0\t24\t13335_1,2\n"), "pfx2as");
  EXPECT_EQ(format_of("1.0.0.0/24 AS15169 # ours\n"), "overrides");
  EXPECT_EQ(format_of("1.0.0.0/24 15169 # ours\n"), "overrides");
  EXPECT_EQ(format_of("2|apnic|20251125|1|19830101|20251125|+1000\n"), "delegation");
  EXPECT_EQ(format_of("apnic|JP|asn|173|1|20020801|allocated|A91A7381\n"), "delegation");
  EXPECT_EQ(format_of("# inferred clique: 174 209\n1|11537|0\n"), "as-rel");
  EXPECT_EQ(format_of("1|11537|0|bgp\n"), "as-rel");
  EXPECT_EQ(format_of("# format: provider|customer|-1\n3|4|-1\n"), "as-rel");
  EXPECT_EQ(format_of("# format:org_id|changed|org_name|country|source\n"), "as2org");
  EXPECT_EQ(format_of("1|20120224|LVLT-1|LVLT-ARIN|ARIN\n"), "as2org");
  EXPECT_EQ(format_of("{\"organizationId\":\"X\",\"type\":\"Organization\"}\n"), "as2org-jsonl");
  EXPECT_EQ(format_of("# header\n1 1 2 3\n"), "ppdc-ases");
  EXPECT_EQ(format_of("{\"ix\": {\"data\": [{\"id\": 1"), "peeringdb");
  EXPECT_EQ(format_of("{\n  \"campus\": {\n    \"meta\": {}"), "peeringdb");
  EXPECT_EQ(format_of("#\n{\"name\": \"X\", \"ix_id\": 1, \"prefixes\": {}}\n"), "caida-ixs");
  EXPECT_EQ(format_of("{\"asn\": 1, \"ix_id\": 1, \"ipv4\": []}\n"), "caida-ix-asns");
}

TEST(DataFormats, ADamagedLineOrTwoDoNotHideThem) {
  EXPECT_EQ(format_of("garb\x01ge\n1.0.0.0\t24\t13335\n"), "pfx2as");
  EXPECT_EQ(format_of("\xEF\xBB\xBF\r\n\r\nwhat?\r\n1.0.0.0/24\t15169\r\n"), "pyasn");
}

TEST(DataFormats, OtherTextIsUnknown) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "Dear Sir,\n", "<html>\n<body>\n", "{\"a\": 1}\n",
                           "[1, 2]\n", "a|b\n", "1.2.3.4\n"}) {
    EXPECT_EQ(format_of(text), "unknown") << text;
  }
}

TEST(DataRoles, AFileThatBelongsElsewhereSaysWhere) {
  const auto error = [](const char* text, FileRole role) { return test::read_bytes(text, role, "file").error; };
  EXPECT_EQ(
      error("1|2|-1\n", FileRole::prefixes),
      "file:1: is in the format as-rel, which does not belong here; a configuration lists such files under ip2as: "
      "as_rel");
  EXPECT_NE(error("1.0.0.0/24\t1\n", FileRole::relationships).find("under ip2as: prefixes"), std::string::npos);
  EXPECT_NE(error("1.0.0.0,1.0.0.255,1,X\n", FileRole::overrides).find("under ip2as: prefixes"), std::string::npos);
  EXPECT_NE(error("apnic|JP|asn|1|1|20020801|allocated|A\n", FileRole::prefixes).find("ip2as: registry"),
            std::string::npos);
  EXPECT_NE(error("1 2 3\n", FileRole::organisations).find("ip2as: cones"), std::string::npos);
  EXPECT_NE(error("1|1|A|B|C\n", FileRole::cones).find("ip2as: as2org"), std::string::npos);
  EXPECT_NE(error("{\"ix_id\": 1}\n", FileRole::prefixes).find("ip2as: ixp"), std::string::npos);
}

TEST(DataRoles, EmptyAndUnknownFilesAreErrors) {
  EXPECT_EQ(test::read_bytes("", FileRole::prefixes, "file").error, "file:1: the file is empty");
  EXPECT_NE(test::read_bytes("Dear Sir,\n").error.find("is in no format that is known here"), std::string::npos);
  EXPECT_NE(test::read_bytes("\x7F"
                             "ELF\x02\x01\x01")
                .error.find("is in no format that is known here"),
            std::string::npos);
}

}  // namespace
}  // namespace isthmus::ip2as
