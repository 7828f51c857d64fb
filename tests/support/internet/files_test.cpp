// What is written is what is known: every record stands in its file, in the words of its format, and traces read back.

#include "support/internet/files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "isthmus/formats/atlas.hpp"

namespace isthmus::testing::internet {
namespace {

Settings small(std::uint64_t seed) {
  Settings settings;
  settings.seed = seed;
  settings.vantages = 5;
  settings.target_blocks = 100;
  return settings;
}

std::vector<std::string> lines_of(const std::ostringstream& text) {
  std::vector<std::string> lines;
  std::istringstream in(text.str());
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::size_t count_containing(const std::vector<std::string>& lines, const std::string& part) {
  return static_cast<std::size_t>(
      std::ranges::count_if(lines, [&](const std::string& line) { return line.find(part) != std::string::npos; }));
}

TEST(Files, PrefixesOfSeveralOriginsAreJoined) {
  PublicData data;
  data.prefixes = {{.first = 0xC0000200, .length = 24, .origins = {Asn{64496}}},
                   {.first = 0xCB007100, .length = 24, .origins = {Asn{64497}, Asn{64498}}}};
  std::ostringstream out;
  write_prefixes(data, Family::ipv4, out);
  EXPECT_EQ(out.str(), "192.0.2.0\t24\t64496\n203.0.113.0\t24\t64497_64498\n");
}

TEST(Files, RegistriesListSpaceAndNumbersUnderTheSameHolder) {
  PublicData data;
  data.registry = {{.first = 0xC0000200, .length = 24, .asns = {Asn{64496}, Asn{64500}}},
                   {.first = 0xC6336400, .length = 23, .asns = {Asn{64496}, Asn{64500}}}};
  std::ostringstream out;
  write_registry(data, Family::ipv4, out);
  EXPECT_EQ(out.str(),
            "ripencc|EU|asn|64496|1|20240101|allocated|holder-64496\n"
            "ripencc|EU|asn|64500|1|20240101|allocated|holder-64496\n"
            "ripencc|EU|ipv4|192.0.2.0|256|20240101|allocated|holder-64496\n"
            "ripencc|EU|ipv4|198.51.100.0|512|20240101|allocated|holder-64496\n");
}

TEST(Files, RelationshipsSayWhoPays) {
  PublicData data;
  data.relationships = {{.a = Asn{64496}, .b = Asn{64497}, .transit = true},
                        {.a = Asn{64496}, .b = Asn{64498}, .transit = false}};
  std::ostringstream out;
  write_relationships(data, {Asn{64496}, Asn{64499}}, out);
  EXPECT_EQ(lines_of(out)[0], "# inferred clique: 64496 64499");
  EXPECT_EQ(lines_of(out)[1], "64496|64497|-1");
  EXPECT_EQ(lines_of(out)[2], "64496|64498|0");
}

TEST(Files, OrganisationsNameEachHolderOnce) {
  PublicData data;
  data.organisations = {{.asn = Asn{64496}, .id = "ORG-1", .name = "One"},
                        {.asn = Asn{64497}, .id = "ORG-1", .name = "One"}};
  std::ostringstream out;
  write_organisations(data, out);
  const auto lines = lines_of(out);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[1], "ORG-1|20240101|One|EU|RIPE");
  EXPECT_EQ(lines[3], "64496|20240101|One|ORG-1||RIPE");
  EXPECT_EQ(lines[4], "64497|20240101|One|ORG-1||RIPE");
}

TEST(Files, ADumpHoldsTheLansOfNowAndAnOlderOneThoseOfBefore) {
  PublicData data;
  data.exchanges = {
      {.name = "IX-1", .lan = 0xC0000200, .length = 24, .retired = false, .ports = {{0xC0000205, Asn{64496}}}},
      {.name = "IX-1", .lan = 0xCB007100, .length = 24, .retired = true, .ports = {{0xCB007105, Asn{64496}}}},
      {.name = "IX-2", .lan = 0xC6336400, .length = 24, .retired = false, .ports = {}}};
  std::ostringstream now;
  write_exchanges(data, Family::ipv4, false, now);
  EXPECT_NE(now.str().find("192.0.2.5"), std::string::npos);
  EXPECT_EQ(now.str().find("203.0.113"), std::string::npos);
  std::ostringstream before;
  write_exchanges(data, Family::ipv4, true, before);
  EXPECT_NE(before.str().find("203.0.113.0/24"), std::string::npos);
  EXPECT_EQ(before.str().find("192.0.2"), std::string::npos);
  for (const auto* dump : {&now, &before}) EXPECT_NE(dump->str().find("198.51.100.0/24"), std::string::npos);
}

TEST(Files, EveryTraceReadsBackAsItWas) {
  const Internet internet(small(1));
  for_each_trace(internet, {.flows = 2}, [&](Trace&& trace, TruthOfTrace&&) {
    const auto read = formats::trace_from_atlas_json(formats::to_atlas_json(trace));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->destination, trace.destination);
    EXPECT_EQ(read->seen_from, trace.seen_from);
    ASSERT_EQ(read->hops.size(), trace.hops.size());
    for (std::size_t i = 0; i < trace.hops.size(); ++i) {
      const Reply* before = trace.hops[i].answer();
      const Reply* after = read->hops[i].answer();
      ASSERT_EQ(before == nullptr, after == nullptr);
      if (before == nullptr) continue;
      EXPECT_EQ(after->from, before->from);
      EXPECT_EQ(after->kind, before->kind);
      EXPECT_EQ(after->quoted_ttl, before->quoted_ttl);
      EXPECT_EQ(after->mpls, before->mpls);
    }
  });
}

TEST(Files, ALineOfTruthForEachTraceAndALineForEachUnit) {
  const Internet internet(small(2));
  std::ostringstream out;
  UnitWriter units(internet, out);
  std::size_t traces = 0;
  for_each_trace(internet, {.flows = 3}, [&](Trace&& trace, TruthOfTrace&& truth) {
    const std::string line = truth_line(internet, trace, truth);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const bool says = line.find("\"upstream\":" + to_string(truth.upstream)) != std::string::npos;
    EXPECT_EQ(says, !truth.upstream.is_none());
    units.add(trace, truth);
    ++traces;
  });
  units.finish();
  const auto lines = lines_of(out);
  EXPECT_EQ(traces, 100U * 5 * 3);
  EXPECT_EQ(lines.size(), 100U * 5);
  EXPECT_GT(count_containing(lines, "\"traces\":3}]}"), 400U);
}

TEST(Files, TargetsListEveryBlock) {
  const Internet internet(small(3));
  std::ostringstream out;
  write_targets(internet, out);
  const std::string text = out.str();
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '/')), 100U);
  EXPECT_EQ(count_containing(lines_of(out), "  - name: as"), internet.targets().size());
}

}  // namespace
}  // namespace isthmus::testing::internet
