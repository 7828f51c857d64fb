// What the two text formats mean, and what is said about a line that follows neither.

#include "ip2as/source_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "isthmus/ip2as/prefix_table_builder.hpp"

namespace isthmus::ip2as {
namespace {

Result<PrefixTable> parse(const std::string& text) {
  PrefixTableBuilder builder;
  if (const auto added = builder.add_text(text, "data.csv"); !added) return added.error();
  return std::move(builder).build();
}

std::uint32_t asn_at(const PrefixTable& table, const std::string& text) {
  const auto origin = table.lookup(IpAddress::parse(text).value());
  return origin ? origin->asn.number : 0;
}

std::string error_of(const std::string& text) {
  const auto table = parse(text);
  return table ? "no error" : to_string(table.error());
}

TEST(PrefixSource, RangeThatIsNoPrefix) {
  const auto table = parse("198.51.100.3,198.51.103.200,64496,Ragged\n");
  ASSERT_TRUE(table);
  EXPECT_EQ(asn_at(*table, "198.51.100.2"), 0u);
  EXPECT_EQ(asn_at(*table, "198.51.100.3"), 64496u);
  EXPECT_EQ(asn_at(*table, "198.51.102.0"), 64496u);
  EXPECT_EQ(asn_at(*table, "198.51.103.200"), 64496u);
  EXPECT_EQ(asn_at(*table, "198.51.103.201"), 0u);
  // 3/32 4/30 8/29 16/28 32/27 64/26 128/25, 101/24, 102/24, then 0/25 128/26 192/29 200/32.
  EXPECT_EQ(table->prefix_count(), 13u);
}

TEST(PrefixSource, OneAddressAndTheWholeSpace) {
  const auto one = parse("203.0.113.9,203.0.113.9,64496\n");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->prefix_count(), 1u);
  EXPECT_EQ(asn_at(*one, "203.0.113.9"), 64496u);
  const auto all = parse("0.0.0.0,255.255.255.255,64496\n::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,64496\n");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->prefix_count(), 0u);
  EXPECT_EQ(all->skipped_count(), 2u);
}

TEST(PrefixSource, Ipv6Ranges) {
  const auto table = parse(
      "2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,64496,Six\n"
      "2001:db8:5::,2001:db8:6:ffff:ffff:ffff:ffff:ffff,64497,Seven\n");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->prefix_count(), 3u);
  EXPECT_EQ(asn_at(*table, "2001:db8:0:ffff::1"), 64496u);
  EXPECT_EQ(asn_at(*table, "2001:db8:1::"), 0u);
  EXPECT_EQ(asn_at(*table, "2001:db8:6:1::"), 64497u);
  EXPECT_EQ(asn_at(*table, "2001:db8:7::"), 0u);
}

TEST(PrefixSource, QuotedNames) {
  const auto table = parse(
      "192.0.2.0,192.0.2.255,64496,\"LLC \"\"SPUTNIK\"\", Ltd.\"\n"
      "198.51.100.0,198.51.100.255,64497,\"\"\n"
      "203.0.113.0,203.0.113.255,64498,Caf\xC3\xA9 \xE9t\xE9\n");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->name_of(Asn{64496}), "LLC \"SPUTNIK\", Ltd.");
  EXPECT_EQ(table->name_of(Asn{64497}), "");
  EXPECT_EQ(table->name_of(Asn{64498}), "Caf\xC3\xA9 \xEF\xBF\xBDt\xEF\xBF\xBD");
}

