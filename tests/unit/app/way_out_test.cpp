// Where one-shot commands probe from, how fast, and what they leave alone.

#include "app/way_out.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

namespace isthmus::app {
namespace {

using ::testing::HasSubstr;

constexpr const char* kConfig = R"(
vantages: [{name: here, asn: 64501, interface: lo}]
targets: [{name: t, asn: 64500, prefixes: [203.0.113.0/24]}]
controls: [127.0.0.1]
probing: {rate_limit: 50, deny: [denied.txt]}
ip2as: {prefixes: [asn.csv]}
)";

IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

class WayOutTest : public testing::Test {
 protected:
  WayOutTest() {
    folder_.write("denied.txt", "198.51.100.0/24\n");
    folder_.write("asn.csv", "203.0.113.0,203.0.113.255,64500,Example\n");
    config_ = folder_.write("isthmus.yaml", kConfig);
  }
  support::TemporaryFolder folder_;
  std::string config_;
  WayOutOptions options_;
};

TEST_F(WayOutTest, WithoutAConfigurationItIsWhatWasSaid) {
  options_.netns = "vp";
  options_.interface = "eth7";
  options_.source = "192.0.2.1";
  options_.io = "raw";
  options_.deny = {folder_.write("mine.txt", "192.0.2.128/25  # they asked\n")};
  const auto way = way_out_of(options_, 200);
  ASSERT_TRUE(way) << to_string(way.error());
  EXPECT_EQ(way->binding.netns, "vp");
  EXPECT_EQ(way->binding.interface, "eth7");
  EXPECT_EQ(way->binding.source, address("192.0.2.1"));
  EXPECT_EQ(way->io.kind, net::IoOptions::Kind::raw);
  EXPECT_EQ(way->rate, 200);
  EXPECT_TRUE(way->deny.contains(address("192.0.2.200")));
  EXPECT_FALSE(way->deny.contains(address("192.0.2.1")));
}

TEST_F(WayOutTest, AVantagePointBringsItsBindingAndWhatHoldsForIt) {
  options_.config = config_;
  options_.vantage = "here";
  const auto way = way_out_of(options_, 200);
  ASSERT_TRUE(way) << to_string(way.error());
  EXPECT_EQ(way->binding.interface, "lo");
  EXPECT_EQ(way->rate, 50) << "no more than its networks asked for";
  EXPECT_EQ(way_out_of(options_, 20)->rate, 20);
  EXPECT_TRUE(way->deny.contains(address("198.51.100.7")));
  options_.source = "127.0.0.10";
  EXPECT_EQ(way_out_of(options_, 20)->binding.source, address("127.0.0.10")) << "said beside it";
  EXPECT_EQ(way_out_of(options_, 20)->binding.interface, "lo");
  options_.interface = "eth7";
  EXPECT_EQ(way_out_of(options_, 20)->binding.interface, "eth7") << "said beside it";
}

TEST_F(WayOutTest, AConfigurationAloneBindsNothingButItsRulesHold) {
  options_.config = config_;
  options_.netns = "vp";
  const auto way = way_out_of(options_, 200);
  ASSERT_TRUE(way) << to_string(way.error());
  EXPECT_EQ(way->binding.netns, "vp");
  EXPECT_EQ(way->binding.interface, "");
  EXPECT_EQ(way->rate, 50);
  EXPECT_TRUE(way->deny.contains(address("198.51.100.7")));
}

TEST_F(WayOutTest, WithoutWhatMustNotBeProbedNothingIs) {
  options_.deny = {folder_.string() + "/none.txt"};
  EXPECT_THAT(way_out_of(options_, 1).error().detail, HasSubstr("without it nothing is probed"));
  options_.deny = {folder_.string()};
  EXPECT_THAT(way_out_of(options_, 1).error().detail, HasSubstr("without it nothing is probed")) << "it is a folder";
  options_.deny = {folder_.write("odd.txt", "192.0.2.0/24\nnonsense\n")};
  EXPECT_THAT(to_string(way_out_of(options_, 1).error()), HasSubstr("odd.txt:2"));
  options_.deny.clear();
  options_.config = folder_.write("bad.yaml", "vantages: 7\n");
  EXPECT_FALSE(way_out_of(options_, 1));
}

TEST_F(WayOutTest, AnEmptyListDeniesNothingMore) {
  options_.deny = {folder_.write("empty.txt", "")};
  const auto way = way_out_of(options_, 1);
  ASSERT_TRUE(way) << to_string(way.error());
  EXPECT_FALSE(way->deny.contains(address("192.0.2.1")));
}

TEST_F(WayOutTest, WhoeverIsNotThereIsNamed) {
  options_.config = config_;
  options_.vantage = "tokyo";
  EXPECT_THAT(to_string(way_out_of(options_, 1).error()), HasSubstr("find vantage point tokyo"));
  options_.vantage.clear();
  options_.source = "nowhere";
  EXPECT_FALSE(way_out_of(options_, 1));
}

}  // namespace
}  // namespace isthmus::app
