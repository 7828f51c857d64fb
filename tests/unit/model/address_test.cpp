// Addresses, prefixes and blocks: text, order, edges, and how they spread over hash buckets.

#include "isthmus/model/address.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace isthmus {
namespace {

IpAddress address(const std::string& text) { return IpAddress::parse(text).value(); }
Prefix prefix(const std::string& text) { return Prefix::parse(text).value(); }

TEST(IpAddress, TextBothWays) {
  EXPECT_EQ(address("192.0.2.1"), IpAddress::v4(0xC0000201));
  EXPECT_EQ(to_string(IpAddress::v4(0xC0000201)), "192.0.2.1");
  EXPECT_EQ(to_string(IpAddress()), "0.0.0.0");
  EXPECT_EQ(to_string(IpAddress::v4(0xFFFFFFFF)), "255.255.255.255");
  // RFC 5952 section 4: lower case, the longest run of zeros shortened, the first of equal ones.
  EXPECT_EQ(to_string(address("2001:0DB8:0:0:1:0:0:1")), "2001:db8::1:0:0:1");
  EXPECT_EQ(to_string(address("2001:db8:0:1:1:1:1:1")), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(to_string(address("::")), "::");
  EXPECT_EQ(to_string(address("::ffff:192.0.2.1")), "::ffff:192.0.2.1");
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "192.0.2", "192.0.2.1.1", "192.0.2.256", "192.0.2.01", "192.0.2.1 ", " 192.0.2.1",
                           "192.0.2.1/32", "192.0.2.1:80", "0x7f.1", "1", "2001:db8", "2001:db8:::1",
                           "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "[2001:db8::1]", "2001:db8::12345", "g::"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string("192.0.2.1\0x", 11)));
  EXPECT_FALSE(IpAddress::parse(std::string(10000, '1')));
}

TEST(IpAddress, RandomRoundTrips) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto four = IpAddress::v4(static_cast<std::uint32_t>(random()));
    ASSERT_EQ(address(to_string(four)), four);
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = random() % 2 == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(random());
    const auto six = IpAddress::v6(bytes);
    ASSERT_EQ(address(to_string(six)), six);
  }
}

TEST(IpAddress, OrderIsByFamilyThenNumber) {
  EXPECT_LT(address("9.255.255.255"), address("10.0.0.0"));
  EXPECT_LT(address("127.255.255.255"), address("128.0.0.0"));
  EXPECT_LT(address("255.255.255.255"), address("::"));
  EXPECT_LT(address("2001:db8::ffff"), address("2001:db8::1:0"));
  EXPECT_NE(address("0.0.0.0"), address("::"));
}

TEST(Prefix, TextBothWays) {
  for (const char* text :
       {"0.0.0.0/0", "175.45.176.0/22", "192.0.2.1/32", "::/0", "2001:db8::/32", "2001:db8::1/128"}) {
    EXPECT_EQ(to_string(prefix(text)), text);
  }
}

TEST(Prefix, RefusesWhatIsNoPrefix) {
  for (const char* text : {"", "/", "192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8",
                           "192.0.2.0/8 ", "192.0.2.0/24/1", "2001:db8::/129", "192.0.2/24", "192.0.2.0/99999999999"}) {
    EXPECT_FALSE(Prefix::parse(text)) << text;
  }
}

TEST(Prefix, HostBitsAreAnErrorThatNamesTheRemedy) {
  const auto four = Prefix::parse("175.45.177.9/22");
  ASSERT_FALSE(four);
  EXPECT_NE(four.error().detail.find("write 175.45.176.0/22"), std::string::npos);
  const auto six = Prefix::parse("2001:db8::1/32");
  ASSERT_FALSE(six);
  EXPECT_NE(six.error().detail.find("write 2001:db8::/32"), std::string::npos);
}

TEST(Prefix, CutsHostBitsAtEveryLength) {
  for (int length = 0; length <= 32; ++length) {
    const std::uint32_t mask = length == 0 ? 0 : 0xFFFFFFFFu << (32 - length);
    EXPECT_EQ(Prefix(IpAddress::v4(0xFFFFFFFF), length).address(), IpAddress::v4(mask)) << length;
  }
  std::array<std::uint8_t, 16> ones;
  ones.fill(0xFF);
  for (int length = 0; length <= 128; ++length) {
    const auto bytes = Prefix(IpAddress::v6(ones), length).address().bytes();
    for (int bit = 0; bit < 128; ++bit) {
      const bool is_set = ((bytes[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8)) & 1) != 0;
      ASSERT_EQ(is_set, bit < length) << length << " " << bit;
    }
  }
}

TEST(Prefix, ContainsAtTheEdges) {
  const Prefix net = prefix("175.45.176.0/22");
  EXPECT_FALSE(net.contains(address("175.45.175.255")));
  EXPECT_TRUE(net.contains(address("175.45.176.0")));
  EXPECT_TRUE(net.contains(address("175.45.179.255")));
  EXPECT_FALSE(net.contains(address("175.45.180.0")));
  EXPECT_TRUE(prefix("0.0.0.0/0").contains(address("255.255.255.255")));
  EXPECT_TRUE(prefix("192.0.2.1/32").contains(address("192.0.2.1")));
  EXPECT_FALSE(prefix("192.0.2.1/32").contains(address("192.0.2.0")));
  EXPECT_TRUE(prefix("2001:db8::1/128").contains(address("2001:db8::1")));
  EXPECT_FALSE(prefix("2001:db8::1/128").contains(address("2001:db8::")));
}

