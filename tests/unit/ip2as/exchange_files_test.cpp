// Lists of exchanges: PeeringDB's dump and CAIDA's two files, older lists beside newer ones, damage.

#include <gtest/gtest.h>

#include <string>

#include "unit/ip2as/reading.hpp"

namespace isthmus::ip2as {
namespace {

using test::read_bytes;

IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }

// Tables in an order that makes records come before what they refer to, and tables that nobody needs.
constexpr const char* kDump = R"({"fac": {"data": [{"id": 9, "name": "A building", "asn": 1}], "meta": {}},
 "ixpfx": {"data": [
   {"id": 1, "ixlan_id": 11, "protocol": "IPv4", "prefix": "198.51.100.0/24", "status": "ok"},
   {"id": 2, "ixlan_id": 11, "protocol": "IPv6", "prefix": "2001:db8:0:1::/64", "status": "ok"},
   {"id": 3, "ixlan_id": 11, "protocol": "IPv4", "prefix": "203.0.113.0/25", "status": "deleted"},
   {"id": 4, "ixlan_id": 12, "protocol": "IPv4", "prefix": "192.0.2.0/24", "status": "ok"}],
  "meta": {"generated": 1764028800.5}},
 "netixlan": {"data": [
   {"id": 5, "ixlan_id": 11, "asn": 64496, "ipaddr4": "198.51.100.7", "ipaddr6": "2001:db8:0:1::7", "status": "ok"},
   {"id": 6, "ixlan_id": 11, "asn": 64497, "ipaddr4": "198.51.100.8", "ipaddr6": null, "status": "deleted",
    "notes": {"asn": 7, "list": [1, 2, {"ipaddr4": "192.0.2.1"}]}},
   {"id": 7, "ixlan_id": 12, "asn": 64498, "ipaddr4": "192.0.2.9", "ipaddr6": null, "status": "ok"}]},
 "ixlan": {"data": [{"id": 11, "ix_id": 4, "status": "ok"}, {"id": 12, "ix_id": 5, "status": "ok"}]},
 "ix": {"data": [{"id": 4, "name": "Example-IX \u00e9", "status": "ok"},
                 {"id": 5, "name": "Gone-IX", "status": "deleted"}]}}
)";

TEST(PeeringDb, LansPortsAndMembers) {
  for (const std::size_t piece : {1U, 7U, 100U, 100000U}) {
    auto reading = read_bytes(kDump, FileRole::exchanges, "dump.json", piece);
    ASSERT_EQ(reading.error, "");
    EXPECT_EQ(reading.report.format, "peeringdb");
    EXPECT_EQ(reading.report.date, "2025-11-25");
    EXPECT_EQ(reading.report.records, 11u);
    EXPECT_EQ(reading.report.bad, 0u) << reading.problems();
    const Exchanges known = reading.exchanges();
    const auto port = known.lookup(address("198.51.100.7"));
    ASSERT_TRUE(port);
    EXPECT_EQ(port->member, Asn{64496});
    EXPECT_FALSE(port->retired);
    EXPECT_EQ(known.name(port->exchange), "Example-IX \xC3\xA9");
    EXPECT_EQ(known.lookup(address("2001:db8:0:1::7"))->member, Asn{64496});
    EXPECT_EQ(known.lookup(address("198.51.100.8"))->member, Asn{}) << "a port that was given up";
    EXPECT_TRUE(known.lookup(address("203.0.113.1"))->retired);
    EXPECT_EQ(known.lookup(address("203.0.113.200")), std::nullopt);
    const auto gone = known.lookup(address("192.0.2.9"));
    ASSERT_TRUE(gone);
    EXPECT_TRUE(gone->retired) << "the exchange is gone, whatever its LAN says";
    EXPECT_EQ(gone->member, Asn{64498});
    EXPECT_TRUE(known.is_member(port->exchange, Asn{64496}));
    EXPECT_FALSE(known.is_member(port->exchange, Asn{64497}));
  }
}

