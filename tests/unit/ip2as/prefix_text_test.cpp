// Prefix data as text: what each format means, and that a bad line costs nothing but itself.

#include <gtest/gtest.h>

#include <string>

#include "ip2as/text_fields.hpp"
#include "unit/ip2as/reading.hpp"

namespace isthmus::ip2as {
namespace {

using test::origins_at;
using test::read_bytes;

// What is said about a line that stands, as the third, between good ones; the good ones must have been taken.
std::string problem_of(const std::string& line, const std::string& good_line = "198.51.100.0/24\t64496\n") {
  auto reading = read_bytes("; comment\n" + good_line + line + "\n" + good_line, FileRole::prefixes, "data.csv");
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.report.records, 3u);
  EXPECT_EQ(reading.report.bad, 1u);
  EXPECT_EQ(origins_at(reading.prefixes(), "198.51.100.1"), "64496");
  const std::string text = reading.problems();
  EXPECT_TRUE(text.starts_with("data.csv:3: ")) << text;
  return text.size() < 13 ? text : text.substr(12, text.size() - 13);
}

TEST(PrefixCsv, RangeThatIsNoPrefix) {
  auto reading = read_bytes("198.51.100.3,198.51.103.200,64496,Ragged\n");
  EXPECT_EQ(reading.report.format, "ip-location-db");
  const PrefixTable table = reading.prefixes();
  EXPECT_EQ(origins_at(table, "198.51.100.2"), "");
  EXPECT_EQ(origins_at(table, "198.51.100.3"), "64496");
  EXPECT_EQ(origins_at(table, "198.51.102.0"), "64496");
  EXPECT_EQ(origins_at(table, "198.51.103.200"), "64496");
  EXPECT_EQ(origins_at(table, "198.51.103.201"), "");
  // 3/32 4/30 8/29 16/28 32/27 64/26 128/25, 101/24, 102/24, then 0/25 128/26 192/29 200/32.
  EXPECT_EQ(table.prefix_count(), 13u);
}

TEST(PrefixCsv, OneAddressAndTheWholeSpace) {
  const PrefixTable one = read_bytes("203.0.113.9,203.0.113.9,64496\n").prefixes();
  EXPECT_EQ(one.prefix_count(), 1u);
  EXPECT_EQ(origins_at(one, "203.0.113.9"), "64496");
  auto all = read_bytes("0.0.0.0,255.255.255.255,64496\n::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,64496\n");
  EXPECT_EQ(all.report.skipped, 2u);
  EXPECT_NE(all.error.find("holds nothing usable: 2 records, of them 2 skipped and 0 bad"), std::string::npos);
  EXPECT_EQ(all.prefixes().prefix_count(), 0u);
}

TEST(PrefixCsv, Ipv6Ranges) {
  const PrefixTable table = read_bytes(
                                "2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,64496,Six\n"
                                "2001:db8:5::,2001:db8:6:ffff:ffff:ffff:ffff:ffff,64497,Seven\n")
                                .prefixes();
  EXPECT_EQ(table.prefix_count(), 3u);
  EXPECT_EQ(origins_at(table, "2001:db8:0:ffff::1"), "64496");
  EXPECT_EQ(origins_at(table, "2001:db8:1::"), "");
  EXPECT_EQ(origins_at(table, "2001:db8:6:1::"), "64497");
  EXPECT_EQ(origins_at(table, "2001:db8:7::"), "");
}

TEST(PrefixCsv, QuotedNames) {
  const PrefixTable table = read_bytes(
                                "192.0.2.0,192.0.2.255,64496,\"LLC \"\"SPUTNIK\"\", Ltd.\"\n"
                                "198.51.100.0,198.51.100.255,64497,\"\"\n"
                                "203.0.113.0,203.0.113.255,64498,Caf\xC3\xA9 \xE9t\xE9\n")
                                .prefixes();
  EXPECT_EQ(table.name_of(Asn{64496}), "LLC \"SPUTNIK\", Ltd.");
  EXPECT_EQ(table.name_of(Asn{64497}), "");
  EXPECT_EQ(table.name_of(Asn{64498}), "Caf\xC3\xA9 \xEF\xBF\xBDt\xEF\xBF\xBD");
}

TEST(PrefixCsv, BadLinesSayWhy) {
  const auto csv_problem = [](const std::string& line) {
    return problem_of(line, "198.51.100.0,198.51.100.255,64496,Example\n");
  };
  EXPECT_EQ(csv_problem("198.51.100.9,198.51.100.8,1,X"),
            "the range runs backwards, from 198.51.100.9 to 198.51.100.8");
  EXPECT_EQ(csv_problem("198.51.100.9,2001:db8::,1,X"), "mixes IPv4 and IPv6 in one range");
  EXPECT_EQ(csv_problem("198.51.100.300,198.51.101.0,1,X"), "'198.51.100.300' is not an IP address");
  EXPECT_EQ(csv_problem("198.51.100.3,198.51.101,1,X"), "'198.51.101' is not an IP address");
  EXPECT_EQ(csv_problem("198.51.100.3,198.51.101.0"), "has fewer than the three fields first,last,asn");
  EXPECT_EQ(csv_problem("198.51.100.3,198.51.101.0,x,X"), "'x' is not an AS number");
  EXPECT_EQ(csv_problem("198.51.100.3,198.51.101.0,0,X"), "AS 0 names no network");
  EXPECT_EQ(csv_problem("198.51.100.3,198.51.101.0,4294967295,X"), "AS 4294967295 names no network");
  EXPECT_EQ(csv_problem("198.51.100.3,198.51.101.0,1,\"X"), "the organisation '\"X' is not quoted properly");
  EXPECT_EQ(csv_problem("198.51.100.3,198.51.101.0,1,\"a\"b\""), "the organisation '\"a\"b\"' is not quoted properly");
  EXPECT_EQ(csv_problem("198.51.100.3,198.51.101.0,1,a,b"), "the organisation 'a,b' is not quoted properly");
  const auto numbers = read_bytes("16777216,16777471,13335,X\n", FileRole::prefixes, "data.csv");
  EXPECT_TRUE(numbers.error.starts_with("data.csv:1: gives addresses as plain numbers; use the file without '-num'"))
      << numbers.error;
}

TEST(PyasnText, CommentsWindowsLineEndsAndByteOrderMark) {
  auto reading = read_bytes(
      "\xEF\xBB\xBF; IP-ASN32-DAT file\r\n\r\n# ours\r\n198.51.100.0/24\t64496\r\n"
      "2001:db8::/32 64497\r\n");
  EXPECT_EQ(reading.report.format, "pyasn");
  EXPECT_EQ(reading.report.records, 2u);
  EXPECT_EQ(reading.report.bad, 0u);
  const PrefixTable table = reading.prefixes();
  EXPECT_EQ(origins_at(table, "198.51.100.1"), "64496");
  EXPECT_EQ(origins_at(table, "2001:db8::1"), "64497");
}

TEST(PyasnText, BadLinesSayWhy) {
  EXPECT_EQ(problem_of("198.51.100.0/33\t1"), "the length of '198.51.100.0/33' must be 0 to 32");
  EXPECT_EQ(problem_of("2001:db8::/129\t1"), "the length of '2001:db8::/129' must be 0 to 128");
  EXPECT_EQ(problem_of("198.51.100.1/24\t1"), "'198.51.100.1/24' has host bits set, it would be 198.51.100.0/24");
  EXPECT_EQ(problem_of("198.51.100.0\t1"), "'198.51.100.0' is not a prefix such as 192.0.2.0/24");
  EXPECT_EQ(problem_of("198.51.100.0/24"), "has no AS number behind the prefix '198.51.100.0/24'");
  EXPECT_EQ(problem_of("198.51.100.0/24\tAS1"), "'AS1' is not an AS number");
  EXPECT_EQ(problem_of("198.51.100.0/24\t4294967296"), "'4294967296' is not an AS number");
  EXPECT_EQ(problem_of("198.51.100.0/24\t-1"), "'-1' is not an AS number");
  EXPECT_EQ(problem_of("198.51.100.0/24\t0"), "AS 0 names no network");
  EXPECT_EQ(problem_of("198.51.100.0/24\t1 2"), "has more behind the AS number");
  EXPECT_EQ(problem_of("198.51.0100.0/24\t1"), "'198.51.0100.0' is not an IP address");
  EXPECT_EQ(problem_of(std::string(5u << 20, '1')), "the line is too long to be text");
  EXPECT_EQ(problem_of(std::string("198.51.\0\x01.0/24\t1", 16)), "holds binary data");
}

TEST(PyasnText, WhatIsTooLongToBeAnnouncedIsSkipped) {
  auto reading = read_bytes(
      "198.51.100.0/24\t64496\n198.51.100.0/25\t64497\n"
      "2001:db8:1::/48\t64496\n2001:db8:1::/49\t64497\n10.0.0.0/24\t64497\n198.51.101.0/24\t64512\n");
  EXPECT_EQ(reading.report.records, 6u);
  EXPECT_EQ(reading.report.skipped, 4u);
  EXPECT_EQ(reading.report.bad, 0u);
  const PrefixTable table = reading.prefixes();
  EXPECT_EQ(origins_at(table, "198.51.100.1"), "64496");
  EXPECT_EQ(origins_at(table, "2001:db8:1::1"), "64496");
}

TEST(Pfx2as, SeveralOriginsAreKeptInOrder) {
  auto reading = read_bytes(
      "198.51.100.0\t24\t64497_64496\n203.0.113.0\t24\t64500,64499\n2001:db8::\t32\t64496_64497,64498\n"
      "192.0.2.0\t24\t1.10\n192.0.3.0\t24\t64512_64501\n");
  EXPECT_EQ(reading.report.format, "pfx2as");
  EXPECT_EQ(reading.report.bad, 0u);
  const PrefixTable table = reading.prefixes();
  EXPECT_EQ(origins_at(table, "198.51.100.1"), "64497 64496");
  EXPECT_EQ(origins_at(table, "203.0.113.1"), "64500 64499");
  EXPECT_EQ(origins_at(table, "2001:db8::1"), "64496 64497 64498");
  EXPECT_EQ(origins_at(table, "192.0.2.1"), "65546") << "as numbers were written before 2011";
  EXPECT_EQ(origins_at(table, "192.0.3.1"), "64501") << "the private one is nobody's";
}

TEST(Pfx2as, BadLinesSayWhy) {
  const auto pfx2as_problem = [](const std::string& line) { return problem_of(line, "198.51.100.0\t24\t64496\n"); };
  EXPECT_EQ(pfx2as_problem("198.51.100.0\t33\t1"), "the length of '198.51.100.0/33' must be 0 to 32");
  EXPECT_EQ(pfx2as_problem("198.51.100.0\t24"), "has fewer than the three fields address, length, AS number");
  EXPECT_EQ(pfx2as_problem("198.51.100.0\t24\t1_0"), "AS 0 names no network");
  EXPECT_EQ(pfx2as_problem("198.51.100.0\t24\t1__2"), "'' is not an AS number");
  EXPECT_EQ(pfx2as_problem("198.51.100.0\t24\t1.65536"), "'1.65536' is not an AS number");
}

TEST(Overrides, ArePrefixesWithCommentsOfAnyLength) {
  auto reading = read_bytes(
      "# routers of ours that nobody announces\n"
      "203.0.113.7/32 AS64500   # core1\n"
      "2001:db8:0:1::/64 64501\n"
      "198.51.100.0/24 as64502",
      FileRole::overrides, "ours.txt");
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.report.bad, 0u) << "people forget the last line end: " << reading.problems();
  const PrefixTable table = reading.overrides();
  EXPECT_EQ(origins_at(table, "203.0.113.7"), "64500");
  EXPECT_EQ(origins_at(table, "2001:db8:0:1::9"), "64501");
  EXPECT_EQ(origins_at(table, "198.51.100.9"), "64502");
}