TEST(PrefixSource, Utf8Edges) {
  EXPECT_EQ(to_utf8("\xF0\x9F\x8C\x8D\xE2\x82\xAC"), "\xF0\x9F\x8C\x8D\xE2\x82\xAC");
  EXPECT_EQ(to_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong '/'
  EXPECT_EQ(to_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(to_utf8("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // cut off
}

TEST(PrefixSource, PyasnWithCommentsWindowsLineEndsAndByteOrderMark) {
  const auto table = parse(
      "\xEF\xBB\xBF; IP-ASN32-DAT file\r\n\r\n# ours\r\n198.51.100.0/24\t64496\r\n"
      "2001:db8::/32 64497\r\n");
  ASSERT_TRUE(table) << to_string(table.error());
  EXPECT_EQ(asn_at(*table, "198.51.100.1"), 64496u);
  EXPECT_EQ(asn_at(*table, "2001:db8::1"), 64497u);
}

TEST(PrefixSource, ErrorsNameFileAndLine) {
  const std::string good = "; comment\n\n198.51.100.0/24\t64496\n";
  EXPECT_EQ(error_of(good), "no error");
  EXPECT_TRUE(error_of(good + "198.51.100.0/33\t1\n").starts_with("data.csv:4: the length of '198.51.100.0/33'"));
  EXPECT_TRUE(error_of(good + "198.51.100.1/24\t1\n").starts_with("data.csv:4: '198.51.100.1/24' has host bits set"));
  EXPECT_TRUE(error_of(good + "198.51.100.0\t1\n").starts_with("data.csv:4: '198.51.100.0' is not a prefix"));
  EXPECT_TRUE(error_of(good + "198.51.100.0/24\n").starts_with("data.csv:4: has no tab"));
  EXPECT_TRUE(error_of(good + "198.51.100.0/24\tAS1\n").starts_with("data.csv:4: 'AS1' is not an AS number"));
  EXPECT_TRUE(error_of(good + "198.51.100.0/24\t4294967296\n").starts_with("data.csv:4: '4294967296' is not an AS"));
  EXPECT_TRUE(error_of(good + "198.51.100.0/24\t-1\n").starts_with("data.csv:4: '-1' is not an AS number"));
  EXPECT_TRUE(error_of(good + "198.51.0100.0/24\t1\n").starts_with("data.csv:4: '198.51.0100.0/24' does not start"));
  EXPECT_TRUE(error_of(good + "198.51.100.0/24\t1").starts_with("data.csv:4: the last line has no line end"));
  EXPECT_TRUE(error_of(good + std::string(5000, '1') + "\n").starts_with("data.csv:4: the line is too long"));
  EXPECT_TRUE(error_of(good + std::string("198.51.\0\x01.0/24\t1\n", 17)).starts_with("data.csv:4: holds binary data"));
  EXPECT_TRUE(error_of("").starts_with("data.csv:1: the file holds no prefixes"));
  EXPECT_TRUE(error_of("; only\n; comments\n").starts_with("data.csv:2: the file holds no prefixes"));
}

TEST(PrefixSource, CsvErrorsNameFileAndLine) {
  const std::string good = "198.51.100.0,198.51.100.255,64496,Example\n";
  EXPECT_EQ(error_of(good), "no error");
  EXPECT_TRUE(error_of(good + "198.51.100.9,198.51.100.8,1,X\n")
                  .starts_with("data.csv:2: the range runs backwards, from 198.51.100.9 to 198.51.100.8"));
  EXPECT_TRUE(error_of(good + "198.51.100.9,2001:db8::,1,X\n").starts_with("data.csv:2: mixes IPv4 and IPv6"));
  EXPECT_TRUE(error_of(good + "198.51.100.300,198.51.101.0,1,X\n").starts_with("data.csv:2: '198.51.100.300' is not"));
  EXPECT_TRUE(error_of(good + "198.51.100.3,198.51.101,1,X\n").starts_with("data.csv:2: '198.51.101' is not"));
  EXPECT_TRUE(error_of(good + "198.51.100.3,198.51.101.0\n").starts_with("data.csv:2: has fewer than the three"));
  EXPECT_TRUE(error_of(good + "198.51.100.3,198.51.101.0,x,X\n").starts_with("data.csv:2: 'x' is not an AS number"));
  EXPECT_TRUE(error_of(good + "198.51.100.3,198.51.101.0,1,\"X\n").starts_with("data.csv:2: the organisation"));
  EXPECT_TRUE(error_of(good + "198.51.100.3,198.51.101.0,1,\"a\"b\"\n").starts_with("data.csv:2: the organisation"));
  EXPECT_TRUE(error_of(good + "198.51.100.3,198.51.101.0,1,a,b\n").starts_with("data.csv:2: the organisation"));
  EXPECT_TRUE(error_of("16777216,16777471,13335,X\n").starts_with("data.csv:1: gives addresses as plain numbers"));
}

TEST(PrefixSource, ErrorsSayWhatToDo) {
  EXPECT_NE(error_of("nonsense\n").find("fetch the file again"), std::string::npos);
}

}  // namespace
}  // namespace isthmus::ip2as