TEST(PeeringDb, BadRecordsNameTheirOffset) {
  const std::string good = R"({"ix": {"data": [{"id": 4, "name": "IX"}]}, "ixpfx": {"data": [)";
  const std::string bad = R"({"id": 1, "ixlan_id": 4, "prefix": "198.51.100.0/33"},)";
  const std::string rest = R"({"id": 2, "ixlan_id": 4, "prefix": "198.51.100.0/24"},
    {"id": 3, "ixlan_id": 99, "prefix": "203.0.113.0/24"}, {"id": 4, "prefix": "203.0.113.0/24"}]},
   "netixlan": {"data": [{"ixlan_id": 4, "asn": 0, "ipaddr4": "198.51.100.1"},
    {"ixlan_id": 4, "asn": 64496, "ipaddr4": "2001:db8::1"}, {"ixlan_id": 4, "asn": 64496, "ipaddr4": "198.51.100.1"}]}})";
  auto reading = read_bytes(good + bad + rest, FileRole::exchanges, "dump.json");
  EXPECT_EQ(reading.report.bad, 5u);
  const std::string problems = reading.problems();
  // The first key of the record, behind brace and quotation mark.
  EXPECT_TRUE(problems.starts_with("dump.json: byte " + std::to_string(good.size() + 2) +
                                   ": an ixpfx: the length of '198.51.100.0/33' must be 0 to 32\n"))
      << problems;
  for (const char* why :
       {"an ixpfx without ixlan_id", "a netixlan: AS 0 names no network",
        "a netixlan: '2001:db8::1' is not an address of its family", "an ixpfx of an exchange that is not listed"}) {
    EXPECT_NE(problems.find(why), std::string::npos) << why;
  }
  EXPECT_EQ(reading.exchanges().lookup(address("198.51.100.1"))->member, Asn{64496});
}

TEST(PeeringDb, ACutDocumentIsUsedAsFarAsItGoes) {
  const std::string whole = kDump;
  const std::string cut = whole.substr(0, whole.find("\"ixlan\": {"));
  auto reading = read_bytes(cut + "]]", FileRole::exchanges, "dump.json");
  EXPECT_TRUE(reading.report.cut);
  EXPECT_NE(reading.problems().find("is no JSON from here on"), std::string::npos) << reading.problems();
  for (std::size_t size = 30; size < whole.size() - 2; size += 11) {
    const auto part = read_bytes(whole.substr(0, size), FileRole::exchanges);
    ASSERT_TRUE(part.report.cut) << size;
  }
  EXPECT_TRUE(read_bytes(whole + "{}", FileRole::exchanges).report.cut);
}

constexpr const char* kIxs =
    "# CAIDA IXPs\n"
    R"({"ix_id": 1, "name": "Example-IX", "prefixes": {"ipv4": ["198.51.100.0/24"], "ipv6": ["2001:db8:0:1::/64"]}})"
    "\n"
    R"({"ix_id": "2", "name": "Other-IX", "prefixes": {"ipv4": ["203.0.113.0/24"], "ipv6": []}})"
    "\n";
constexpr const char* kIxAsns = R"({"asn": 64496, "ix_id": 1, "ipv4": ["198.51.100.7"], "ipv6": ["2001:db8:0:1::7"]})"
                                "\n"
                                R"({"asn": "64497", "ix_id": 2, "ipv4": [], "ipv6": []})"
                                "\n";

Exchanges merged(std::initializer_list<std::pair<const char*, const char*>> files) {
  Sinks sinks;
  for (const auto& [name, text] : files) {
    FileReport report;
    EXPECT_TRUE(read_input(*Input::of_bytes(text, name), FileRole::exchanges, sinks, report)) << name;
  }
  return merge_exchanges(std::move(sinks.exchanges));
}

TEST(CaidaExchanges, TheTwoFilesBelongTogetherInEitherOrder) {
  for (const auto& known : {merged({{"ixs_202511.jsonl", kIxs}, {"ix-asns_202511.jsonl", kIxAsns}}),
                            merged({{"ix-asns_202511.jsonl", kIxAsns}, {"ixs_202511.jsonl", kIxs}})}) {
    const auto port = known.lookup(address("198.51.100.7"));
    ASSERT_TRUE(port);
    EXPECT_EQ(port->member, Asn{64496});
    EXPECT_EQ(known.name(port->exchange), "Example-IX");
    EXPECT_EQ(known.lookup(address("2001:db8:0:1::7"))->member, Asn{64496});
    const auto other = known.lookup(address("203.0.113.1"));
    ASSERT_TRUE(other);
    EXPECT_TRUE(known.is_member(other->exchange, Asn{64497}));
  }
}

