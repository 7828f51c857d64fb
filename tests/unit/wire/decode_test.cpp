#include "isthmus/wire/decode.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>

#include "support/path_simulator.hpp"

namespace isthmus::wire {
namespace {

using support::make_icmp_error;
using support::Packet;
using support::put_number;

const IpAddress kRouter = IpAddress::v4(0xC6336401);  // 198.51.100.1
const IpAddress kUs = IpAddress::v4(0xC0000201);      // 192.0.2.1
const IpAddress kHost = IpAddress::v4(0xCB007107);    // 203.0.113.7

// The first 28 bytes of a probe, as a router quotes them.
Packet quote(std::uint8_t protocol) {
  Packet packet(28);
  put_number(packet, 0, 0x45b8, 2);
  put_number(packet, 2, 38, 2);
  put_number(packet, 4, 0xbeef, 2);
  put_number(packet, 8, 1, 1);
  put_number(packet, 9, protocol, 1);
  put_number(packet, 12, kUs.v4_value(), 4);
  put_number(packet, 16, kHost.v4_value(), 4);
  put_number(packet, 20, 0x08001234, 4);
  put_number(packet, 24, 0x5678abcd, 4);
  return packet;
}

Packet echo_reply() {
  Packet request = quote(kProtocolIcmp);
  request.resize(38);
  return support::make_echo_reply(request);
}

// IPv4 options: the header is one word longer (RFC 791: IHL).
Packet with_options(const Packet& packet) {
  Packet longer = packet;
  longer.insert(longer.begin() + 20, {std::byte{1}, std::byte{1}, std::byte{1}, std::byte{0}});
  put_number(longer, 0, 0x46, 1);
  put_number(longer, 2, static_cast<std::uint32_t>(longer.size()), 2);
  return longer;
}

std::vector<Packet> valid_packets() {
  Packet extended = quote(kProtocolUdp);
  extended.resize(148);  // a router that quotes more, with RFC 4884 extensions behind
  return {echo_reply(),
          make_icmp_error(kRouter, kUs, 11, 0, quote(kProtocolUdp)),
          make_icmp_error(kRouter, kUs, 3, 13, quote(kProtocolIcmp)),
          make_icmp_error(kRouter, kUs, 11, 0, quote(kProtocolTcp)),
          make_icmp_error(kRouter, kUs, 11, 0, extended),
          make_icmp_error(kRouter, kUs, 11, 0, with_options(quote(kProtocolUdp))),
          with_options(make_icmp_error(kRouter, kUs, 11, 0, quote(kProtocolUdp)))};
}

// On the heap and of exactly this size, so that the address sanitizer sees a read of one byte too many.
DecodeResult decode_exactly(std::span<const std::byte> bytes) {
  const auto copy = std::make_unique<std::byte[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  return decode_packet({copy.get(), bytes.size()});
}

InvalidReason reason_of(const DecodeResult& result) { return std::get<InvalidReason>(result); }

TEST(Decode, ReadsEveryFieldOfAQuotedUdpProbe) {
  const auto result = decode_packet(make_icmp_error(kRouter, kUs, 11, 0, quote(kProtocolUdp)));
  const auto& packet = std::get<DecodedPacket>(result);
  EXPECT_EQ(packet.kind, ReplyKind::time_exceeded);
  EXPECT_EQ(packet.ip.source, kRouter);
  EXPECT_EQ(packet.ip.destination, kUs);
  EXPECT_EQ(packet.ip.ttl, 61);
  EXPECT_EQ(packet.ip.total_length, 56);
  const auto& error = std::get<IcmpError>(packet.message);
  EXPECT_EQ(error.quoted.source, kUs);
  EXPECT_EQ(error.quoted.destination, kHost);
  EXPECT_EQ(error.quoted.ip_id, 0xbeef);
  EXPECT_EQ(error.quoted.tos, 0xb8);
  EXPECT_EQ(error.quoted.ttl, 1);
  EXPECT_EQ(error.quoted.total_length, 38);
  const auto& udp = std::get<QuotedUdp>(error.transport);
  EXPECT_EQ(udp.source_port, 0x0800);
  EXPECT_EQ(udp.destination_port, 0x1234);
  EXPECT_EQ(udp.length, 0x5678);
  EXPECT_EQ(udp.checksum, 0xabcd);
}

TEST(Decode, ReadsQuotedIcmpAndTcp) {
  const auto icmp = std::get<DecodedPacket>(decode_packet(make_icmp_error(kRouter, kUs, 3, 13, quote(kProtocolIcmp))));
  EXPECT_EQ(icmp.kind, ReplyKind::unreachable);
  EXPECT_EQ(icmp.icmp_code, 13);
  const auto& echo = std::get<QuotedIcmp>(std::get<IcmpError>(icmp.message).transport);
  EXPECT_EQ(echo.type, 8);
  EXPECT_EQ(echo.checksum, 0x1234);
  EXPECT_EQ(echo.id, 0x5678);
  EXPECT_EQ(echo.sequence, 0xabcd);
  // Eight bytes of TCP are all that RFC 792 promises.
  const auto tcp = std::get<DecodedPacket>(decode_packet(make_icmp_error(kRouter, kUs, 11, 0, quote(kProtocolTcp))));
  EXPECT_EQ(std::get<QuotedTcp>(std::get<IcmpError>(tcp.message).transport).sequence, 0x5678abcdU);
}

TEST(Decode, ReadsEchoRepliesWithTheirPayload) {
  const Packet bytes = echo_reply();
  const auto result = decode_packet(bytes);
  const auto& reply = std::get<EchoReply>(std::get<DecodedPacket>(result).message);
  EXPECT_EQ(reply.id, 0x5678);
  EXPECT_EQ(reply.sequence, 0xabcd);
  EXPECT_EQ(reply.payload.size(), 10U);
}

TEST(Decode, SkipsIpOptionsOutsideAndInTheQuote) {
  for (const Packet& packet : {with_options(make_icmp_error(kRouter, kUs, 11, 0, quote(kProtocolUdp))),
                               make_icmp_error(kRouter, kUs, 11, 0, with_options(quote(kProtocolUdp)))}) {
    const auto result = decode_packet(packet);
    ASSERT_TRUE(std::holds_alternative<DecodedPacket>(result));
    EXPECT_EQ(std::get<QuotedUdp>(std::get<IcmpError>(std::get<DecodedPacket>(result).message).transport).checksum,
              0xabcd);
  }
}

TEST(Decode, IgnoresLinkLayerPadding) {
  Packet padded = echo_reply();
  padded.resize(padded.size() + 18, std::byte{0xee});
  const auto result = decode_packet(padded);
  EXPECT_EQ(std::get<EchoReply>(std::get<DecodedPacket>(result).message).payload.size(), 10U);
}

TEST(Decode, EveryTruncationIsMalformed) {
  for (const Packet& packet : valid_packets()) {
    ASSERT_TRUE(std::holds_alternative<DecodedPacket>(decode_exactly(packet)));
    for (std::size_t size = 0; size < packet.size(); ++size) {
      ASSERT_EQ(reason_of(decode_exactly(std::span(packet).first(size))), InvalidReason::malformed) << size;
    }
  }
}

TEST(Decode, EveryTruncationWithAFittingLengthAndChecksumIsReadSafely) {
  std::size_t decoded = 0;
  for (const Packet& packet : valid_packets()) {
    for (std::size_t size = 28; size < packet.size(); ++size) {
      Packet cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
      put_number(cut, 2, static_cast<std::uint32_t>(size), 2);
      support::fix_icmp_checksum(cut);
      decoded += std::holds_alternative<DecodedPacket>(decode_exactly(cut)) ? 1 : 0;
    }
  }
  EXPECT_GT(decoded, 0U) << "the loop never got past the checksum";
}

TEST(Decode, EveryChangedByteIsReadSafely) {
  std::size_t decoded = 0;
  for (const Packet& packet : valid_packets()) {
    for (std::size_t at = 0; at < packet.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        Packet changed = packet;
        changed[at] = static_cast<std::byte>(value);
        // Once as it is, and once with a checksum that lets the change through to the readers behind it.
        decode_exactly(changed);
        support::fix_icmp_checksum(changed);
        decoded += std::holds_alternative<DecodedPacket>(decode_exactly(changed)) ? 1 : 0;
      }
    }
  }
  EXPECT_GT(decoded, 10000U);
}

TEST(Decode, RefusesAWrongIcmpChecksum) {
  Packet packet = make_icmp_error(kRouter, kUs, 11, 0, quote(kProtocolUdp));
  packet.back() ^= std::byte{1};
  EXPECT_EQ(reason_of(decode_packet(packet)), InvalidReason::malformed);
}

TEST(Decode, AQuoteOfLessThanEightBytesIsMalformed) {
  Packet shorter = quote(kProtocolUdp);
  shorter.resize(27);
  EXPECT_EQ(reason_of(decode_packet(make_icmp_error(kRouter, kUs, 11, 0, shorter))), InvalidReason::malformed);
}

TEST(Decode, LaterFragmentsInTheQuoteAreNotOurs) {
  Packet fragment = quote(kProtocolUdp);
  put_number(fragment, 6, 0x0010, 2);
  EXPECT_EQ(reason_of(decode_packet(make_icmp_error(kRouter, kUs, 11, 0, fragment))), InvalidReason::not_ours);
}

TEST(Decode, OtherProtocolsAndTypesAreNotOurs) {
  Packet udp = echo_reply();
  put_number(udp, 9, kProtocolUdp, 1);
  EXPECT_EQ(reason_of(decode_packet(udp)), InvalidReason::not_ours);
  EXPECT_EQ(reason_of(decode_packet(make_icmp_error(kRouter, kUs, 5, 0, quote(kProtocolUdp)))), InvalidReason::not_ours);
  EXPECT_EQ(reason_of(decode_packet(make_icmp_error(kRouter, kUs, 11, 0, quote(47)))), InvalidReason::not_ours);
}

}  // namespace
}  // namespace isthmus::wire
