// Routing tables of collectors: who originates what, by how many peers see it; every form of record; damage.

#include <gtest/gtest.h>

#include <string>

#include "support/mrt_table.hpp"
#include "support/mrt_writer.hpp"
#include "support/packing.hpp"
#include "unit/ip2as/reading.hpp"
#include "unit/ip2as/sample_data.hpp"

namespace isthmus::ip2as {
namespace {

namespace mrt = support::mrt;
using test::origins_at;
using test::read_bytes;

constexpr std::uint32_t kTime = 1389542400;

Prefix prefix(const std::string& text) { return Prefix::parse(text).value(); }

std::string peers(std::uint16_t count) {
  std::vector<mrt::Peer> list;
  for (std::uint16_t i = 0; i < count; ++i) {
    list.push_back(
        {i % 2 == 0 ? IpAddress::v4(0xC6336401U + i) : IpAddress::parse("2001:db8::1").value(), 3000U + i, i % 3 != 0});
  }
  return mrt::peer_index(kTime, 0xC1000004, "rrc", list);
}

// One entry a path, from peers 0, 1, 2 and so on.
std::vector<mrt::Entry> entries(const std::vector<std::vector<std::uint32_t>>& paths) {
  std::vector<mrt::Entry> made;
  for (const auto& path : paths) {
    made.push_back({static_cast<std::uint16_t>(made.size()), mrt::plain_attributes(path), kTime - 5, {}});
  }
  return made;
}

std::string route(const std::string& text, const std::vector<std::vector<std::uint32_t>>& paths) {
  const Prefix to = prefix(text);
  return mrt::rib(kTime, to.address().is_v4() ? mrt::kRibIpv4Unicast : mrt::kRibIpv6Unicast, to, entries(paths));
}

std::string with_attributes(const std::string& attributes) {
  return mrt::rib(kTime, mrt::kRibIpv4Unicast, prefix("198.51.100.0/24"), {{0, attributes, kTime, {}}});
}

TEST(MrtTable, TheRealSampleOf2014) {
  const std::string sample = test::extract("bview.20140112.1600_3samples.bz2");
  Sinks sinks;
  FileReport report;
  std::string version;
  ASSERT_TRUE(read_file(sample, FileRole::prefixes, sinks, report, version));
  EXPECT_EQ(report.format, "mrt");
  EXPECT_EQ(report.packing, "bzip2");
  EXPECT_EQ(report.records, 3u);
  EXPECT_EQ(report.skipped, 1u);
  EXPECT_EQ(report.bad, 0u);
  EXPECT_EQ(report.first_time, parse_rfc3339("2014-01-12T16:00:00Z").value());
  EXPECT_TRUE(version.starts_with("bview.20140112.1600_3samples.bz2 crc32:"));
  sinks.flush();
  const PrefixTable table = std::move(sinks.prefixes).build();
  EXPECT_EQ(origins_at(table, "1.0.0.1"), "15169");
  EXPECT_EQ(table.prefix_count(), 2u) << "one was the collector's own, whose AS is not told here";
}

TEST(MrtTable, OriginsByHowManyPeersSeeThem) {
  auto reading =
      read_bytes(peers(5) + route("198.51.100.0/24", {{1, 64499}, {2, 64496}, {3, 64498}, {4, 5, 64498}, {6, 64498}}) +
                 route("2001:db8::/32", {{1, 64497}, {2, 64496}}));
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.report.records, 2u);
  EXPECT_EQ(reading.report.peers, 5u);
  EXPECT_EQ(reading.report.collector, "193.0.0.4");
  EXPECT_EQ(reading.report.view, "rrc");
  const PrefixTable table = reading.prefixes();
  EXPECT_EQ(origins_at(table, "198.51.100.1"), "64498 64496 64499");
  EXPECT_EQ(origins_at(table, "2001:db8::1"), "64496 64497") << "of equals the smaller number";
}

TEST(MrtTable, TablesOfSeveralCollectorsAddUp) {
  Sinks sinks;
  for (const auto& paths : std::vector<std::vector<std::vector<std::uint32_t>>>{{{1, 64500}, {2, 64500}, {3, 64497}},
                                                                                {{4, 64497}, {5, 64497}}}) {
    FileReport report;
    const std::string bytes = peers(3) + route("198.51.100.0/24", paths);
    ASSERT_TRUE(read_input(*Input::of_bytes(bytes, "rib"), FileRole::prefixes, sinks, report));
  }
  sinks.flush();
  EXPECT_EQ(origins_at(std::move(sinks.prefixes).build(), "198.51.100.1"), "64497 64500");
}

TEST(MrtTable, AdditionalPathsOfOnePeerCountOnce) {
  std::vector<mrt::Entry> several;
  for (std::uint32_t id = 1; id <= 3; ++id) several.push_back({0, mrt::plain_attributes({1, 64499}), kTime, id});
  several.push_back({1, mrt::plain_attributes({2, 64496}), kTime, 1});
  several.push_back({0, mrt::plain_attributes({1, 9, 64499}), kTime, 4});
  several.push_back({2, mrt::plain_attributes({3, 64496}), kTime, 1});
  auto reading =
      read_bytes(peers(3) + mrt::rib(kTime, mrt::kRibIpv4UnicastAddpath, prefix("198.51.100.0/24"), several) +
                 mrt::rib(kTime, mrt::kRibIpv6UnicastAddpath, prefix("2001:db8::/32"), several) +
                 mrt::rib(kTime, mrt::kRibGenericAddpath, prefix("203.0.113.0/24"), several));
  EXPECT_EQ(reading.report.bad, 0u) << reading.problems();
  const PrefixTable table = reading.prefixes();
  for (const char* address : {"198.51.100.1", "2001:db8::1", "203.0.113.1"}) {
    EXPECT_EQ(origins_at(table, address), "64496 64499") << address;
  }
}

TEST(MrtTable, GenericRecordsAreReadAndMulticastIsSkipped) {
  auto reading =
      read_bytes(peers(1) + mrt::rib(kTime, mrt::kRibGeneric, prefix("2001:db8::/32"), entries({{1, 64496}})) +
                 mrt::rib(kTime, mrt::kRibGeneric, prefix("198.51.100.0/24"), entries({{1, 64497}})) +
                 mrt::rib(kTime, mrt::kRibIpv4Multicast, prefix("203.0.113.0/24"), entries({{1, 64498}})) +
                 mrt::record(kTime, 13, 7, "geography") + mrt::record(kTime, 16, 4, "an update"));
  EXPECT_EQ(reading.report.records, 5u);
  EXPECT_EQ(reading.report.skipped, 3u);
  EXPECT_EQ(reading.report.bad, 0u);
  const PrefixTable table = reading.prefixes();
  EXPECT_EQ(origins_at(table, "2001:db8::1"), "64496");
  EXPECT_EQ(origins_at(table, "198.51.100.1"), "64497");
  EXPECT_EQ(table.prefix_count(), 2u);
}

TEST(MrtPath, TheOriginIsAtTheEnd) {
  const auto origin_of = [](const std::string& attributes) {
    return origins_at(read_bytes(peers(1) + with_attributes(attributes)).prefixes(), "198.51.100.1");
  };
  using mrt::as_path;
  EXPECT_EQ(origin_of(as_path({{mrt::kSequence, {1, 2, 64496}}})), "64496");
  EXPECT_EQ(origin_of(as_path({{mrt::kSequence, {1, 2}}, {mrt::kSequence, {3, 64497}}})), "64497");
  EXPECT_EQ(origin_of(as_path({{mrt::kSequence, {1, 2}}, {mrt::kSet, {64499, 64496, 64499}}})), "64496 64499");
  EXPECT_EQ(origin_of(as_path({{mrt::kSet, {64499, 64496}}, {mrt::kSequence, {64501}}})), "64501");
  EXPECT_EQ(origin_of(as_path({{mrt::kSequence, {1, 64498}}, {mrt::kConfederationSequence, {64512, 64513}}})), "64498");
  EXPECT_EQ(origin_of(as_path({{mrt::kSequence, {1, 64498}}, {mrt::kSequence, {}}})), "64498");
  EXPECT_EQ(origin_of(as_path({})), "3000") << "the peer's own route";
  EXPECT_EQ(origin_of(as_path({{mrt::kConfederationSequence, {64512}}})), "3000");
  const std::string of_peer_4 = mrt::rib(kTime, 2, prefix("198.51.100.0/24"), {{4, as_path({}), kTime, {}}});
  EXPECT_EQ(origins_at(read_bytes(peers(5) + of_peer_4).prefixes(), "198.51.100.1"), "3004")
      << "behind peers with addresses and numbers of both sizes";
  EXPECT_EQ(origin_of(as_path({{mrt::kSequence, {70000, 131279}}})), "131279");
  EXPECT_EQ(origin_of(as_path({{mrt::kSequence, std::vector<std::uint32_t>(120, 64497)}})), "64497")
      << "longer than 255 bytes";
}

TEST(MrtPath, TwoByteNumbersAndWhatStandsBesideThem) {
  const auto origin_of = [](const std::string& attributes) {
    return origins_at(read_bytes(peers(1) + with_attributes(attributes)).prefixes(), "198.51.100.1");
  };
  const std::string narrow = mrt::as_path({{mrt::kSequence, {1, 2, 64496}}}, 2, false);
  EXPECT_EQ(origin_of(narrow), "64496");
  const std::string trans = mrt::as_path({{mrt::kSequence, {1, 23456}}}, 2, false);
  const std::string wide = mrt::as_path({{mrt::kSequence, {1, 131279}}}, 17);
  EXPECT_EQ(origin_of(trans + wide), "131279");
  EXPECT_EQ(origin_of(wide + trans), "131279");
  EXPECT_EQ(origin_of(narrow + wide), "64496") << "only where the path has no room for the number";
  EXPECT_EQ(origin_of(trans), "") << "AS_TRANS is nobody";
}

TEST(MrtTable, BogonsAndLongPrefixesAreSkipped) {
  const auto reading =
      read_bytes(peers(1) + route("0.0.0.0/0", {{1}}) + route("10.0.0.0/8", {{1}}) + route("198.51.100.0/25", {{1}}) +
                 route("2001:db8::/49", {{1}}) + route("fd00::/32", {{1}}) + route("198.51.100.0/24", {{64512}}));
  EXPECT_EQ(reading.report.records, 6u);
  EXPECT_EQ(reading.report.skipped, 6u);
  EXPECT_EQ(reading.report.bad, 0u);
  EXPECT_NE(reading.error.find("holds nothing usable"), std::string::npos);
  EXPECT_NE(read_bytes(peers(1)).error.find("holds nothing usable"), std::string::npos) << "peers are no routes";
}

TEST(MrtDamage, OfABadRecordTheOffsetAndTheReasonAreTold) {
  const std::string first = peers(1) + route("203.0.113.0/24", {{1, 64496}});
  const std::string last = route("192.0.2.0/24", {{1, 64497}});
  const auto problem_of = [&](const std::string& record) {
    auto reading = read_bytes(first + record + last, FileRole::prefixes, "rib");
    const std::string text = reading.problems();
    const PrefixTable table = reading.prefixes();
    EXPECT_EQ(origins_at(table, "203.0.113.1"), "64496");
    EXPECT_EQ(origins_at(table, "192.0.2.1"), "64497") << "what follows is read";
    EXPECT_EQ(reading.report.bad, 1u);
    const std::string place = "rib: byte " + std::to_string(first.size()) + ": ";
    EXPECT_TRUE(text.starts_with(place)) << text;
    return text.size() <= place.size() ? text : text.substr(place.size(), text.size() - place.size() - 1);
  };
  EXPECT_EQ(problem_of(mrt::record(kTime, 13, 2, std::string("\0\0\0\1\x21\xC6\x33\x64\0\0", 10))),
            "the prefix is longer than its family");
  EXPECT_EQ(problem_of(mrt::record(kTime, 13, 4, std::string("\0\0\0\1\x81", 5))),
            "the prefix is longer than its family");
  EXPECT_EQ(problem_of(mrt::record(kTime, 13, 2, std::string("\0\0\0\1\x18\xC6", 6))), "the record is cut off");
  EXPECT_EQ(problem_of(mrt::record(kTime, 13, 99, "?")), "subtype 99 of TABLE_DUMP_V2 does not exist");
  EXPECT_EQ(problem_of(mrt::record(kTime, 13, 1, "short")), "the table of peers is cut off");
  const std::string on = ", prefix 198.51.100.0/24";
  EXPECT_EQ(problem_of(with_attributes(mrt::attribute(0x40, 1, "x"))), "an entry has no path" + on);
  EXPECT_EQ(problem_of(with_attributes("\x40\x02\x09")), "the attributes of an entry do not follow their format" + on);
  EXPECT_EQ(problem_of(with_attributes(mrt::attribute(0x40, 2, "\x02\x05\x01"))),
            "the attributes of an entry do not follow their format" + on);
  EXPECT_EQ(problem_of(with_attributes(mrt::attribute(0x40, 2, std::string("\x07\x01\0\0\0\1", 6)))),
            "the attributes of an entry do not follow their format" + on);
  EXPECT_EQ(problem_of(with_attributes(mrt::plain_attributes({1, 0}))), "an entry is originated by AS 0" + on);
  EXPECT_EQ(problem_of(with_attributes(mrt::plain_attributes({1, 4294967295}))),
            "an entry is originated by AS 4294967295" + on);
  EXPECT_EQ(problem_of(mrt::record(kTime, 13, 2, std::string("\0\0\0\1\x18\xC6\x33\x64\0\0more", 14))),
            "the record is longer than its entries" + on);
  EXPECT_EQ(problem_of(mrt::rib(kTime, 2, prefix("198.51.100.0/24"), {{7, mrt::as_path({}), kTime, {}}})),
            "an entry has an empty path of an unknown peer" + on);
}

TEST(MrtDamage, OneBadEntryDoesNotSpoilTheOthersOfItsPrefix) {
  auto reading = read_bytes(peers(3) + route("198.51.100.0/24", {{1, 64496}, {2, 0}, {3, 64496}}));
  EXPECT_EQ(reading.report.bad, 1u);
  EXPECT_EQ(origins_at(reading.prefixes(), "198.51.100.1"), "64496");
}

TEST(MrtDamage, EveryTruncationTellsAndKeepsWhatCameBefore) {
  const std::string first = peers(2) + route("203.0.113.0/24", {{1, 64496}, {2, 64496}});
  const std::string whole = first + route("192.0.2.0/24", {{1, 64497}});
  for (std::size_t size = first.size() + 1; size < whole.size(); ++size) {
    auto reading = read_bytes(std::string_view(whole).substr(0, size), FileRole::prefixes, "rib", 13);
    ASSERT_EQ(reading.problems(), "rib: byte " + std::to_string(first.size()) + ": the last record is cut off\n");
    ASSERT_TRUE(reading.report.cut);
    const PrefixTable table = reading.prefixes();
    ASSERT_EQ(origins_at(table, "203.0.113.1"), "64496");
    ASSERT_EQ(origins_at(table, "192.0.2.1"), "");
  }
}

TEST(MrtDamage, ALengthThatCannotBeEndsTheFile) {
  std::string bytes = peers(1) + route("203.0.113.0/24", {{1, 64496}});
  mrt::put32(bytes, kTime);
  bytes += std::string("\0\x0D\0\2\xFF\xFF\xFF\xFF", 8) + std::string(1000, 'x');
  const auto reading = read_bytes(bytes);
  EXPECT_TRUE(reading.report.cut);
  EXPECT_NE(reading.problems().find("a record of 4294967295 bytes cannot be: the rest is not read"), std::string::npos);
}

TEST(MrtFiles, OtherKindsSayWhatTheyAre) {
  EXPECT_NE(read_bytes(mrt::record(kTime, 16, 4, "update")).error.find("an MRT file of updates, not a routing table"),
            std::string::npos);
  EXPECT_NE(read_bytes(mrt::record(kTime, 12, 1, "old")).error.find("TABLE_DUMP that ended in 2008"),
            std::string::npos);
}

TEST(MrtTable, AMadeUpTableReadsTheSamePackedOrNot) {
  std::string bytes;
  mrt::write_table({.ipv4_prefixes = 2000, .ipv6_prefixes = 400, .peers = 9, .origins = 300},
                   [&](std::string_view piece) { bytes += piece; });
  for (const std::string& packed : {bytes, support::gzip(bytes), support::bzip2(bytes, 1)}) {
    auto reading = read_bytes(packed, FileRole::prefixes, "rib", 777);
    ASSERT_EQ(reading.problems(), "");
    ASSERT_EQ(reading.report.records, 2400u);
    ASSERT_EQ(reading.report.skipped, 0u);
    const PrefixTable table = reading.prefixes();
    EXPECT_EQ(table.prefix_count(Family::ipv4), 2000u);
    EXPECT_EQ(table.prefix_count(Family::ipv6), 400u);
    const auto moas = table.lookup(IpAddress::v4(0x01000001));
    ASSERT_TRUE(moas);
    EXPECT_EQ(moas->others.size(), 1u) << "the first prefix has two origins, the one of most peers first";
  }
}

}  // namespace
}  // namespace isthmus::ip2as