TEST(Overrides, WhatCannotBeOverriddenIsBad) {
  const auto reading =
      read_bytes("203.0.113.7/32 AS64500\n10.0.0.0/8 AS64500\n203.0.113.0/24 AS64512 # lab\n203.0.113.0/24\n",
                 FileRole::overrides, "ours.txt");
  EXPECT_EQ(reading.problems(),
            "ours.txt:2: special-purpose space and private AS numbers cannot be overridden\n"
            "ours.txt:3: special-purpose space and private AS numbers cannot be overridden\n"
            "ours.txt:4: has no AS number behind the prefix; write 203.0.113.0/24 AS64496 # why\n");
}

TEST(CutFiles, TheRestIsUsedAndTheCutIsTold) {
  auto reading = read_bytes("198.51.100.0/24\t64496\n203.0.113.0/24\t644", FileRole::prefixes, "data.dat");
  EXPECT_EQ(reading.error, "");
  EXPECT_TRUE(reading.report.cut);
  EXPECT_EQ(reading.problems(), "data.dat:2: the last line has no line end: the file is cut off\n");
  const PrefixTable table = reading.prefixes();
  EXPECT_EQ(origins_at(table, "198.51.100.1"), "64496");
  EXPECT_EQ(origins_at(table, "203.0.113.1"), "") << "AS 644 may be the beginning of another number";
}