TEST(Prefix, FamiliesNeverMix) {
  EXPECT_FALSE(prefix("0.0.0.0/0").contains(address("::")));
  EXPECT_FALSE(prefix("::/0").contains(address("0.0.0.0")));
  EXPECT_FALSE(prefix("::/0").contains(prefix("10.0.0.0/8")));
  EXPECT_NE(prefix("0.0.0.0/0"), prefix("::/0"));
}

TEST(Prefix, ContainsPrefixes) {
  EXPECT_TRUE(prefix("175.45.176.0/22").contains(prefix("175.45.176.0/22")));
  EXPECT_TRUE(prefix("175.45.176.0/22").contains(prefix("175.45.179.128/25")));
  EXPECT_FALSE(prefix("175.45.179.128/25").contains(prefix("175.45.176.0/22")));
  EXPECT_FALSE(prefix("175.45.176.0/24").contains(prefix("175.45.177.0/24")));
}

TEST(Block, OfAnAddress) {
  EXPECT_EQ(to_string(Block::of(address("175.45.178.131"))), "175.45.178.0/24");
  EXPECT_EQ(to_string(Block::of(address("2001:db8:1:2::3"))), "2001:db8:1::/48");
}

std::vector<std::string> blocks(const std::string& text) {
  std::vector<std::string> names;
  for (const Block& block : blocks_of(prefix(text)).value()) names.push_back(to_string(block));
  return names;
}

TEST(Block, DividesPrefixes) {
  EXPECT_EQ(blocks("175.45.176.0/22"),
            (std::vector<std::string>{"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24", "175.45.179.0/24"}));
  EXPECT_EQ(blocks("192.0.2.0/24"), (std::vector<std::string>{"192.0.2.0/24"}));
  EXPECT_EQ(blocks("192.0.2.128/25"), (std::vector<std::string>{"192.0.2.0/24"}));
  EXPECT_EQ(blocks("192.0.2.7/32"), (std::vector<std::string>{"192.0.2.0/24"}));
  EXPECT_EQ(blocks("2001:db8:fffe::/47"), (std::vector<std::string>{"2001:db8:fffe::/48", "2001:db8:ffff::/48"}));
  EXPECT_EQ(blocks("2001:db8::1/128"), (std::vector<std::string>{"2001:db8::/48"}));
}

TEST(Block, DivisionCarriesOverByteBoundaries) {
  const auto four = blocks_of(prefix("10.0.0.0/8")).value();
  ASSERT_EQ(four.size(), 65536u);
  EXPECT_EQ(to_string(four[255]), "10.0.255.0/24");
  EXPECT_EQ(to_string(four[256]), "10.1.0.0/24");
  EXPECT_EQ(to_string(four.back()), "10.255.255.0/24");
  EXPECT_TRUE(std::is_sorted(four.begin(), four.end()));
  const auto last = blocks_of(prefix("255.255.0.0/16")).value();
  EXPECT_EQ(to_string(last.back()), "255.255.255.0/24");
  const auto six = blocks_of(prefix("2001:db8::/32")).value();
  ASSERT_EQ(six.size(), 65536u);
  EXPECT_EQ(to_string(six.back()), "2001:db8:ffff::/48");
}

TEST(Block, TooManyAreRefused) {
  EXPECT_FALSE(blocks_of(prefix("0.0.0.0/0")));
  EXPECT_FALSE(blocks_of(prefix("::/0")));
  EXPECT_FALSE(blocks_of(prefix("10.0.0.0/7")));
  EXPECT_FALSE(blocks_of(prefix("192.0.2.0/23"), 1));
  EXPECT_TRUE(blocks_of(prefix("192.0.2.0/23"), 2));
  EXPECT_EQ(blocks_of(prefix("::/0")).error().code, ErrorCode::invalid_argument);
}

TEST(Asn, TextAndNone) {
  EXPECT_EQ(to_string(Asn{131279}), "131279");
  EXPECT_EQ(to_string(Asn{4294967295}), "4294967295");
  EXPECT_TRUE(Asn{}.is_none());
  EXPECT_FALSE(Asn{1}.is_none());
}

// The fullest bucket when keys are thrown into as many buckets (a power of two, the worst case for a weak hash).
template <typename Key>
std::size_t fullest_bucket(const std::vector<Key>& keys) {
  std::vector<std::size_t> buckets(4096);
  for (const Key& key : keys) ++buckets[std::hash<Key>{}(key) % buckets.size()];
  return *std::max_element(buckets.begin(), buckets.end());
}

TEST(Hash, NeighboursSpread) {
  std::vector<IpAddress> hosts;
  std::vector<IpAddress> gateways;
  std::vector<IpAddress> six;
  std::vector<Prefix> nets;
  for (std::uint32_t i = 0; i < 4096; ++i) {
    hosts.push_back(IpAddress::v4(0x0A000000 + i));
    gateways.push_back(IpAddress::v4(0x0A000001 + (i << 8)));
    six.push_back(IpAddress::v6({0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(i >> 8),
                                 static_cast<std::uint8_t>(i)}));
    nets.emplace_back(IpAddress::v4(0x0A000000 + (i << 8)), 24);
  }
  // 4096 balls in 4096 bins: chance alone fills one with 6 or 7, and with 12 less often than once in a million.
  EXPECT_LT(fullest_bucket(hosts), 12u);
  EXPECT_LT(fullest_bucket(gateways), 12u);
  EXPECT_LT(fullest_bucket(six), 12u);
  EXPECT_LT(fullest_bucket(nets), 12u);
}

TEST(Hash, DifferentThingsDiffer) {
  std::set<std::size_t> seen;
  for (int length = 8; length <= 32; ++length) seen.insert(std::hash<Prefix>{}(Prefix(address("10.0.0.0"), length)));
  EXPECT_EQ(seen.size(), 25u);
}

}  // namespace
}  // namespace isthmus
