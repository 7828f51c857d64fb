// PrefixTable against the obvious longest match: random nests of prefixes, and the real routing tables.

#include <gtest/gtest.h>
#include <zlib.h>

#include <charconv>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ip2as/public_space.hpp"
#include "isthmus/ip2as/load.hpp"
#include "isthmus/ip2as/prefix_table_builder.hpp"
#include "unit/ip2as/naive_table.hpp"
#include "unit/ip2as/sample_data.hpp"

namespace isthmus::ip2as {
namespace {

using test::NaiveTable;
using test::Route;

// The address `offset` away, wrapping around at the ends of the space.
IpAddress moved(const IpAddress& address, int offset) {
  if (address.is_v4()) return IpAddress::v4(address.v4_value() + static_cast<std::uint32_t>(offset));
  auto bytes = address.bytes();
  int carry = offset;
  for (std::size_t i = 16; i-- > 0 && carry != 0;) {
    const int sum = bytes[i] + carry;
    bytes[i] = static_cast<std::uint8_t>(sum);
    carry = sum < 0 ? -1 : sum >> 8;
  }
  return IpAddress::v6(bytes);
}

IpAddress last_of(const Prefix& prefix) {
  auto bytes = prefix.address().bytes();
  for (int bit = prefix.length(); bit < prefix.address().width(); ++bit) {
    bytes[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80u >> (bit % 8));
  }
  if (!prefix.address().is_v4()) return IpAddress::v6(bytes);
  return IpAddress::v4((std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) |
                       (std::uint32_t{bytes[2]} << 8) | bytes[3]);
}

template <typename Random>
IpAddress random_address(Family family, Random& random) {
  if (family == Family::ipv4) return IpAddress::v4(static_cast<std::uint32_t>(random()));
  std::array<std::uint8_t, 16> bytes{};
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  bytes[0] = static_cast<std::uint8_t>(0x20 | (bytes[0] & 0x1F));
  return IpAddress::v6(bytes);
}

void expect_same(const PrefixTable& table, const NaiveTable& naive, const IpAddress& address) {
  const auto origin = table.lookup(address);
  ASSERT_EQ(origin ? origin->asn : Asn{}, naive.lookup(address)) << to_string(address);
}

void expect_same_around(const PrefixTable& table, const NaiveTable& naive, const Prefix& prefix) {
  expect_same(table, naive, moved(prefix.address(), -1));
  expect_same(table, naive, prefix.address());
  expect_same(table, naive, last_of(prefix));
  expect_same(table, naive, moved(last_of(prefix), 1));
}

// Prefixes crowded into a few /20s or /40s, so that they nest, touch, repeat, and share starts and ends.
std::vector<Route> crowded_routes(Family family, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Route> routes;
  const int shortest = family == Family::ipv4 ? 18 : 38;
  const int longest = family == Family::ipv4 ? 32 : 128;
  for (int i = 0; i < 400; ++i) {
    const IpAddress base = IpAddress::parse(family == Family::ipv4 ? "198.51.0.0" : "2001:db8::").value();
    auto bytes = base.bytes();
    const std::size_t from = family == Family::ipv4 ? 2 : 5;
    for (std::size_t b = from; b < static_cast<std::size_t>(base.width() / 8); ++b) {
      const auto kind = random() % 3;  // zeros, ones and noise: starts and ends of larger prefixes
      bytes[b] = kind == 0 ? std::uint8_t{0} : kind == 1 ? std::uint8_t{255} : static_cast<std::uint8_t>(random());
    }
    const IpAddress address =
        base.is_v4() ? IpAddress::v4((198u << 24) | (51u << 16) | (std::uint32_t{bytes[2]} << 8) | bytes[3])
                     : IpAddress::v6(bytes);
    const int length = shortest + static_cast<int>(random() % static_cast<unsigned>(longest - shortest + 1));
    routes.push_back({Prefix(address, length), Asn{1 + static_cast<std::uint32_t>(random() % 20)}});
  }
  return routes;
}

class LongestMatch : public testing::TestWithParam<Family> {};

TEST_P(LongestMatch, CrowdedPrefixes) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    const auto routes = crowded_routes(GetParam(), seed);
    PrefixTableBuilder builder;
    for (const Route& route : routes) builder.add(route.prefix, route.asn);
    const PrefixTable table = std::move(builder).build();
    std::set<Prefix> different;
    for (const Route& route : routes) different.insert(route.prefix);
    ASSERT_EQ(table.prefix_count(), different.size());
    const NaiveTable naive(routes);
    for (const Route& route : routes) ASSERT_NO_FATAL_FAILURE(expect_same_around(table, naive, route.prefix));
  }
}