TEST(CaidaExchanges, WhatOnlyAnOlderListHoldsHasRetired) {
  const char* newer = R"({"ix_id": 1, "name": "Example-IX", "prefixes": {"ipv4": ["192.0.2.0/24"], "ipv6": []}})"
                      "\n";
  const char* older =
      R"({"ix_id": 1, "name": "Old name", "prefixes": {"ipv4": ["198.51.100.0/24", "192.0.2.0/24"], "ipv6": []}})"
      "\n";
  const char* older_members = R"({"asn": 64496, "ix_id": 1, "ipv4": ["198.51.100.7", "192.0.2.7"], "ipv6": []})"
                              "\n";
  const char* newer_members = R"({"asn": 64500, "ix_id": 1, "ipv4": ["192.0.2.8"], "ipv6": []})"
                              "\n";
  const Exchanges known = merged({{"ixs_202401.jsonl", older},
                                  {"ix-asns_202401.jsonl", older_members},
                                  {"ixs_202511.jsonl", newer},
                                  {"ix-asns_202511.jsonl", newer_members}});
  EXPECT_FALSE(known.lookup(address("192.0.2.8"))->retired);
  EXPECT_EQ(known.lookup(address("192.0.2.8"))->member, Asn{64500});
  EXPECT_EQ(known.lookup(address("192.0.2.7"))->member, Asn{}) << "somebody else may have the address now";
  const auto retired = known.lookup(address("198.51.100.7"));
  ASSERT_TRUE(retired);
  EXPECT_TRUE(retired->retired);
  EXPECT_EQ(retired->member, Asn{64496});
  EXPECT_EQ(known.name(retired->exchange), "Example-IX");
}

TEST(CaidaExchanges, ARetiredExchangeIsCalledWhatItWasCalledLast) {
  const auto list = [](const char* id, const char* name, const char* lan) {
    return std::string(R"({"ix_id": )") + id + R"(, "name": ")" + name + R"(", "prefixes": {"ipv4": [")" + lan +
           "\"]}}\n";
  };
  const std::string oldest = list("1", "First name", "198.51.100.0/24");
  const std::string older = list("1", "Second name", "198.51.100.0/24");
  const std::string newest = list("2", "Another", "192.0.2.0/24");
  const Exchanges known = merged({{"ixs_202301.jsonl", oldest.c_str()},
                                  {"ixs_202511.jsonl", newest.c_str()},
                                  {"ixs_202401.jsonl", older.c_str()}});
  EXPECT_EQ(known.name(known.lookup(address("198.51.100.1")).value().exchange), "Second name");
}

TEST(CaidaExchanges, OfUndatedListsTheFirstIsCurrent) {
  const char* one = R"({"ix_id": 1, "name": "One", "prefixes": {"ipv4": ["192.0.2.0/24"], "ipv6": []}})"
                    "\n";
  const char* two = R"({"ix_id": 1, "name": "Two", "prefixes": {"ipv4": ["198.51.100.0/24"], "ipv6": []}})"
                    "\n";
  const Exchanges known = merged({{"new.jsonl", one}, {"old.jsonl", two}});
  EXPECT_FALSE(known.lookup(address("192.0.2.1"))->retired);
  EXPECT_TRUE(known.lookup(address("198.51.100.1"))->retired);
}

TEST(CaidaExchanges, BadLinesAreCountedAndTheGoodPartOfThemIsUsed) {
  auto reading = read_bytes(std::string(kIxs) +
                                R"({"ix_id": 3, "prefixes": {"ipv4": ["192.0.2.0/33", "192.0.2.0/24"], "ipv6": [7]}})"
                                "\n{\"name\": \"no id\"}\nnot json\n",
                            FileRole::exchanges, "ixs.jsonl");
  EXPECT_EQ(reading.problems(),
            "ixs.jsonl:4: the length of '192.0.2.0/33' must be 0 to 32\n"
            "ixs.jsonl:5: has no 'ix_id'\n"
            "ixs.jsonl:6: is not a JSON object\n");
  EXPECT_TRUE(reading.exchanges().lookup(address("192.0.2.1")));
  const auto members = read_bytes(std::string(kIxAsns) + "{\"ix_id\": 1}\n{\"ix_id\": 1, \"asn\": 4294967295}\n" +
                                      "{\"ix_id\": 1, \"asn\": 64496, \"ipv4\": [\"x\"]}\n",
                                  FileRole::exchanges, "ix-asns.jsonl");
  EXPECT_EQ(members.problems(),
            "ix-asns.jsonl:3: has no 'asn'\n"
            "ix-asns.jsonl:4: AS 4294967295 names no network\n"
            "ix-asns.jsonl:5: 'x' is not an IP address\n");
}

TEST(DatesInNames, AsCollectionsWriteThem) {
  EXPECT_EQ(date_in_name("/data/20251125.as-rel.txt.bz2"), "2025-11-25");
  EXPECT_EQ(date_in_name("peeringdb_2_dump_2021_07_01.json"), "2021-07-01");
  EXPECT_EQ(date_in_name("ixs_202511.jsonl"), "2025-11");
  EXPECT_EQ(date_in_name("routeviews-rv2-20251124-1200.pfx2as.gz"), "2025-11-24");
  EXPECT_EQ(date_in_name("rib.20251124.0000.bz2"), "2025-11-24");
  EXPECT_EQ(date_in_name("asn-ipv4.csv"), "");
  EXPECT_EQ(date_in_name("x20259999.txt"), "");
}

}  // namespace
}  // namespace isthmus::ip2as