TEST(PrefixText, OnlyTheFirstProblemsAreKept) {
  std::string text = "198.51.100.0/24\t64496\n";
  for (int i = 0; i < 100; ++i) text += "198.51.100.0/24\tx\n";
  const auto reading = read_bytes(text);
  EXPECT_EQ(reading.report.bad, 100u);
  EXPECT_EQ(reading.report.problems.size(), 20u);
  EXPECT_EQ(reading.report.problems.back().line, 21u);
}

TEST(CutFiles, TheCutIsToldBehindAnyNumberOfBadLines) {
  std::string text = "198.51.100.0/24\t64496\n";
  for (int i = 0; i < 30; ++i) text += "198.51.100.0/24\tx\n";
  const auto reading = read_bytes(text + "198.5");
  EXPECT_EQ(reading.report.bad, 31u);
  EXPECT_EQ(reading.report.problems.size(), 20u);
  EXPECT_EQ(reading.report.problems.back().line, 32u);
}

TEST(PrefixText, PiecesOfAnySizeSayTheSame) {
  const std::string text =
      "; comment\r\n198.51.100.0/24\t64496\r\n\n203.0.113.0/24\tx\n2001:db8::/32\t64497\n192.0.2.0/24\t64498\n";
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    auto reading = read_bytes(text, FileRole::prefixes, "data", piece);
    ASSERT_EQ(reading.problems(), "data:4: 'x' is not an AS number\n") << piece;
    ASSERT_EQ(reading.report.records, 4u) << piece;
    const PrefixTable table = reading.prefixes();
    ASSERT_EQ(origins_at(table, "2001:db8::1"), "64497") << piece;
    ASSERT_EQ(origins_at(table, "192.0.2.1"), "64498") << piece;
  }
}

TEST(Names, Utf8Edges) {
  EXPECT_EQ(to_utf8("\xF0\x9F\x8C\x8D\xE2\x82\xAC"), "\xF0\x9F\x8C\x8D\xE2\x82\xAC");
  EXPECT_EQ(to_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong '/'
  EXPECT_EQ(to_utf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(to_utf8("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // cut off
}

}  // namespace
}  // namespace isthmus::ip2as
