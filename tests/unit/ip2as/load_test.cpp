// Files: plain and compressed, several at once, missing, cut off, damaged; and the real extracts.

#include "isthmus/ip2as/load.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "support/packing.hpp"
#include "support/temporary_folder.hpp"
#include "unit/ip2as/sample_data.hpp"

namespace isthmus::ip2as {
namespace {

using support::bzip2;
using support::gzip;

class LoadFiles : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) const { return folder_.write(name, bytes); }

  Result<PrefixTable> load_all(std::vector<std::string> paths) {
    report_ = {};
    return load_prefixes(paths, report_);
  }
  static std::uint32_t asn_at(const PrefixTable& table, const std::string& text) {
    const auto origin = table.lookup(IpAddress::parse(text).value());
    return origin ? origin->asn.number : 0;
  }

  support::TemporaryFolder folder_;
  LoadReport report_;
};

std::string read(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST_F(LoadFiles, PlainAndCompressedSayTheSame) {
  const std::string text = "198.51.100.0/24\t64496\n";
  const auto plain = load_all({write("a.dat", text)});
  const auto gzipped = load_all({write("a.dat.gz", gzip(text))});
  const auto bzipped = load_all({write("a.dat", bzip2(text))});
  ASSERT_TRUE(plain && gzipped && bzipped);
  EXPECT_EQ(asn_at(*plain, "198.51.100.1"), 64496u);
  EXPECT_EQ(asn_at(*gzipped, "198.51.100.1"), 64496u);
  EXPECT_EQ(asn_at(*bzipped, "198.51.100.1"), 64496u);
}

TEST_F(LoadFiles, CompressedMembersFollowOneAnother) {
  const auto table = load_all({write("a.gz", gzip("198.51.100.0/24\t64496\n") + gzip("203.0.113.0/24\t64497\n"))});
  ASSERT_TRUE(table);
  EXPECT_EQ(asn_at(*table, "203.0.113.1"), 64497u);
}

TEST_F(LoadFiles, VersionNamesFilesAndContent) {
  const auto one = load_all({write("a.dat", "198.51.100.0/24\t64496\n"), write("b.dat", "203.0.113.0/24\t64497\n")});
  const auto two = load_all({write("a.dat", "198.51.100.0/24\t64499\n"), write("b.dat", "203.0.113.0/24\t64497\n")});
  ASSERT_TRUE(one && two);
  EXPECT_TRUE(one->version().starts_with("a.dat crc32:"));
  EXPECT_NE(one->version().find(", b.dat crc32:"), std::string::npos);
  EXPECT_NE(one->version(), two->version());
}

TEST_F(LoadFiles, MissingFolderAndSpecialFilesAreErrors) {
  const std::string missing = (folder_ / "none.csv").string();
  const auto absent = load_all({missing});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::not_found);
  EXPECT_TRUE(to_string(absent.error()).starts_with(missing + ":1: the file does not exist; "));
  const auto folder = load_all({folder_.string()});
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().detail.find("not a regular file"), std::string::npos);
  ASSERT_FALSE(load_all({"/dev/zero"}));
}

TEST_F(LoadFiles, OneBadFileOfSeveralFailsAll) {
  const auto table = load_all({write("a.dat", "198.51.100.0/24\t64496\n"), write("b.dat", "\x7F\x45LF\n")});
  ASSERT_FALSE(table);
  EXPECT_TRUE(table.error().operation.ends_with("b.dat:1"));
}

TEST_F(LoadFiles, TheVersionIsOfTheWholeFileHoweverMuchWasRead) {
  const std::string good = "198.51.100.0/24\t64496\n";
  const auto of = [&](const std::string& bytes) { return load_all({write("a.gz", bytes)}).value().version(); };
  // Far behind the damage that ends the unpacking.
  std::string damaged = gzip(good) + std::string(1'000'000, 'x');
  const std::string one = of(damaged);
  damaged.back() = 'y';
  EXPECT_NE(one, of(damaged));
}

TEST_F(LoadFiles, OfACutOffCompressedFileTheBeginningIsUsed) {
  std::string text;
  for (int i = 0; i < 60000; ++i) {
    text += "198." + std::to_string(51 + i / 250 % 2) + "." + std::to_string(i % 250) + ".0/24\t" +
            std::to_string(1 + i) + "\n";
  }
  for (const std::string& packed : {gzip(text), bzip2(text, 1)}) {
    const auto table = load_all({write("a", packed.substr(0, packed.size() / 2))});
    ASSERT_TRUE(table);
    EXPECT_EQ(asn_at(*table, "198.51.3.1"), 4u);
    ASSERT_NE(report_.first_cut(), nullptr);
    EXPECT_EQ(report_.bad(), 1u);
    const FileProblem& problem = report_.files.front().problems.front();
    EXPECT_NE(problem.why.find("ends early"), std::string::npos);
    EXPECT_GT(problem.line, 5000u);
    EXPECT_LT(problem.line, 50000u);
  }
}

