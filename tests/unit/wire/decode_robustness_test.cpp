// Bytes from strangers: cut off anywhere, changed anywhere. What is wrong must have its right reason, and nothing may
// be read beyond the end, which the address sanitizer would see.

#include <gtest/gtest.h>

#include <memory>

#include "fuzz/mend.hpp"
#include "isthmus/wire/decode.hpp"
#include "unit/wire/packets.hpp"

namespace isthmus::wire {
namespace {

using namespace packets;

// On the heap and of exactly this size.
bool decodes(std::span<const std::byte> bytes) {
  const auto copy = std::make_unique<std::byte[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  return std::holds_alternative<DecodedPacket>(decode_packet({copy.get(), bytes.size()}));
}

TEST(DecodeRobustness, EveryTruncationIsMalformed) {
  for (const auto& [name, packet] : valid_packets()) {
    ASSERT_TRUE(decodes(packet)) << name;
    for (std::size_t size = 0; size < packet.size(); ++size) {
      const Packet cut_off = cut(packet, size);
      ASSERT_FALSE(decodes(cut_off)) << name << " cut to " << size;
      ASSERT_EQ(std::get<InvalidReason>(decode_packet(cut_off)), InvalidReason::malformed) << name << ' ' << size;
    }
  }
}

// A message that is consistent but too short: only quotes, payloads, options and label stacks may be.
TEST(DecodeRobustness, EveryConsistentTruncationIsReadUpToWhatIsMissing) {
  for (const auto& [name, packet] : valid_packets()) {
    std::size_t read = 0;
    bool before = true;
    for (std::size_t size = packet.size(); size > 0; --size) {
      Packet cut_off = cut(packet, size);
      fuzz::mend(cut_off);
      const bool now = decodes(cut_off);
      ASSERT_TRUE(before || !now) << name << ": what is missing at " << size + 1 << " cannot be there at " << size;
      before = now;
      read += now ? 1 : 0;
    }
    EXPECT_GT(read, 0U) << name;
    EXPECT_LT(read, packet.size()) << name;
  }
}

TEST(DecodeRobustness, EveryChangedByteIsReadSafely) {
  std::size_t decoded = 0;
  for (const auto& [name, packet] : valid_packets()) {
    for (std::size_t at = 0; at < packet.size(); ++at) {
      for (int value = 0; value < 256; value += 3) {
        Packet changed = packet;
        changed[at] = static_cast<std::byte>(value);
        // Once as it is, and once with checksums that let the change through to the readers behind them.
        decodes(changed);
        fuzz::mend(changed);
        decoded += decodes(changed) ? 1 : 0;
      }
    }
  }
  EXPECT_GT(decoded, 10000U) << "the loop hardly got past the checksums";
}

TEST(DecodeRobustness, EveryValueOfALengthFieldIsReadSafely) {
  // The length attribute and the lengths of both objects, which is where other tools have been crashed from afar.
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const std::size_t body = family == Family::ipv4 ? 28 : 48;
    const Packet objects = extension_object(2, 1, bytes_of({{1, 4}})) + mpls_object({0x12345100});
    const Packet packet = time_exceeded(family, padded_quote(probe(family, kUdp), extensions(objects)));
    for (std::uint32_t length = 0; length < 256; ++length) {
      Packet changed = packet;
      support::put_number(changed, family == Family::ipv4 ? body - 3 : body - 4, length, 1);
      fuzz::mend(changed);
      ASSERT_TRUE(decodes(changed)) << length;
    }
    for (const std::size_t at : {body + 132, body + 140}) {
      for (std::uint32_t length = 0; length < 0x10000; ++length) {
        Packet changed = packet;
        support::put_number(changed, at, length, 2);
        fuzz::mend(changed);
        ASSERT_TRUE(decodes(changed)) << length;
      }
    }
  }
}

TEST(DecodeRobustness, TheLargestPacketsAreRead) {
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    Packet largest = cut(echo_reply(family), 65535);
    fuzz::mend(largest);
    EXPECT_TRUE(decodes(largest));
    // As many objects as fit, none with labels.
    Packet objects = time_exceeded(family, padded_quote(probe(family, kUdp), bytes_of({{0x20000000, 4}})));
    while (objects.size() + 4 <= 65535) objects = std::move(objects) + bytes_of({{4, 2}, {9, 1}, {9, 1}});
    fuzz::mend(objects);
    EXPECT_TRUE(decodes(objects));
  }
  // RFC 8200: the payload length does not count the header, so the whole may exceed 65,535 bytes.
  Packet six = cut(echo_reply(Family::ipv6), 65535);
  fuzz::mend(six);
  const std::size_t more = 40;
  six.resize(six.size() + more);
  support::put_number(six, 4, 65535, 2);
  EXPECT_FALSE(decodes(six)) << "the checksum covers the longer payload";
  EXPECT_EQ(std::get<InvalidReason>(decode_packet(six)), InvalidReason::malformed);
}

}  // namespace
}  // namespace isthmus::wire
