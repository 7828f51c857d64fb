// Reading messages of the kernel's, also such as it never sends: cut off, or with lengths that lie.

#include "net/netlink_message.hpp"

#include <gtest/gtest.h>

namespace isthmus::net {
namespace {

std::vector<std::byte> sample() {
  NetlinkRequest request(RTM_NEWROUTE, 0, rtmsg{});
  request.add(RTA_DST, IpAddress::parse("192.0.2.0").value());
  request.add(RTA_OIF, std::uint32_t{7});
  request.add(RTA_GATEWAY, IpAddress::parse("2001:db8::1").value());
  const auto bytes = request.finish(3);
  return {bytes.begin(), bytes.end()};
}

const nlmsghdr& header(const std::vector<std::byte>& bytes) { return *reinterpret_cast<const nlmsghdr*>(bytes.data()); }

int count_attributes(const std::vector<std::byte>& bytes) {
  int count = 0;
  for_each_attribute(header(bytes), sizeof(rtmsg), [&](std::uint16_t, std::span<const std::byte> value) {
    EXPECT_LE(value.data() + value.size(), bytes.data() + header(bytes).nlmsg_len);
    ++count;
  });
  return count;
}

TEST(NetlinkMessage, ReadsWhatItWrote) {
  const auto bytes = sample();
  EXPECT_EQ(header(bytes).nlmsg_len, bytes.size());
  EXPECT_EQ(header(bytes).nlmsg_seq, 3U);
  EXPECT_EQ(header(bytes).nlmsg_flags, NLM_F_REQUEST);
  ASSERT_TRUE(fixed_part<rtmsg>(header(bytes)));
  std::optional<IpAddress> destination;
  std::optional<IpAddress> gateway;
  std::uint32_t interface = 0;
  for_each_attribute(header(bytes), sizeof(rtmsg), [&](std::uint16_t type, std::span<const std::byte> value) {
    if (type == RTA_DST) destination = attribute_address(value);
    if (type == RTA_GATEWAY) gateway = attribute_address(value);
    if (type == RTA_OIF) interface = attribute_number(value);
  });
  EXPECT_EQ(destination, IpAddress::parse("192.0.2.0").value());
  EXPECT_EQ(gateway, IpAddress::parse("2001:db8::1").value());
  EXPECT_EQ(interface, 7U);
}

TEST(NetlinkMessage, StopsWhereTheMessageEnds) {
  auto bytes = sample();
  const auto whole = static_cast<std::uint32_t>(bytes.size());
  for (std::uint32_t length = sizeof(nlmsghdr); length < whole; ++length) {
    reinterpret_cast<nlmsghdr*>(bytes.data())->nlmsg_len = length;
    EXPECT_LE(count_attributes(bytes), 2) << length;
    EXPECT_EQ(fixed_part<rtmsg>(header(bytes)).has_value(), length >= NLMSG_LENGTH(sizeof(rtmsg)));
  }
}

TEST(NetlinkMessage, StopsAtALengthThatLies) {
  const std::size_t first = NLMSG_LENGTH(sizeof(rtmsg));
  for (const int length : {0, 1, 3, 1000, 0xffff}) {
    auto bytes = sample();
    reinterpret_cast<rtattr*>(bytes.data() + first)->rta_len = static_cast<unsigned short>(length);
    EXPECT_EQ(count_attributes(bytes), 0) << length;
  }
}

TEST(NetlinkMessage, TakesOnlyAddressesForAddresses) {
  const std::vector<std::byte> bytes(32);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    EXPECT_EQ(attribute_address(std::span(bytes).first(size)).has_value(), size == 4 || size == 16);
  }
  EXPECT_EQ(attribute_number(std::span(bytes).first(0)), 0U);
}

}  // namespace
}  // namespace isthmus::net
