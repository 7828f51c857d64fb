#include "isthmus/wire/decode.hpp"

#include <gtest/gtest.h>

#include "fuzz/mend.hpp"
#include "unit/wire/packets.hpp"

namespace isthmus::wire {
namespace {

using namespace packets;

InvalidReason reason_of(const Packet& packet) {
  const DecodeResult result = decode_packet(packet);
  const auto* reason = std::get_if<InvalidReason>(&result);
  EXPECT_NE(reason, nullptr) << "the packet was read";
  return reason == nullptr ? InvalidReason::duplicate : *reason;
}

class Decode : public testing::TestWithParam<Family> {
 protected:
  static Family family() { return GetParam(); }
  static bool v4() { return family() == Family::ipv4; }
  static std::size_t header() { return v4() ? 20 : 40; }
  static std::uint8_t icmp() { return v4() ? kIcmp4 : kIcmp6; }
  static std::uint8_t unreachable() { return v4() ? 3 : 1; }
};

INSTANTIATE_TEST_SUITE_P(BothFamilies, Decode, testing::Values(Family::ipv4, Family::ipv6), [](const auto& tested) {
  return std::string(tested.param == Family::ipv4 ? "IPv4" : "IPv6");
});

TEST_P(Decode, ReadsEveryFieldOfAnExpiredUdpProbe) {
  const Packet bytes = time_exceeded(family(), probe(family(), kUdp));
  const auto result = decode_packet(bytes);
  const auto& packet = std::get<DecodedPacket>(result);
  EXPECT_EQ(packet.kind, ReplyKind::time_exceeded);
  EXPECT_EQ(packet.icmp_type, v4() ? 11 : 3);
  EXPECT_EQ(packet.icmp_code, 0);
  EXPECT_EQ(packet.ip.source, router(family()));
  EXPECT_EQ(packet.ip.destination, us(family()));
  EXPECT_EQ(packet.ip.ttl, 61);
  EXPECT_EQ(packet.ip.tos, 0xb8);
  EXPECT_EQ(packet.ip.protocol, icmp());
  EXPECT_EQ(packet.ip.total_length, bytes.size());
  const auto& error = std::get<IcmpError>(packet.message);
  EXPECT_EQ(error.quoted.source, us(family()));
  EXPECT_EQ(error.quoted.destination, host(family()));
  EXPECT_EQ(error.quoted.ip_id, v4() ? 0xbeef : 0);
  EXPECT_EQ(error.quoted.flow_label, v4() ? 0U : 0xabcdeU);
  EXPECT_EQ(error.quoted.tos, 0xb8);
  EXPECT_EQ(error.quoted.ttl, 1);
  EXPECT_EQ(error.quoted.protocol, kUdp);
  EXPECT_EQ(error.quoted.total_length, header() + 12);
  const auto& udp = std::get<QuotedUdp>(error.transport);
  EXPECT_EQ(udp.source_port, 0x0800);
  EXPECT_EQ(udp.destination_port, 0x1234);
  EXPECT_EQ(udp.length, 0x5678);
  EXPECT_EQ(udp.checksum, 0xabcd);
  ASSERT_EQ(udp.payload.size(), 4U);
  EXPECT_EQ(udp.payload.data(), bytes.data() + 2 * header() + 16) << "a view of the caller's bytes";
  EXPECT_EQ(error.mpls.size, 0U);
}

TEST_P(Decode, ReadsQuotedEchoRequests) {
  const Packet bytes = icmp_error(family(), unreachable(), 1, probe(family(), icmp(), 16));
  const auto packet = std::get<DecodedPacket>(decode_packet(bytes));
  EXPECT_EQ(packet.kind, ReplyKind::unreachable);
  EXPECT_EQ(packet.icmp_code, 1);
  const auto& echo = std::get<QuotedIcmp>(std::get<IcmpError>(packet.message).transport);
  EXPECT_EQ(echo.type, v4() ? 8 : 128);
  EXPECT_EQ(echo.code, 0);
  EXPECT_EQ(echo.checksum, 0x1234);
  EXPECT_EQ(echo.id, 0x5678);
  EXPECT_EQ(echo.sequence, 0xabcd);
  EXPECT_EQ(echo.payload.size(), 16U);
}

TEST_P(Decode, EightBytesOfTransportAreEnough) {
  for (const std::uint8_t protocol : {kUdp, kTcp, icmp()}) {
    const Packet whole = probe(family(), protocol);
    const Packet bytes = time_exceeded(family(), cut(whole, header() + 8));
    const auto packet = std::get<DecodedPacket>(decode_packet(bytes));
    const auto& error = std::get<IcmpError>(packet.message);
    EXPECT_EQ(error.quoted.protocol, protocol);
    if (const auto* tcp = std::get_if<QuotedTcp>(&error.transport)) {
      EXPECT_EQ(tcp->source_port, 0x0800);
      EXPECT_EQ(tcp->destination_port, 0x1234);
      EXPECT_EQ(tcp->sequence, 0x5678abcdU);
    } else if (const auto* udp = std::get_if<QuotedUdp>(&error.transport)) {
      EXPECT_TRUE(udp->payload.empty());
    } else {
      EXPECT_TRUE(std::get<QuotedIcmp>(error.transport).payload.empty());
    }
    EXPECT_EQ(reason_of(time_exceeded(family(), cut(whole, header() + 7))), InvalidReason::malformed);
  }
}

TEST_P(Decode, ReadsEchoReplies) {
  const Packet bytes = echo_reply(family());
  const auto packet = std::get<DecodedPacket>(decode_packet(bytes));
  EXPECT_EQ(packet.kind, ReplyKind::echo_reply);
  const auto& reply = std::get<EchoReply>(packet.message);
  EXPECT_EQ(reply.id, 0x5678);
  EXPECT_EQ(reply.sequence, 0xabcd);
  EXPECT_EQ(reply.payload.size(), 10U);
  EXPECT_EQ(reply.payload.data(), bytes.data() + header() + 8);
}

TEST_P(Decode, ReadsSynAckAndRst) {
  const auto open = std::get<DecodedPacket>(decode_packet(tcp_reply(family(), 0x12, bytes_of({{0x020405b4, 4}}))));
  EXPECT_EQ(open.kind, ReplyKind::tcp_syn_ack);
  EXPECT_EQ(open.icmp_type, 0);
  const auto& syn_ack = std::get<TcpReply>(open.message);
  EXPECT_EQ(syn_ack.source_port, 443);
  EXPECT_EQ(syn_ack.destination_port, 0x8765);
  EXPECT_EQ(syn_ack.sequence, 0x01020304U);
  EXPECT_EQ(syn_ack.acknowledgement, 0x5678abceU);
  EXPECT_TRUE(syn_ack.syn && syn_ack.ack && !syn_ack.rst);
  const auto closed = std::get<DecodedPacket>(decode_packet(tcp_reply(family(), 0x14)));
  EXPECT_EQ(closed.kind, ReplyKind::tcp_rst);
  const auto& rst = std::get<TcpReply>(closed.message);
  EXPECT_TRUE(rst.rst && rst.ack && !rst.syn);
  const auto bare = std::get<DecodedPacket>(decode_packet(tcp_reply(family(), 0x04)));
  EXPECT_FALSE(std::get<TcpReply>(bare.message).ack) << "who counts it must see that it acknowledges nothing";
}

TEST_P(Decode, OtherTcpSegmentsAreNotOurs) {
  for (const int flags : {0x00, 0x01, 0x02, 0x10, 0x11, 0x18}) {
    EXPECT_EQ(reason_of(tcp_reply(family(), static_cast<std::uint8_t>(flags))), InvalidReason::not_ours) << flags;
  }
}

TEST_P(Decode, TcpFlagsThatContradictEachOtherAreMalformed) {
  for (const int flags : {0x06, 0x13, 0x16}) {
    EXPECT_EQ(reason_of(tcp_reply(family(), static_cast<std::uint8_t>(flags))), InvalidReason::malformed) << flags;
  }
}

TEST_P(Decode, ATcpHeaderLengthOutsideTheSegmentIsMalformed) {
  for (const std::uint32_t words : {0U, 4U, 6U, 15U}) {
    Packet packet = tcp_reply(family(), 0x12);
    support::put_number(packet, header() + 12, words << 4, 1);
    fuzz::mend(packet);
    EXPECT_EQ(reason_of(packet), InvalidReason::malformed) << words;
  }
}

TEST_P(Decode, AcceptsTheTcpChecksumThatAVirtualLinkLeavesUnfinished) {
  Packet packet = tcp_reply(family(), 0x12);
  // The sum over the pseudo header alone (RFC 9293 section 3.1, RFC 8200 section 8.1), as Linux leaves it to the
  // device.
  std::uint32_t sum = kTcp + static_cast<std::uint32_t>(packet.size() - header());
  for (std::size_t i = v4() ? 12 : 8; i < header(); i += 2) sum += support::number_at(packet, i, 2);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  support::put_number(packet, header() + 16, sum, 2);
  EXPECT_TRUE(std::holds_alternative<DecodedPacket>(decode_packet(packet)));
  support::put_number(packet, header() + 16, sum ^ 1, 2);
  EXPECT_EQ(reason_of(packet), InvalidReason::malformed);
}

TEST_P(Decode, SkipsOptionsOutsideAndInTheQuote) {
  const Packet quote = probe(family(), kUdp);
  for (const Packet& packet :
       {with_options(time_exceeded(family(), quote)), time_exceeded(family(), with_options(quote))}) {
    const auto result = decode_packet(packet);
    ASSERT_TRUE(std::holds_alternative<DecodedPacket>(result));
    const auto& error = std::get<IcmpError>(std::get<DecodedPacket>(result).message);
    EXPECT_EQ(error.quoted.protocol, kUdp);
    EXPECT_EQ(std::get<QuotedUdp>(error.transport).checksum, 0xabcd);
    EXPECT_EQ(std::get<QuotedUdp>(error.transport).payload.size(), 4U);
  }
  EXPECT_TRUE(std::holds_alternative<DecodedPacket>(decode_packet(with_options(echo_reply(family())))));
  EXPECT_TRUE(std::holds_alternative<DecodedPacket>(decode_packet(with_options(tcp_reply(family(), 0x14)))));
}

TEST_P(Decode, IgnoresLinkLayerPadding) {
  Packet padded = echo_reply(family());
  padded.resize(padded.size() + 18, std::byte{0xee});
  const auto result = decode_packet(padded);
  EXPECT_EQ(std::get<EchoReply>(std::get<DecodedPacket>(result).message).payload.size(), 10U);
}

TEST_P(Decode, TheQuotedLengthEndsTheQuotedPayload) {
  // A router may pad its quote with zeros; a quoted length that leaves no room for a header is nonsense.
  const auto payload = [&](std::uint32_t quoted_length) {
    Packet quote = cut(probe(family(), kUdp, 4), header() + 8 + 20);
    support::put_number(quote, v4() ? 2 : 4, quoted_length, 2);
    const Packet bytes = time_exceeded(family(), quote);
    const auto packet = std::get<DecodedPacket>(decode_packet(bytes));
    return std::get<QuotedUdp>(std::get<IcmpError>(packet.message).transport).payload.size();
  };
  const std::uint32_t before = v4() ? 20 : 0;
  EXPECT_EQ(payload(before + 12), 4U);
  EXPECT_EQ(payload(before + 8), 0U);
  EXPECT_EQ(payload(before + 7), 20U) << "nonsense bounds nothing";
  EXPECT_EQ(payload(0), 20U);
  EXPECT_EQ(payload(0xffff), 20U);
}

TEST_P(Decode, RefusesEveryWrongBitBehindAChecksum) {
  for (const Packet& packet : {time_exceeded(family(), probe(family(), kUdp)), tcp_reply(family(), 0x12)}) {
    for (std::size_t bit = 8 * header(); bit < 8 * packet.size(); ++bit) {
      Packet changed = packet;
      changed[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      ASSERT_TRUE(std::holds_alternative<InvalidReason>(decode_packet(changed))) << bit;
    }
  }
}

TEST_P(Decode, LaterFragmentsInTheQuoteAreNotOurs) {
  Packet fragment = probe(family(), kUdp);
  if (v4()) {
    support::put_number(fragment, 6, 0x0010, 2);
  } else {
    const Packet extension = bytes_of({{kUdp, 1}, {0, 1}, {0x0011, 2}, {0x01020304, 4}});
    fragment.insert(fragment.begin() + 40, extension.begin(), extension.end());
    support::put_number(fragment, 6, 44, 1);
  }
  EXPECT_EQ(reason_of(time_exceeded(family(), fragment)), InvalidReason::not_ours);
  // The first fragment has our header.
  support::put_number(fragment, v4() ? 6 : 42, v4() ? 0x2000 : 1, 2);
  EXPECT_TRUE(std::holds_alternative<DecodedPacket>(decode_packet(time_exceeded(family(), fragment))));
}

TEST_P(Decode, OtherProtocolsAndTypesAreNotOurs) {
  EXPECT_EQ(reason_of(ip(host(family()), us(family()), kUdp, bytes_of({{0, 4}, {0, 4}}))), InvalidReason::not_ours);
  EXPECT_EQ(reason_of(time_exceeded(family(), probe(family(), 47))), InvalidReason::not_ours);
  // Echo request, redirect, packet too big, parameter problem, neighbour discovery; code 1 is about reassembly.
  const std::vector<std::uint8_t> others =
      v4() ? std::vector<std::uint8_t>{8, 5, 4, 12, 13} : std::vector<std::uint8_t>{128, 137, 2, 4, 135};
  for (const std::uint8_t type : others) {
    EXPECT_EQ(reason_of(icmp_error(family(), type, 0, probe(family(), kUdp))), InvalidReason::not_ours) << +type;
  }
  EXPECT_EQ(reason_of(icmp_error(family(), v4() ? 11 : 3, 1, probe(family(), kUdp))), InvalidReason::not_ours);
}

TEST_P(Decode, TheOtherFamilyInAQuoteIsMalformed) {
  const Family other = v4() ? Family::ipv6 : Family::ipv4;
  EXPECT_EQ(reason_of(time_exceeded(family(), probe(other, kUdp))), InvalidReason::malformed);
}

TEST_P(Decode, TheOtherFamilysIcmpIsNotOurs) {
  const auto wrong = v4() ? kIcmp6 : kIcmp4;
  EXPECT_EQ(reason_of(ip(host(family()), us(family()), wrong, bytes_of({{0x81, 1}, {0, 1}, {0, 2}, {1, 4}}))),
            InvalidReason::not_ours);
  EXPECT_EQ(reason_of(time_exceeded(family(), probe(family(), wrong))), InvalidReason::not_ours);
}

TEST(DecodeV4, RefusesAWrongHeaderChecksum) {
  Packet packet = echo_reply(Family::ipv4);
  support::put_number(packet, 8, 60, 1);
  EXPECT_EQ(reason_of(packet), InvalidReason::malformed);
}

TEST(DecodeV4, FragmentsAreNotOurs) {
  for (const std::uint32_t field : {0x2000U, 0x0010U, 0x2010U}) {
    Packet packet = echo_reply(Family::ipv4);
    support::put_number(packet, 6, field, 2);
    fuzz::mend(packet);
    EXPECT_EQ(reason_of(packet), InvalidReason::not_ours) << field;
  }
  Packet unfragmentable = echo_reply(Family::ipv4);
  support::put_number(unfragmentable, 6, 0x4000, 2);
  fuzz::mend(unfragmentable);
  EXPECT_TRUE(std::holds_alternative<DecodedPacket>(decode_packet(unfragmentable)));
}

// RFC 8200 section 4.5; a fragment that is whole by itself is none (RFC 6946).
TEST(DecodeV6, FragmentsAreNotOursUnlessTheyAreWhole) {
  const auto with_fragment_header = [](std::uint32_t field) {
    Packet packet = echo_reply(Family::ipv6);
    const Packet extension = bytes_of({{kIcmp6, 1}, {0, 1}, {field, 2}, {0x01020304, 4}});
    packet.insert(packet.begin() + 40, extension.begin(), extension.end());
    support::put_number(packet, 6, 44, 1);
    fuzz::mend(packet);
    return packet;
  };
  EXPECT_TRUE(std::holds_alternative<DecodedPacket>(decode_packet(with_fragment_header(0))));
  EXPECT_EQ(reason_of(with_fragment_header(0x0001)), InvalidReason::not_ours);
  EXPECT_EQ(reason_of(with_fragment_header(0x0008)), InvalidReason::not_ours);
}

TEST(DecodeV6, EndlessExtensionHeadersAreNotOurs) {
  const auto chained = [](int headers) {
    Packet packet = echo_reply(Family::ipv6);
    for (int i = 0; i < headers; ++i) {
      const Packet extension = bytes_of({{i == 0 ? kIcmp6 : 60U, 1}, {0, 1}, {0x0104, 2}, {0, 4}});
      packet.insert(packet.begin() + 40, extension.begin(), extension.end());
      support::put_number(packet, 6, 60, 1);
    }
    fuzz::mend(packet);
    return packet;
  };
  EXPECT_TRUE(std::holds_alternative<DecodedPacket>(decode_packet(chained(8))));
  EXPECT_EQ(reason_of(chained(9)), InvalidReason::not_ours);
  EXPECT_EQ(reason_of(chained(1000)), InvalidReason::not_ours);
}

TEST(DecodeV6, AnExtensionHeaderLongerThanThePacketIsMalformed) {
  Packet packet = with_options(echo_reply(Family::ipv6));
  support::put_number(packet, 41, 255, 1);
  EXPECT_EQ(reason_of(packet), InvalidReason::malformed);
  // Even where what it announces would be of no interest.
  Packet last = ip(host(Family::ipv6), us(Family::ipv6), 60, bytes_of({{47, 1}, {1, 1}, {0x0104, 2}, {0, 4}}));
  EXPECT_EQ(reason_of(last), InvalidReason::malformed);
}

// Behind the header of a later fragment come bytes from the middle of a message, whatever "next header" says.
TEST(DecodeV6, ReadsNoExtensionHeadersInALaterFragment) {
  const Packet middle = bytes_of({{60, 1}, {0, 1}, {0x0008, 2}, {0x01020304, 4}, {0xffffffff, 4}, {0xffffffff, 4}});
  EXPECT_EQ(reason_of(ip(host(Family::ipv6), us(Family::ipv6), 44, middle)), InvalidReason::not_ours);
  const Packet quoted = ip(us(Family::ipv6), host(Family::ipv6), 44, middle);
  EXPECT_EQ(reason_of(time_exceeded(Family::ipv6, quoted)), InvalidReason::not_ours);
}

TEST(DecodeAny, OtherVersionsAreMalformed) {
  EXPECT_EQ(reason_of({}), InvalidReason::malformed);
  for (std::uint32_t version = 0; version < 16; ++version) {
    if (version == 4 || version == 6) continue;
    Packet packet = echo_reply(Family::ipv6);
    support::put_number(packet, 0, version << 4, 1);
    EXPECT_EQ(reason_of(packet), InvalidReason::malformed) << version;
  }
}

}  // namespace
}  // namespace isthmus::wire
