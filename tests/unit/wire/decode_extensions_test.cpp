// RFC 4884 extensions and RFC 4950 label stacks, in the form with a length attribute and in the older one without.

#include <gtest/gtest.h>

#include "isthmus/wire/decode.hpp"
#include "unit/wire/packets.hpp"

namespace isthmus::wire {
namespace {

using namespace packets;

struct Read {
  MplsStack mpls;
  std::size_t payload{0};
};

class Extensions : public testing::TestWithParam<Family> {
 protected:
  static Family family() { return GetParam(); }
  static bool v4() { return family() == Family::ipv4; }

  // The word with the length attribute: in IPv4 counted in 4 bytes at byte 5 of the message, in IPv6 in 8 at byte 4.
  static std::uint32_t attribute(std::size_t quote) {
    const auto length = static_cast<std::uint32_t>(quote);
    return v4() ? (length / 4) << 16 : (length / 8) << 24;
  }
  static Read read(const Packet& body, std::uint32_t rest) {
    const Packet bytes = time_exceeded(family(), body, rest);
    const auto packet = std::get<DecodedPacket>(decode_packet(bytes));
    const auto& error = std::get<IcmpError>(packet.message);
    return {error.mpls, std::get<QuotedUdp>(error.transport).payload.size()};
  }
  static std::size_t labels_in(const Packet& bytes) {
    const auto packet = std::get<DecodedPacket>(decode_packet(bytes));
    return std::get<IcmpError>(packet.message).mpls.size;
  }
  // Changes a word of the extensions and a word of the quote so that the ICMP checksum over both stays right.
  static Packet with_word(Packet packet, std::size_t at, std::uint32_t value) {
    const std::size_t other = (v4() ? 28 : 48) + 126;
    std::uint32_t sum = support::number_at(packet, at, 2) + support::number_at(packet, other, 2) + (~value & 0xffff);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    support::put_number(packet, at, value, 2);
    support::put_number(packet, other, sum, 2);
    return packet;
  }
  // Of a packet so long that nothing but the quote's end ends its payload.
  static Packet long_quote(std::size_t size) { return cut(probe(family(), kUdp, 1000), size); }
  static std::size_t headers() { return v4() ? 28 : 48; }
};

INSTANTIATE_TEST_SUITE_P(BothFamilies, Extensions, testing::Values(Family::ipv4, Family::ipv6), [](const auto& tested) {
  return std::string(tested.param == Family::ipv4 ? "IPv4" : "IPv6");
});

TEST_P(Extensions, ReadsEveryFieldOfALabelStack) {
  const Packet structure = extensions(mpls_object({0x12345a3f, 0xfffff1ff, 0x00000001}));
  for (const std::size_t size : {128U, 136U, 512U}) {
    const Read got = read(padded_quote(long_quote(size), structure, size), attribute(size));
    ASSERT_EQ(got.mpls.size, 3U) << size;
    EXPECT_EQ(got.mpls.labels[0], (MplsLabel{.label = 0x12345, .experimental = 5, .bottom = false, .ttl = 0x3f}));
    EXPECT_EQ(got.mpls.labels[1], (MplsLabel{.label = 0xfffff, .experimental = 0, .bottom = true, .ttl = 0xff}));
    EXPECT_EQ(got.mpls.labels[2], (MplsLabel{.label = 0, .experimental = 0, .bottom = false, .ttl = 1}));
    EXPECT_EQ(got.payload, size - headers()) << "extensions are no part of the quote";
  }
}

TEST_P(Extensions, ReadsTheOlderFormWithoutALength) {
  const Read got = read(padded_quote(long_quote(128), extensions(mpls_object({0x12345101}))), 0);
  EXPECT_EQ(got.mpls.size, 1U);
  EXPECT_EQ(got.payload, 128 - headers());
}

TEST_P(Extensions, RubbishInTheLengthAttributeMeansTheOlderForm) {
  const Packet body = padded_quote(long_quote(128), extensions(mpls_object({0x12345101})));
  // Shorter than the RFC allows, and longer than the message.
  for (const std::size_t rubbish : {8U, 64U, 120U, 144U, 1016U}) {
    EXPECT_EQ(read(body, attribute(rubbish)).mpls.size, 1U) << rubbish;
  }
}

TEST_P(Extensions, UnreachablesHaveThemToo) {
  const Packet bytes = icmp_error(family(), v4() ? 3 : 1, 3,
                                  padded_quote(long_quote(128), extensions(mpls_object({0x12345101}))), attribute(128));
  const auto packet = std::get<DecodedPacket>(decode_packet(bytes));
  EXPECT_EQ(std::get<IcmpError>(packet.message).mpls.size, 1U);
}

TEST_P(Extensions, AWrongChecksumMeansThatThereAreNone) {
  const Packet body = padded_quote(long_quote(128), extensions(mpls_object({0x12345101})));
  const Packet right = time_exceeded(family(), body, attribute(128));
  const std::size_t checksum = right.size() - 10;
  const std::uint32_t value = support::number_at(right, checksum, 2);
  ASSERT_NE(value, 0U);
  for (std::uint32_t wrong = 1; wrong < 0x10000; wrong += 7) {
    if (wrong == value) continue;
    ASSERT_EQ(labels_in(with_word(right, checksum, wrong)), 0U) << wrong;
  }
  EXPECT_EQ(labels_in(with_word(right, checksum, value)), 1U);
  EXPECT_EQ(labels_in(with_word(right, checksum, 0)), 1U) << "0 says that there is no checksum";
}

TEST_P(Extensions, OtherVersionsAreNone) {
  for (const std::uint32_t version : {0U, 1U, 3U, 15U}) {
    Packet structure = extensions(mpls_object({0x12345101}));
    support::put_number(structure, 0, version << 4, 1);
    const Read got = read(padded_quote(long_quote(128), structure), attribute(128));
    EXPECT_EQ(got.mpls.size, 0U) << version;
    EXPECT_EQ(got.payload, 128 - headers() + structure.size()) << "what is no extension belongs to the quote";
  }
}

TEST_P(Extensions, SkipsObjectsOfOtherClassesAndTypes) {
  const Packet others = extension_object(2, 0x0a, bytes_of({{1, 4}, {2, 4}})) +  // RFC 5837: interface information
                        extension_object(1, 2, bytes_of({{0x55555100, 4}})) + extension_object(9, 9, {});
  const Read got = read(padded_quote(long_quote(128), extensions(others + mpls_object({0x12345101}))), attribute(128));
  ASSERT_EQ(got.mpls.size, 1U);
  EXPECT_EQ(got.mpls.labels[0].label, 0x12345U);
}

TEST_P(Extensions, ReadsTheFirstStackOnly) {
  const Packet two = mpls_object({0x11111101}) + mpls_object({0x22222101, 0x33333101});
  const Read got = read(padded_quote(long_quote(128), extensions(two)), attribute(128));
  ASSERT_EQ(got.mpls.size, 1U);
  EXPECT_EQ(got.mpls.labels[0].label, 0x11111U);
}

TEST_P(Extensions, CutsADeepStackOff) {
  const Packet deep = mpls_object({0x10000, 0x20000, 0x30000, 0x40000, 0x50000, 0x60000, 0x70000, 0x80000, 0x90100});
  const Read got = read(padded_quote(long_quote(128), extensions(deep)), attribute(128));
  ASSERT_EQ(got.mpls.size, MplsStack::kCapacity);
  EXPECT_EQ(got.mpls.labels.back().label, 0x80U);
}

TEST_P(Extensions, EmptyAndHalfStacksHoldWhatIsWhole) {
  // An MPLS object without an entry has crashed another reader, whose "size - 4" wrapped around.
  EXPECT_EQ(read(padded_quote(long_quote(128), extensions(mpls_object({}))), attribute(128)).mpls.size, 0U);
  for (const std::size_t extra : {1U, 2U, 3U}) {
    const Packet odd = extension_object(1, 1, bytes_of({{0x12345101, 4}, {0, extra}}));
    EXPECT_EQ(read(padded_quote(long_quote(128), extensions(odd)), attribute(128)).mpls.size, 1U) << extra;
  }
}

TEST_P(Extensions, AnObjectLongerThanTheMessageEndsTheReading) {
  const auto labels = [](std::uint32_t length, std::uint32_t class_number) {
    const Packet objects = bytes_of({{length, 2}, {class_number, 1}, {1, 1}}) + mpls_object({0x12345101});
    return read(padded_quote(long_quote(128), extensions(objects)), attribute(128)).mpls.size;
  };
  for (const std::uint32_t length : {0U, 1U, 3U, 13U, 0xffffU}) {
    EXPECT_EQ(labels(length, 1), 0U) << length << ": a stack that is no stack";
    EXPECT_EQ(labels(length, 9), 0U) << length << ": nobody knows where the next object begins";
  }
  EXPECT_EQ(labels(4, 9), 1U);
}

TEST_P(Extensions, AQuoteThatIsTooShortForThemHasNone) {
  const Read got = read(long_quote(131), attribute(128));
  EXPECT_EQ(got.mpls.size, 0U);
  EXPECT_EQ(got.payload, 131 - headers());
}

}  // namespace
}  // namespace isthmus::wire
