#include "isthmus/schedule/deny_list.hpp"

#include <gtest/gtest.h>

namespace isthmus::schedule {
namespace {

IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

TEST(DenyList, AlwaysHoldsWhatNobodyMayProbe) {
  const DenyList list;
  for (const char* denied :
       {"0.0.0.0", "0.255.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "ff02::1"}) {
    EXPECT_TRUE(list.contains(address(denied))) << denied;
  }
  for (const char* allowed :
       {"1.0.0.0", "10.0.0.1", "127.0.0.1", "192.168.1.1", "223.255.255.255", "::1", "2001:db8::1", "fe80::1"}) {
    EXPECT_FALSE(list.contains(address(allowed))) << allowed;
  }
}

TEST(DenyList, ReadsPrefixesAddressesAndComments) {
  const auto list = DenyList::parse(
                        "# asked us to stop\n\n198.51.100.0/24   # whole block\r\n203.0.113.7\n"
                        "2001:db8::/32\n2001:db9::1",
                        "deny.txt")
                        .value();
  EXPECT_TRUE(list.contains(address("198.51.100.0")));
  EXPECT_TRUE(list.contains(address("198.51.100.255")));
  EXPECT_FALSE(list.contains(address("198.51.101.0")));
  EXPECT_FALSE(list.contains(address("198.51.99.255")));
  EXPECT_TRUE(list.contains(address("203.0.113.7")));
  EXPECT_FALSE(list.contains(address("203.0.113.8")));
  EXPECT_TRUE(list.contains(address("2001:db8:ffff::1")));
  EXPECT_TRUE(list.contains(address("2001:db9::1")));
  EXPECT_FALSE(list.contains(address("2001:db9::2")));
  EXPECT_TRUE(list.contains(address("224.0.0.1"))) << "the defaults stay";
}

TEST(DenyList, FindsAnAddressInsideOverlappingPrefixes) {
  const auto list = DenyList::parse("10.0.0.0/8\n10.1.0.0/16\n10.1.2.3", "deny.txt").value();
  EXPECT_TRUE(list.contains(address("10.200.0.1")));
  EXPECT_TRUE(list.contains(address("10.1.2.4")));
}

TEST(DenyList, NamesTheLineThatItCannotRead) {
  for (const char* bad : {"10.0.0.0/8\n\nnonsense\n", "10.0.0.0/8\n\n10.0.0.1/8", "10.0.0.0/8\n\n1.2.3.4 5.6.7.8"}) {
    const auto list = DenyList::parse(bad, "deny.txt");
    ASSERT_FALSE(list) << bad;
    EXPECT_EQ(list.error().code, ErrorCode::parse_failed);
    EXPECT_NE(list.error().detail.find("deny.txt:3: "), std::string::npos) << list.error().detail;
  }
}

TEST(DenyList, TakesMoreIn) {
  DenyList list;
  list.add(Prefix::parse("192.0.2.0/24").value());
  DenyList other;
  other.add(Prefix::parse("198.51.100.0/24").value());
  list.add(other);
  EXPECT_TRUE(list.contains(address("192.0.2.9")));
  EXPECT_TRUE(list.contains(address("198.51.100.9")));
}

}  // namespace
}  // namespace isthmus::schedule