// So many that the table has an index, over all of the space that it covers.
TEST_P(LongestMatch, ManyPrefixes) {
  std::mt19937 random(99);
  const Family family = GetParam();
  std::vector<Route> routes;
  std::set<Prefix> different;
  while (routes.size() < 12000) {
    const int length =
        9 + static_cast<int>(random() % (family == Family::ipv4 ? 24 : 56)) + (family == Family::ipv4 ? 0 : 4);
    const Prefix prefix(random_address(family, random), length);
    const IpAddress& first = prefix.address();
    if (!(first.is_v4() ? is_public(first.v4_value(), length) : is_public(to_number<Uint128>(first), length))) continue;
    if (different.insert(prefix).second)
      routes.push_back({prefix, Asn{1 + static_cast<std::uint32_t>(random() % 900)}});
  }
  PrefixTableBuilder builder;
  for (const Route& route : routes) builder.add(route.prefix, route.asn);
  const PrefixTable table = std::move(builder).build();
  const NaiveTable naive(routes);
  for (std::size_t i = 0; i < routes.size(); i += 3) {
    ASSERT_NO_FATAL_FAILURE(expect_same_around(table, naive, routes[i].prefix));
  }
  for (int i = 0; i < 5000; ++i) ASSERT_NO_FATAL_FAILURE(expect_same(table, naive, random_address(family, random)));
}

INSTANTIATE_TEST_SUITE_P(BothFamilies, LongestMatch, testing::Values(Family::ipv4, Family::ipv6),
                         [](const auto& family) { return family.param == Family::ipv4 ? "Ipv4" : "Ipv6"; });

std::vector<Route> read_pyasn(const std::string& path) {
  std::vector<Route> routes;
  gzFile file = gzopen(path.c_str(), "rb");
  std::array<char, 256> line{};
  while (file != nullptr && gzgets(file, line.data(), static_cast<int>(line.size())) != nullptr) {
    const std::string_view text(line.data());
    const std::size_t tab = text.find('\t');
    if (text.starts_with(';') || tab == std::string_view::npos) continue;
    Asn asn;
    std::from_chars(text.data() + tab + 1, text.data() + text.size(), asn.number);
    routes.push_back({Prefix::parse(text.substr(0, tab)).value(), asn});
  }
  gzclose(file);
  return routes;
}

// The file read again by other code, without the entries that are left out on purpose.
void compare_with_file(const std::string& path, int random_addresses) {
  LoadReport report;
  const auto table = load_prefixes(std::vector<std::string>{path}, report);
  ASSERT_TRUE(table) << to_string(table.error());
  std::vector<Route> routes = read_pyasn(path);
  ASSERT_EQ(report.records(), routes.size());
  ASSERT_EQ(report.bad(), 0u);
  std::erase_if(routes, [](const Route& route) {
    const IpAddress& first = route.prefix.address();
    const int length = route.prefix.length();
    return length > (first.is_v4() ? 24 : 48) || !is_public(route.asn) ||
           !(first.is_v4() ? is_public(to_number<std::uint32_t>(first), length)
                           : is_public(to_number<Uint128>(first), length));
  });
  ASSERT_EQ(routes.size(), table->prefix_count());
  ASSERT_EQ(report.files.front().skipped, report.records() - routes.size());
  const NaiveTable naive(routes);
  const std::size_t step = routes.size() / 5000 + 1;
  for (std::size_t i = 0; i < routes.size(); i += step) {
    ASSERT_NO_FATAL_FAILURE(expect_same_around(*table, naive, routes[i].prefix));
  }
  std::mt19937 random(20171001);
  for (int i = 0; i < random_addresses; ++i) {
    const Family family = routes[random() % routes.size()].prefix.family();
    ASSERT_NO_FATAL_FAILURE(expect_same(*table, naive, random_address(family, random)));
  }
}

TEST(LongestMatchInFiles, Extracts) {
  compare_with_file(test::extract("ipasn-ipv4-extract.dat.gz"), 20000);
  compare_with_file(test::extract("ipasn-ipv6-extract.dat.gz"), 20000);
}

TEST(LongestMatchInFiles, FullRoutingTables) {
  const auto v4 = test::full_data("ipasn_20140513.dat.gz");
  const auto both = test::full_data("ipasn6_20151101.dat.gz");
  if (!v4 || !both) GTEST_SKIP() << "the full pyasn files are not here; set ISTHMUS_DATA_DIR to their folder";
  compare_with_file(*v4, 20000);
  compare_with_file(*both, 20000);
}

}  // namespace
}  // namespace isthmus::ip2as