TEST_F(LoadFiles, DamageIsCountedAsARecord) {
  std::string packed = gzip("198.51.100.0/24\t64496\n");
  EXPECT_TRUE(load_all({write("trailed.gz", packed + "rest of something")}));
  EXPECT_EQ(report_.files.front().problems.front().why, "the compressed data is damaged");
  packed[packed.size() - 6] ^= 1;  // in the checksum
  EXPECT_TRUE(load_all({write("damaged.gz", packed)}));
  EXPECT_EQ(report_.bad(), 1u);
  EXPECT_NE(report_.first_cut(), nullptr);
}

TEST_F(LoadFiles, CutOffPlainFileNamesTheLine) {
  const std::string csv = read(test::extract("asn-ipv4-extract.csv"));
  ASSERT_GT(csv.size(), 100000u);
  ASSERT_TRUE(load_all({write("a.csv", csv.substr(0, 5000))}));
  const auto lines = std::count(csv.begin(), csv.begin() + 5000, '\n') + 1;
  ASSERT_EQ(report_.bad(), 1u);
  EXPECT_EQ(report_.files.front().problems.front().line, static_cast<std::uint64_t>(lines));
}

TEST_F(LoadFiles, ExtractsKnowTheNetworksOfTheStory) {
  const auto table = load_all({test::extract("asn-ipv4-extract.csv"), test::extract("asn-ipv6-extract.csv")});
  ASSERT_TRUE(table) << to_string(table.error());
  const auto origin = table->lookup(IpAddress::parse("175.45.178.55").value());
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->asn, Asn{131279});
  EXPECT_EQ(origin->name, "Star Joint Venture Co. Ltd.");
  EXPECT_EQ(table->name_of(Asn{20485}), "Joint Stock Company TransTeleCom");
  EXPECT_EQ(asn_at(*table, "219.158.39.41"), 4837u);
  EXPECT_EQ(asn_at(*table, "188.43.225.153"), 20485u);
  EXPECT_EQ(asn_at(*table, "2001:67c:2e8::1"), 3333u);
  EXPECT_EQ(asn_at(*table, "103.35.255.254"), 0u);
}

TEST_F(LoadFiles, ExtractsMapEveryAddressOfTheLab) {
  const auto table = load_all({test::extract("ipasn-ipv4-extract.dat.gz"), test::extract("asn-ipv4-extract.csv")});
  ASSERT_TRUE(table) << to_string(table.error());
  const std::string topology = read("deploy/lab/topologies/north-korea-2017.yaml");
  const std::regex quad(R"(\d+\.\d+\.\d+\.\d+)");
  int seen = 0;
  for (auto match = std::sregex_iterator(topology.begin(), topology.end(), quad); match != std::sregex_iterator();
       ++match, ++seen) {
    const std::string text = match->str();
    // The last answering hop of China Unicom's path is in no table, in the lab as on the internet.
    EXPECT_EQ(asn_at(*table, text) == 0, text.starts_with("103.35.255.")) << text;
  }
  EXPECT_GT(seen, 100);
}

TEST_F(LoadFiles, OlderExtractFirstDecidesEqualPrefixes) {
  const std::string pyasn = test::extract("ipasn-ipv4-extract.dat.gz");
  const std::string csv = test::extract("asn-ipv4-extract.csv");
  const auto now = load_all({csv, pyasn});
  const auto then = load_all({pyasn, csv});
  ASSERT_TRUE(now && then);
  EXPECT_EQ(asn_at(*now, "144.232.4.1"), 174u);
  EXPECT_EQ(asn_at(*then, "144.232.4.1"), 1239u);
  EXPECT_EQ(then->lookup(IpAddress::parse("219.158.3.1").value())->name, "CHINA UNICOM China169 Backbone");
}

TEST_F(LoadFiles, FullTableOf2014) {
  const auto path = test::full_data("ipasn_20140513.dat.gz");
  if (!path) GTEST_SKIP() << "the full pyasn file is not here; set ISTHMUS_DATA_DIR to its folder";
  const auto table = load_all({*path});
  ASSERT_TRUE(table) << to_string(table.error());
  EXPECT_EQ(report_.records(), 512621u);
  EXPECT_EQ(report_.bad(), 0u);
  EXPECT_EQ(table->prefix_count() + report_.files.front().skipped, 512621u);
  EXPECT_EQ(asn_at(*table, "175.45.176.0"), 131279u);
  EXPECT_EQ(asn_at(*table, "175.45.179.255"), 131279u);
  EXPECT_EQ(asn_at(*table, "219.158.3.1"), 4837u);
  EXPECT_EQ(asn_at(*table, "188.43.225.153"), 20485u);
  EXPECT_EQ(asn_at(*table, "103.35.255.1"), 0u);
}

}  // namespace
}  // namespace isthmus::ip2as
