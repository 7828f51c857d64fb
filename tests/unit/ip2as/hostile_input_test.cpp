// Whatever bytes a prefix file holds: a table or an error that names a line, never a crash. Meant for the asan build.

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <utility>

#include "ip2as/gzip.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"
#include "unit/ip2as/sample_data.hpp"

namespace isthmus::ip2as {
namespace {

std::string sample(const std::string& name, std::size_t size) {
  std::ifstream stream(test::extract(name), std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (is_gzip(bytes)) bytes = unpack_gzip(bytes, std::size_t{1} << 24).text;
  return bytes.substr(0, size);
}

void expect_table_or_error(const std::string& bytes) {
  PrefixTableBuilder builder;
  const auto added = builder.add_text(bytes, "f");
  if (!added) {
    ASSERT_TRUE(added.error().operation.starts_with("f:"));
    ASSERT_GE(std::stoi(added.error().operation.substr(2)), 1);
    ASSERT_FALSE(added.error().detail.empty());
    return;
  }
  const PrefixTable table = std::move(builder).build();
  const auto origin = table.lookup(IpAddress::v4(0xAF2DB047));
  if (origin) {
    ASSERT_FALSE(origin->asn.is_none());
  }
}

class HostileInput : public testing::TestWithParam<const char*> {};

TEST_P(HostileInput, EveryTruncation) {
  const std::string bytes = sample(GetParam(), 3000);
  ASSERT_GT(bytes.size(), 2000u);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_NO_FATAL_FAILURE(expect_table_or_error(bytes.substr(0, size)));
  }
}

TEST_P(HostileInput, FlippedAndInsertedBytes) {
  const std::string bytes = sample(GetParam(), 2000);
  std::mt19937 random(7);
  for (int round = 0; round < 4000; ++round) {
    std::string damaged = bytes;
    for (auto n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % damaged.size();
      switch (random() % 4) {
        case 0: damaged[at] = static_cast<char>(random()); break;
        case 1: damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8))); break;
        case 2: damaged.insert(at, 1, "0129.,:/\"\t\n;"[random() % 12]); break;
        default: damaged.erase(at, 1 + random() % 20); break;
      }
    }
    ASSERT_NO_FATAL_FAILURE(expect_table_or_error(damaged));
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, HostileInput,
                         testing::Values("asn-ipv4-extract.csv", "asn-ipv6-extract.csv", "ipasn-ipv4-extract.dat.gz",
                                         "ipasn-ipv6-extract.dat.gz"),
                         [](const auto& file) {
                           std::string name = file.param;
                           std::erase_if(name, [](char c) { return c == '-' || c == '.'; });
                           return name;
                         });

TEST(HostileGzip, TruncationsAndFlips) {
  std::ifstream stream(test::extract("ipasn-ipv6-extract.dat.gz"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  ASSERT_GT(bytes.size(), 1000u);
  const std::string whole = unpack_gzip(bytes, std::size_t{1} << 24).text;
  for (std::size_t size = 2; size < bytes.size(); ++size) {
    const Unpacked unpacked = unpack_gzip(std::string_view(bytes).substr(0, size), std::size_t{1} << 24);
    ASSERT_FALSE(unpacked.problem.empty()) << size;
    ASSERT_TRUE(whole.starts_with(unpacked.text));
  }
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    std::string damaged = bytes;
    const std::size_t at = 10 + random() % (damaged.size() - 10);  // behind the header, whose time field means nothing
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8)));
    ASSERT_FALSE(unpack_gzip(damaged, std::size_t{1} << 24).problem.empty()) << at;
  }
}

// Twenty bytes each, as gzip makes it of an empty file: what they cost must be by their bytes.
TEST(HostileGzip, EmptyMembersDoNotStall) {
  constexpr std::string_view kEmpty("\x1F\x8B\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", 20);
  std::string many;
  for (int i = 0; i < 1'000'000; ++i) many += kEmpty;
  const auto began = std::chrono::steady_clock::now();
  const Unpacked unpacked = unpack_gzip(many, 1);
  EXPECT_TRUE(unpacked.problem.empty()) << unpacked.problem;
  EXPECT_TRUE(unpacked.text.empty());
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));  // Usually a tenth of one.
}

TEST(HostileGzip, StopsAtItsLimit) {
  std::ifstream stream(test::extract("ipasn-ipv6-extract.dat.gz"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::string many;
  for (int i = 0; i < 200; ++i) many += bytes;
  EXPECT_NE(unpack_gzip(many, std::size_t{1} << 20).problem.find("more than 1 MiB"), std::string::npos);
  EXPECT_TRUE(unpack_gzip(many, std::size_t{1} << 24).problem.empty());
}

}  // namespace
}  // namespace isthmus::ip2as
