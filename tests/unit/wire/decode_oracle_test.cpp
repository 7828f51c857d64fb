// libtins reads the same packets: what it makes of them must be what the decoder makes of them.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "fuzz/oracle.hpp"
#include "isthmus/wire/decode.hpp"
#include "unit/wire/packets.hpp"

namespace isthmus::wire {
namespace {

using namespace packets;

TEST(DecodeOracle, AgreesWithLibtinsOnEveryKindThatBothRead) {
  for (const auto& [name, packet] : valid_packets()) {
    const fuzz::Comparison comparison = fuzz::compare_with_libtins(packet);
    EXPECT_EQ(comparison.difference, "") << name;
    // libtins wants all twenty bytes of a TCP header, and as much of an IPv6 packet as its length says.
    const bool too_short = name.find("8 bytes") != std::string::npos || name == "v6 expired UDP";
    EXPECT_EQ(comparison.both_read, !too_short) << name;
  }
}

TEST(DecodeOracle, AgreesWithLibtinsOnWholeQuotes) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    for (const std::uint8_t protocol : {kUdp, kTcp, family == Family::ipv4 ? kIcmp4 : kIcmp6}) {
      for (const std::size_t payload : {0U, 1U, 40U, 200U}) {
        const auto comparison = fuzz::compare_with_libtins(time_exceeded(family, probe(family, protocol, payload)));
        EXPECT_TRUE(comparison.both_read) << +protocol << ' ' << payload;
        EXPECT_EQ(comparison.difference, "") << +protocol << ' ' << payload;
      }
    }
  }
}

// What kernels answered to probes, as a packet socket saw it: tests/fuzz/capture_seeds.py.
TEST(DecodeOracle, ReadsWhatRealKernelsAnswer) {
  std::size_t captures = 0;
  std::set<ReplyKind> kinds;
  for (const auto& entry : std::filesystem::directory_iterator("tests/fuzz/seeds/decode")) {
    if (!entry.path().filename().string().starts_with("captured_")) continue;
    ++captures;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::vector<char> file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const auto bytes = std::as_bytes(std::span(file));
    const DecodeResult result = decode_packet(bytes);
    const auto* packet = std::get_if<DecodedPacket>(&result);
    ASSERT_NE(packet, nullptr) << entry.path();
    kinds.insert(packet->kind);
    const fuzz::Comparison comparison = fuzz::compare_with_libtins(bytes);
    EXPECT_TRUE(comparison.both_read) << entry.path();
    EXPECT_EQ(comparison.difference, "") << entry.path();
  }
  EXPECT_GE(captures, 18U);
  EXPECT_EQ(kinds.size(), 5U) << "every kind of reply";
}

}  // namespace
}  // namespace isthmus::wire
