// Opening sockets where it must not or cannot work. Sends nothing.

#include "isthmus/net/open_packet_io.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "isthmus/net/clock.hpp"

namespace isthmus::net {
namespace {

// Raw IP sockets, whatever else this machine can do.
Result<std::unique_ptr<PacketIo>> open_raw_sockets(const Binding& binding) {
  return open_packet_io(binding, {.kind = IoOptions::Kind::raw});
}

TEST(RawSockets, AreRefusedInTheMachinesOwnNamespace) {
  ASSERT_STREQ(std::getenv("ISTHMUS_REQUIRE_NETNS"), "1") << "set by CTest; set it when running by hand";
  const auto io = open_raw_sockets({});
  ASSERT_FALSE(io);
  EXPECT_EQ(io.error().code, ErrorCode::refused);
  EXPECT_NE(io.error().detail.find("--netns"), std::string::npos) << io.error().detail;
  EXPECT_EQ(check_binding({}).error().code, ErrorCode::refused);
}

TEST(RawSockets, NameTheNamespaceThatDoesNotExist) {
  const auto io = open_raw_sockets({.netns = "isthmus-no-such-place", .interface = {}, .source = {}});
  ASSERT_FALSE(io);
  EXPECT_EQ(io.error().code, ErrorCode::not_found);
  EXPECT_NE(to_string(io.error()).find("isthmus-no-such-place"), std::string::npos);
}

TEST(RawSockets, TakeNoPathForAName) {
  for (const char* name : {"../../proc/1/ns/net", "/run/netns/x", ".", ".."}) {
    EXPECT_EQ(open_raw_sockets({.netns = name, .interface = {}, .source = {}}).error().code,
              ErrorCode::invalid_argument);
  }
}

TEST(Clock, MonotonicTimeNeverGoesBack) {
  Instant last = monotonic_now();
  for (int i = 0; i < 1000; ++i) {
    const Instant now = monotonic_now();
    ASSERT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace isthmus::net
